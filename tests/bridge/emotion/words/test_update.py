import pytest

from bridge.emotion.update import UpdateError
from bridge.emotion.words.feeling import feeling
from bridge.emotion.words.update import sentence_update


def test_the_label_of_a_sentence_is_what_was_written() -> None:
    update = sentence_update("I am  so\thappy!", stream="bob", hold=3.0)
    assert update is not None
    assert update.target == feeling("I am so happy!")
    assert (update.label, update.stream, update.hold) == ("I am so happy!", "bob", 3.0)


def test_a_long_sentence_has_a_short_label() -> None:
    update = sentence_update(f"I am {'very ' * 30}happy!")
    assert update is not None
    assert len(update.label) <= 60


def test_a_sentence_without_feeling_is_no_update() -> None:
    assert sentence_update("The meeting starts at nine.") is None


def test_half_a_character_does_not_get_into_the_label() -> None:
    update = sentence_update("I am happy \udce5!")
    assert update is not None
    update.label.encode()


def test_a_stream_that_cannot_be_is_refused() -> None:
    with pytest.raises(UpdateError, match="stream"):
        sentence_update("I am happy!", stream="a/b")
