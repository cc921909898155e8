"""What may be said of a stream beside its feeling."""

import math

import pytest

from bridge.emotion.cues import VISEMES, CueError, Cues, direction, loudness, read_cues, visemes
from bridge.emotion.names import emotion_to_vad
from bridge.emotion.reading import parse_update
from bridge.emotion.update import UpdateError


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


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"emotion": "happy"}, None),
        ({"speaking": True}, Cues(speaking=True)),
        ({"speaking": "off"}, Cues(speaking=False)),
        ({"speaking": 1, "mouth": 0.6}, Cues(speaking=True, visemes=loudness(0.6))),
        ({"visemes": {"aa": "0.5"}}, Cues(visemes=visemes({"aa": 0.5}))),
        ({"visemes": [0.0] * 10 + [1, 0, 0, 0, 0]}, Cues(visemes=visemes({"aa": 1.0}))),
        ({"look_at": [20, -5]}, Cues(look_at=direction(20, -5))),
        ({"look_at": "20, -5"}, Cues(look_at=direction(20, -5))),
        ({"look_at": None}, Cues(look_freely=True)),
        ({"look_at": "off"}, Cues(look_freely=True)),
        ({"spoken": 42}, Cues(spoken=42)),
        ({"spoken": "0", "speaking": True}, Cues(speaking=True, spoken=0)),
        ({"spoken": 41.9}, Cues(spoken=41)),
    ],
)
def test_cues_are_read_from_the_keys_of_a_message(keys, expected):
    assert read_cues(keys) == expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"spoken": -1}, "spoken -1: expected how many characters, 0 or more"),
        ({"spoken": "nan"}, "expected how many characters"),
        ({"spoken": True}, "spoken: expected a number"),
        ({"spoken": 1e300}, "expected how many characters"),
        ({"speaking": "loudly"}, "speaking 'loudly': expected true or false"),
        ({"speaking": 2}, "expected true or false"),
        ({"mouth": "wide"}, "mouth: expected a number"),
        ({"mouth": 60}, "mouth 60: expected a number from 0 to 1"),
        ({"mouth": [1]}, "expected a number"),
        ({"visemes": "aa"}, "expected a map of names, or 15 numbers"),
        ({"visemes": [1, 2]}, "expected a map of names, or 15 numbers"),
        ({"look_at": [1]}, "expected yaw and pitch in degrees"),
        ({"look_at": ["left", 0]}, "yaw: expected a number"),
        ({"look_at": 10**400}, "expected yaw and pitch"),
        ({"mouth": 10**400}, "expected a number"),
    ],
)
def test_a_cue_that_cannot_be_is_refused_with_what_was_expected(keys, expected):
    with pytest.raises(CueError, match=expected):
        read_cues(keys)


def test_a_message_may_have_cues_beside_its_feeling_or_alone():
    both = parse_update('{"emotion": "happy", "speaking": true, "stream": "bob"}')
    assert (both.target, both.cues, both.stream) == (
        emotion_to_vad("happiness"),
        Cues(speaking=True),
        "bob",
    )
    alone = parse_update('{"speaking": false}')
    assert (alone.parts, alone.cues) == ((), Cues(speaking=False))
    assert parse_update("speaking: true").cues == Cues(speaking=True)


@pytest.mark.parametrize("text", ['{"emotion": "hapy", "speaking": true}', '{"mouth": 7}'])
def test_a_message_with_a_wrong_feeling_or_cue_counts_for_nothing(text):
    with pytest.raises(UpdateError):
        parse_update(text)
