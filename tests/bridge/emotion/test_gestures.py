import pytest

from bridge.emotion.gestures import read_then
from bridge.emotion.names import parts_of
from bridge.emotion.update import PREVIOUS, Then, UpdateError


def refusal_of(value: object) -> str:
    with pytest.raises(UpdateError) as refusal:
        read_then(value)
    return str(refusal.value)


@pytest.mark.parametrize("text", ["previous", "Previous", " previous "])
def test_previous_is_what_the_source_showed_before(text):
    assert read_then(text) == PREVIOUS


@pytest.mark.parametrize(
    ("text", "intensity", "label"),
    [("joy", 1.0, "joy 1"), ("Joy 0.5", 0.5, "joy 0.5"), ("neutral", 1.0, "neutral 1")],
)
def test_an_emotion_may_follow_with_an_intensity(text, intensity, label):
    assert read_then(text) == Then(parts_of(text.split()[0], intensity), label)


def test_a_mixture_may_follow():
    assert read_then("joy+fear").parts == parts_of("joy+fear")


@pytest.mark.parametrize("value", [3, True, ["joy"], {"emotion": "joy"}, "x" * 5000])
def test_what_is_no_name_is_refused(value):
    assert "expected previous, or an emotion's name" in refusal_of(value)


def test_a_misspelt_name_is_refused_with_one_that_is_near():
    assert 'unknown emotion "hapy"; did you mean "happy"' in refusal_of("hapy")
    assert refusal_of("prevous") == 'then "prevous": did you mean "previous"?'


def test_an_intensity_outside_its_scale_is_refused():
    assert "intensity 85 is outside 0 to 1" in refusal_of("joy 85")
