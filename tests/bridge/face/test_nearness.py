"""How near a feeling is to emotions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bridge.emotion.names import BASIC_EMOTIONS, emotion_to_vad
from bridge.emotion.points import NEUTRAL
from bridge.face.nearness import Nearness

EMOTIONS = [name for name in BASIC_EMOTIONS if name != "neutral"]
POINTS = [emotion_to_vad(name) for name in EMOTIONS]
NEAR = Nearness(POINTS, cosine=0.95)

FEELINGS = arrays(np.float64, (3, 3), elements=st.floats(-1, 1))


def near(*feeling: float) -> np.ndarray:
    return NEAR.of(np.array([feeling]))[0]


@pytest.mark.parametrize("index", range(len(EMOTIONS)))
def test_an_emotion_is_near_to_itself_and_to_hardly_any_other(index):
    found = near(*POINTS[index])
    assert found[index] == pytest.approx(1.0)
    assert np.delete(found, index).max() < 0.1


@pytest.mark.parametrize("intensity", [0.0, 0.25, 0.5, 1.0])
def test_nearness_grows_evenly_with_intensity(intensity):
    anger = EMOTIONS.index("anger")
    assert near(*POINTS[anger].scaled(intensity))[anger] == pytest.approx(intensity)


def test_neutral_is_near_to_nothing():
    assert not near(*NEUTRAL).any()


@given(FEELINGS)
def test_nearness_is_from_0_to_1_everywhere(feelings):
    found = NEAR.of(feelings)
    assert np.all((found >= 0) & (found <= 1))


@given(FEELINGS, arrays(np.float64, (3, 3), elements=st.floats(-1e-3, 1e-3)))
def test_neighbouring_feelings_are_nearly_as_near(feelings, step):
    np.testing.assert_allclose(NEAR.of(feelings), NEAR.of(feelings + step), atol=0.06)


def test_no_stream_is_no_mistake():
    assert NEAR.of(np.zeros((0, 3))).shape == (0, len(EMOTIONS))
