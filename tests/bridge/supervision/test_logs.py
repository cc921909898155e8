"""Log lines as people, machines and the journal read them."""

import io
import json
import logging
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.supervision.logs import change_logging, configure_logging, formatter, goes_to_journal
from bridge.supervision.writer import Writer


@pytest.fixture(autouse=True)
def logging_as_before():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def start():
    """Starts logging to standard error."""

    def configure(level: str, kind: str = "text") -> None:
        configure_logging(level, kind, Writer(sys.stderr))

    return configure


@pytest.fixture
def logged(capsys):
    """The lines on standard error so far."""

    def lines() -> list[str]:
        [handler] = logging.getLogger().handlers
        assert handler._writer.flush(10)
        return capsys.readouterr().err.splitlines()

    return lines


def record(level: int, message: str, *arguments: object, crash: BaseException | None = None):
    exc_info = None if crash is None else (type(crash), crash, None)
    return logging.LogRecord("bridge.x", level, __file__, 1, message, arguments, exc_info)


def test_a_text_line_has_time_level_and_message(start, logged):
    start("info")
    logging.getLogger("bridge.x").warning("nobody listens at %s", "vmc")
    logging.getLogger("bridge.x").debug("not this")
    [line] = logged()
    time, level, message = line.split(maxsplit=2)
    assert datetime.strptime(time, "%H:%M:%S")
    assert (level, message) == ("WARNING", "nobody listens at vmc")


def test_a_json_line_is_an_object(start, logged):
    start("info", "json")
    logging.getLogger("bridge.x").warning("nobody\nlistens “there”")
    [line] = logged()
    said = json.loads(line)
    assert (said["level"], said["logger"]) == ("warning", "bridge.x")
    assert said["message"] == "nobody\nlistens “there”"
    assert abs((datetime.now(UTC) - datetime.fromisoformat(said["time"])).total_seconds()) < 60


def test_a_crash_is_one_json_object_too():
    said = json.loads(formatter("json", None).format(record(40, "crashed", crash=OSError("no"))))
    assert "OSError: no" in said["exception"]


@pytest.mark.parametrize(
    ("level", "priority"),
    [
        (logging.DEBUG, 7),
        (logging.INFO, 6),
        (logging.WARNING, 4),
        (logging.ERROR, 3),
        (logging.CRITICAL, 2),
    ],
)
def test_each_line_for_the_journal_has_a_priority(monkeypatch, tmp_path, level, priority):
    with (tmp_path / "journal").open("w") as journal:
        there = os.fstat(journal.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{there.st_dev}:{there.st_ino}")
        said = formatter("text", journal).format(record(level, "one", crash=OSError("two")))
    assert said.splitlines() == [f"<{priority}>one", f"<{priority}>OSError: two"]


def test_json_for_the_journal_has_a_priority_too(monkeypatch, tmp_path):
    with (tmp_path / "journal").open("w") as journal:
        there = os.fstat(journal.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{there.st_dev}:{there.st_ino}")
        said = formatter("json", journal).format(record(logging.WARNING, "one\ntwo"))
    assert said.startswith("<4>{")
    assert json.loads(said.removeprefix("<4>"))["message"] == "one\ntwo"


def test_standard_error_that_goes_elsewhere_is_not_the_journal(tmp_path: Path):
    with (tmp_path / "file").open("w") as stream:
        assert not goes_to_journal(stream, {})
        assert not goes_to_journal(stream, {"JOURNAL_STREAM": "1:2"})
    assert not goes_to_journal(io.StringIO(), {"JOURNAL_STREAM": "1:2"})


def test_level_and_format_can_change_while_running(start, logged):
    start("error")
    logging.getLogger("bridge.x").warning("too soon")
    change_logging("debug", "json")
    logging.getLogger("bridge.x").debug("now")
    [line] = logged()
    assert json.loads(line)["message"] == "now"


def test_without_standard_error_nothing_breaks(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    configure_logging("info", "text", None)
    logging.getLogger("bridge.x").warning("into the void")
    change_logging("info", "json")


@pytest.mark.parametrize("kind", ["text", "json"])
def test_lines_that_were_dropped_are_counted_in_the_format_of_the_others(kind):
    writer = Writer(io.StringIO())
    configure_logging("info", kind, writer)
    line = writer.say_lost(7)
    assert line.endswith("\n")
    message = json.loads(line)["message"] if kind == "json" else line
    assert "7 log lines were dropped" in message


HOSTILE = "affect/\x1b]0;owned\x07\u202egnp.exe\n00:00:00 INFO  forged/" + "x" * 60_000


@pytest.mark.parametrize("kind", ["text", "json"])
def test_text_from_outside_cannot_forge_a_line_or_steer_a_terminal(kind):
    line = formatter(kind, None).format(record(30, "refused %s", HOSTILE))
    assert line.isprintable()
    assert len(line) < 2000


def test_text_from_outside_in_a_traceback_is_escaped_and_cut_too():
    crash = ValueError(f"{HOSTILE}\n" * 1000)
    text = formatter("text", None).format(record(40, "crashed", crash=crash))
    assert text.replace("\n", "").isprintable()
    assert max(map(len, text.splitlines())) < 2000
    assert len(text) < 400_000


def test_json_keeps_every_character_of_a_message():
    line = formatter("json", None).format(record(30, "%s", "\u202e\x1b\n\U000e0041 夜“é”"))
    assert line.isprintable()
    assert json.loads(line)["message"] == "\u202e\x1b\n\U000e0041 夜“é”"
