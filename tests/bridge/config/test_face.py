"""Settings of the layers: what may be written, and what a stream of its own comes to."""

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from bridge.config.face import FaceSection
from bridge.config.stream_face import MoodSection, ShapeSection, StreamFace
from bridge.face.tuning import STYLES


def face(**written: Any) -> FaceSection:
    return FaceSection.model_validate(written)


def test_with_nothing_written_a_face_lives_and_is_symmetric():
    settings = face()
    assert (settings.blink, settings.idle) == (True, True)
    assert (settings.gaze, settings.lean, settings.speed_limit, settings.still) == (
        False,
        {},
        False,
        False,
    )


def test_every_style_can_be_written():
    assert set(get_args(StreamFace.model_fields["style"].annotation)) == set(STYLES)


def test_a_number_alone_is_a_shape_s_gain():
    assert face(shapes={"jawOpen": 0.5}).shapes["jawOpen"] == ShapeSection(gain=0.5)


@pytest.mark.parametrize("written", [False, "off"])
def test_off_is_off_although_yaml_reads_it_as_false(written):
    assert face(mouth=written).mouth == "off"
    assert face(lean=written).lean == {}
    assert face(blink=written, idle=written).blink is False


def test_an_emotion_alone_leans_fully():
    assert face(lean="contempt").lean == {"contempt": 1.0}
    assert face(lean={"contempt": 0.5, "disgust": 0.2}).lean == {"contempt": 0.5, "disgust": 0.2}


def test_a_rate_of_blinks_and_an_amount_of_drift_are_numbers():
    settings = face(blink=12, idle=0.5)
    assert (settings.blink, settings.idle) == (12.0, 0.5)


def test_a_stream_has_what_it_writes_and_the_rest_of_all_streams():
    settings = face(blink=12, strength=0.8, streams={"alice": {"style": "stage", "blink": 20}})
    alice = settings.of("alice")
    assert (alice.style, alice.blink, alice.strength) == ("stage", 20.0, 0.8)
    assert settings.of("bob").style == "natural"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"shapes": {"jawOpne": 1}}, "unknown blendshape or group 'jawOpne'; did you mean jawOpen"),
        ({"shapes": {"jawOpen": {"gian": 1}}}, "gian"),
        ({"merge": {"brows": "add"}}, "unknown group 'brows'; did you mean brow"),
        ({"merge": {"brow": "mix"}}, "'theirs', 'add', 'max' or 'ours'"),
        ({"mouth": "open"}, "'yield', 'keep' or 'off'"),
        ({"mouth": True}, "'yield', 'keep' or 'off'"),
        ({"lean": "contmept"}, "contempt"),
        ({"lean": {"contempt": 2}}, "less than or equal to 1"),
        ({"blink": "often"}, "'often': expected true, false or a number"),
        ({"blink": 1000}, "less than or equal to 60"),
        ({"strength": -1}, "greater than or equal to 0"),
        ({"strength": True}, "expected a number"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"streams": {"a b": {}}}, "'a b'"),
        ({"streams": {"alice": {"streams": {}}}}, "streams"),
    ],
)
def test_a_mistake_is_refused_with_what_was_expected(written: dict[str, Any], expected: str):
    with pytest.raises(ValidationError, match=expected):
        face(**written)


def test_a_mood_is_a_switch_or_has_settings_for_all_streams_or_one():
    assert face().mood is None
    assert face(mood=False).mood is None
    assert face(mood=True).mood == MoodSection()
    settings = face(mood={"half_life": 2}, streams={"alice": {"mood": "off"}})
    assert settings.of("bob").mood == MoodSection(half_life=2.0)
    assert settings.of("alice").mood is None


@pytest.mark.parametrize("mood", [3, {"half_life": 0}, {"strength": 1}, {"shows": 2}, {"fades": 1}])
def test_a_mood_that_cannot_be_is_refused(mood):
    with pytest.raises(ValidationError):
        face(mood=mood)
