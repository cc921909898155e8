"""Which shapes move most."""

import numpy as np
import pytest

from bridge.offline.study.activity import chosen, curves, most_active
from protocols.arkit import INDEX


@pytest.fixture
def weights():
    """A jaw that moves much, brows that move little and equally, and one eye that moves alone."""
    found = np.zeros((100, 52), np.float32)
    wave = np.sin(np.linspace(0, 20, 100)) / 2 + 0.5
    found[:, INDEX["jawOpen"]] = wave
    for name in ("browDownLeft", "browDownRight"):
        found[:, INDEX[name]] = wave * 0.3
    found[:, INDEX["eyeBlinkRight"]] = wave * 0.1
    found[:, INDEX["mouthPucker"]] = 0.8  # strong, but still
    return found


def test_the_most_active_come_first_and_what_stands_still_not_at_all(weights):
    assert [c.name for c in most_active(weights, 9)] == ["jawOpen", "browDown", "eyeBlinkRight"]
    assert [c.name for c in most_active(weights, 1)] == ["jawOpen"]


def test_sides_are_one_where_they_are_equal(weights):
    names = [curve.name for curve in curves(weights)]
    assert "browDown" in names
    assert {"eyeBlinkLeft", "eyeBlinkRight"} <= set(names)


def test_shapes_are_chosen_with_or_without_their_side(weights):
    assert [c.name for c in chosen(weights, ["browDown", "eyeBlink", "jawOpen"])] == [
        *("browDown", "eyeBlinkLeft", "eyeBlinkRight", "jawOpen")
    ]
    assert [c.name for c in chosen(weights, ["browDownRight"])] == ["browDownRight"]
    with pytest.raises(ValueError, match="no blendshape 'smile'"):
        chosen(weights, ["smile"])
