import csv
from pathlib import Path

import numpy as np
import pytest

from bridge.emotion.dominance import coefficients, estimate
from bridge.emotion.names import emotion_to_vad


def measured() -> np.ndarray:
    """Russell & Mehrabian's 151 terms, from the tests' own copy of the table."""
    with (Path(__file__).parent / "russell_mehrabian_1977.csv").open(encoding="utf-8") as table:
        return np.array(
            [
                [float(row[axis]) for axis in ("valence", "arousal", "dominance")]
                for row in csv.DictReader(table)
            ]
        )


def test_the_estimate_is_the_regression_over_the_measured_terms():
    points = measured()
    by_numpy, *_ = np.linalg.lstsq(points[:, :2], points[:, 2], rcond=None)
    assert coefficients() == pytest.approx(by_numpy)


def test_it_explains_46_percent_of_the_variance():
    points = measured()
    estimated = np.array([estimate(valence, arousal) for valence, arousal, _ in points])
    residual = ((points[:, 2] - estimated) ** 2).sum()
    total = ((points[:, 2] - points[:, 2].mean()) ** 2).sum()
    assert 1 - residual / total == pytest.approx(0.46, abs=0.005)


def test_neutral_stays_neutral_and_no_estimate_leaves_the_axis():
    assert estimate(0.0, 0.0) == 0.0
    corners = [estimate(v, a) for v in (-1, 1) for a in (-1, 1)]
    assert max(map(abs, corners)) < 1


def test_anger_and_fear_cannot_be_told_apart():
    anger, fear = emotion_to_vad("anger"), emotion_to_vad("fear")
    assert anger[:2] == fear[:2]
    assert fear.dominance < estimate(*anger[:2]) < anger.dominance
