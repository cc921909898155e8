"""What may be said of a stream beside its feeling."""

import math

import pytest

from bridge.emotion.cues import VISEMES, CueError, direction, loudness, visemes


def test_visemes_are_known_by_the_names_of_oculus_and_of_vrm():
    said = visemes({"ee": 0.5, "AA": 0.25, "pp": 1.0})
    named = dict(zip(VISEMES, said, strict=True))
    assert (named["E"], named["aa"], named["PP"]) == (0.5, 0.25, 1.0)
    assert sum(said) == 1.75


def test_loudness_opens_the_mouth():
    assert loudness(0.6)[VISEMES.index("aa")] == 0.6
    assert loudness(1.04)[VISEMES.index("aa")] == 1.0


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ({"xx": 0.5}, "unknown viseme 'xx'; expected aa, ih, ou, ee, oh"),
        ({"aa": 2.0}, "viseme aa 2: expected a number from 0 to 1"),
        ({"aa": math.nan}, "expected a number from 0 to 1"),
        ({"aa": -0.5}, "expected a number from 0 to 1"),
    ],
)
def test_a_viseme_that_cannot_be_is_refused_with_what_was_expected(weights, expected):
    with pytest.raises(CueError, match=expected):
        visemes(weights)


def test_a_direction_is_within_a_quarter_turn():
    assert direction(30, -10) == (30, -10)
    for yaw, pitch in ((91, 0), (0, -91), (math.nan, 0), (0, math.inf)):
        with pytest.raises(CueError, match="expected degrees from -90 to 90"):
            direction(yaw, pitch)
