"""The table of what moves at rest."""

import math

import numpy as np
import pytest

from bridge.face.drift import COLUMN_OF, EYES, HEAD, KINDS, MOVES, SIZE, SPEED, soft
from protocols.arkit import BLENDSHAPES, INDEX, PAIRS

MEASURED = {
    "mouthSmileLeft": 0.06,
    "cheekSquintLeft": 0.06,
    "noseSneerLeft": 0.045,
    "jawOpen": 0.05,
    "mouthLowerDownLeft": 0.05,
    "eyeSquintLeft": 0.03,
    "mouthShrugLower": 0.02,
    "eyeWideLeft": 0.02,
    "browInnerUp": 0.015,
}


def test_partners_move_by_the_same_column():
    assert all(COLUMN_OF[left] == COLUMN_OF[right] for left, right in PAIRS)


def test_only_shapes_that_move_in_life_have_a_column():
    moving = {name for name, column in zip(BLENDSHAPES, COLUMN_OF, strict=True) if column}
    measured = {*MEASURED, "eyeLookDownLeft", "eyeBlinkLeft"}
    assert {name.replace("Right", "Left") for name in moving} == measured


def of_kind(kind: str) -> np.ndarray:
    return np.array([other == kind for other in KINDS])


@pytest.mark.parametrize("name", MEASURED)
def test_a_shape_that_the_emotion_leaves_at_0_has_the_measured_deviation(name):
    column = COLUMN_OF[INDEX[name]]
    deviation = math.sqrt(0.5 * float((MOVES[of_kind("drift"), column] ** 2).sum()))
    assert deviation == pytest.approx(1.0, rel=1e-5)
    drift = np.random.default_rng(1).normal(0.0, 1.0, 200_000).astype(np.float32)
    soft(drift, np.empty_like(drift))
    shown = np.maximum(drift, 0.0) * SIZE[column]
    assert shown.std() == pytest.approx(MEASURED[name], rel=0.01)
    assert shown.max() < 3.2 * MEASURED[name]


def test_soft_keeps_small_numbers_and_never_passes_1():
    numbers = np.array([-50.0, -0.05, 0.0, 0.05, 1.0, 50.0], np.float32)
    soft(numbers, np.empty_like(numbers))
    assert numbers == pytest.approx([-0.9998, -0.05, 0.0, 0.05, 0.7071, 0.9998], abs=1e-3)


def test_nothing_moves_the_empty_column_nor_the_eyes():
    assert not MOVES[:, [0, EYES]].any()


def test_sway_moves_the_head_alone_and_drift_the_skin_alone():
    assert not MOVES[of_kind("sway"), : HEAD.start].any()
    assert not MOVES[of_kind("drift"), HEAD].any()
    assert np.all(MOVES[of_kind("sway")][:, HEAD].any(axis=1))


def test_no_two_sines_have_a_common_period_within_half_an_hour():
    frequencies = np.sort(SPEED[~of_kind("breath")] / (2 * math.pi))
    assert np.diff(frequencies).min() > 1 / 1800


def test_nothing_moves_faster_than_half_a_time_a_second():
    assert SPEED.max() / (2 * math.pi) < 0.55
