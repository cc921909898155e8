"""A command shows what is decided about a model, and nothing else is changed by that."""

import logging

import pytest

from bridge.model.notes import notes_shown


def test_notes_are_printed_once_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("bridge.model.slope")
    with notes_shown():
        log.info("slope %g", 0.2)
        log.warning("no slope")
        logging.getLogger("bridge.mqtt").info("not of this room")
    log.info("too late")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "slope 0.2\nno slope\n")


def test_logging_is_as_before_when_reading_fails() -> None:
    room = logging.getLogger("bridge.model")
    before = room.level, room.propagate, room.handlers[:]
    with pytest.raises(ZeroDivisionError), notes_shown():
        raise ZeroDivisionError
    assert (room.level, room.propagate, room.handlers) == before
