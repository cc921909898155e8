"""Log lines on standard error: for people, for machines, or for systemd's journal."""

import json
import logging
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

from bridge.supervision.text import printable
from bridge.supervision.writer import Writer

Format = Literal["text", "json"]

_PRIORITIES = (
    (logging.CRITICAL, 2),
    (logging.ERROR, 3),
    (logging.WARNING, 4),
    (logging.INFO, 6),
    (logging.NOTSET, 7),
)
"""The least level of each of syslog's priorities (sd-daemon(3))."""


_LONGEST_MESSAGE = 1000  # characters
_MOST_TRACEBACK_LINES = 200


def configure_logging(level: str, kind: Format, writer: Writer | None) -> None:
    """Write log lines of `level` and above. `writer`: None if there is no standard error, as in a
    program without a console (pythonw)."""
    handler = logging.NullHandler() if writer is None else LineHandler(writer)
    handler.setFormatter(formatter(kind, sys.stderr))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("asyncio").setLevel(logging.WARNING)


def change_logging(level: str, kind: Format) -> None:
    """Change the level and the format of the log while running."""
    root = logging.getLogger()
    root.setLevel(level.upper())
    for handler in root.handlers:
        handler.setFormatter(formatter(kind, sys.stderr))


def formatter(kind: Format, stream: TextIO | None) -> logging.Formatter:
    """The formatter for log lines that are written to `stream`."""
    if stream is not None and goes_to_journal(stream):
        return JournalLines(JsonLines() if kind == "json" else TextLines())
    if kind == "json":
        return JsonLines()
    return TextLines("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")


def goes_to_journal(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether systemd's journal reads this stream: JOURNAL_STREAM names its device and inode."""
    try:
        there = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM") == f"{there.st_dev}:{there.st_ino}"


class LineHandler(logging.Handler):
    """Hands each log line to a writer, which never blocks the caller."""

    def __init__(self, writer: Writer) -> None:
        super().__init__()
        self._writer = writer
        writer.say_lost = self._lost

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:
            self.handleError(record)
        else:
            self._writer.write(f"{line}\n")

    def _lost(self, count: int) -> str:
        message = "%d log lines were dropped: standard error did not accept them in time"
        record = logging.LogRecord(__name__, logging.WARNING, __file__, 0, message, (count,), None)
        return f"{self.format(record)}\n"


class TextLines(logging.Formatter):
    """Formats each record as one line, and its exception as more lines. Escapes and cuts whatever
    an exception or a message quotes from outside."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        record.message = printable(record.message, _LONGEST_MESSAGE)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        lines = super().formatException(ei).splitlines()[-_MOST_TRACEBACK_LINES:]
        return "\n".join(printable(line, _LONGEST_MESSAGE) for line in lines)


class JournalLines(logging.Formatter):
    """Puts the priority before each line, as the journal expects; the journal adds the time."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        priority = next(p for least, p in _PRIORITIES if record.levelno >= least)
        lines = self._inner.format(record).splitlines()
        return "\n".join(f"<{priority}>{line}" for line in lines)


class JsonLines(TextLines):
    """Formats each record as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage()[:_LONGEST_MESSAGE],
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return _UNPRINTABLE.sub(_as_json, json.dumps(told, ensure_ascii=False))


_UNPRINTABLE = re.compile(r"[^ -~]")


def _as_json(found: re.Match[str]) -> str:
    """The character itself where it is printable, else JSON's escape for it."""
    character = found[0]
    return character if character.isprintable() else json.dumps(character)[1:-1]
