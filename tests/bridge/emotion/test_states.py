import pytest

from bridge.emotion.names import is_emotion
from bridge.emotion.states import NAMES, UnknownState, is_state_name, state_of


@pytest.mark.parametrize("name", NAMES)
def test_every_state_is_chosen_by_its_name_in_any_case(name):
    assert is_state_name(name)
    assert state_of(f" {name.title()} ") == name


def test_thinking_is_the_only_state_that_is_an_emotion_too():
    assert [name for name in NAMES if is_emotion(name)] == ["thinking"]


@pytest.mark.parametrize("value", [None, False, "off", "null", "", " "])
def test_nothing_ends_the_state(value):
    assert state_of(value) == ""


@pytest.mark.parametrize("value", ["happy", "sad", "joy 0.9", "joy+fear", "sleepy", "none", "😊"])
def test_an_emotion_is_no_state(value):
    assert state_of(value) is None


@pytest.mark.parametrize("value", [3, True, ["thinking"], {"a": 1}, "21.5", "7", "a b", "x" * 41])
def test_what_cannot_be_the_name_of_a_state_is_none(value):
    assert state_of(value) is None


@pytest.mark.parametrize("name", ["Thinking", "happy", "off", "null", "", "two words", "1st"])
def test_a_state_may_not_be_called_like_an_emotion_or_like_nothing(name):
    assert not is_state_name(name)


def test_a_state_of_the_settings_may_have_any_other_name():
    assert is_state_name("dancing-2")
    assert state_of("dancing-2") == "dancing-2"


def test_an_unknown_state_is_refused_with_what_may_be_meant():
    assert str(UnknownState("thinkin", NAMES)).endswith('did you mean "thinking"?')
    assert 'did you mean the emotion "happy"' in str(UnknownState("hapy", NAMES))
    assert str(UnknownState("xyz", NAMES)).endswith(f"the states are {', '.join(NAMES)}")
