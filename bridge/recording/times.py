"""Times as tables have them: seconds, milliseconds, dates, clock times and frame numbers."""

import datetime
from collections.abc import Callable

from bridge.config.table import TimeUnit
from bridge.emotion.numbers import to_number

_MILLISECONDS = frozenset({"ms", "millis", "milliseconds", "time_ms", "timestamp_ms", "t_ms"})
_FRAMES = frozenset({"frame", "frames", "frame_number", "framenumber", "frame_no", "frame_index"})
_SURELY_MILLISECONDS = 1e11
"""As seconds since 1970 this is the year 5138, as milliseconds 1973."""

ReadTime = Callable[[str], float]


class TimeError(ValueError):
    """A time that cannot be read; the message says what was expected."""


def time_reader(
    unit: TimeUnit, column: str, first: str, frame_rate: float | None = None
) -> ReadTime:
    """A function that gives the seconds of a cell.

    Args:
        unit: what the cells are; `auto` decides by the column's name and its first cell.
        column: the column's name in the file.
        first: its first cell.
        frame_rate: frames a second, for frame numbers.

    Raises:
        TimeError: frame numbers without a frame rate.
    """
    if unit == "auto":
        unit = _guess(column, first)
    if unit == "iso":
        return _moment
    if unit == "frames":
        if frame_rate is None:
            raise TimeError(
                f"column {column!r} has frame numbers; set `frame_rate`, as in `frame_rate: 30`"
            )
        return lambda cell: _number(cell) / frame_rate
    divisor = 1000.0 if unit == "milliseconds" else 1.0
    return lambda cell: _number(cell) / divisor


def _guess(column: str, first: str) -> TimeUnit:
    name = column.strip().casefold()
    if name in _MILLISECONDS or name.endswith(("(ms)", "[ms]")):
        return "milliseconds"
    if name in _FRAMES:
        return "frames"
    number = to_number(first)
    if number is None:
        return "iso"
    return "milliseconds" if abs(number) >= _SURELY_MILLISECONDS else "seconds"


def _number(cell: str) -> float:
    number = to_number(cell)
    if number is None or number - number != 0:
        raise TimeError(f"time {cell.strip()[:40]!r}: expected a number")
    return number


def _moment(cell: str) -> float:
    """Seconds of a date with a time (since 1970), or of a clock time (since midnight)."""
    text = cell.strip()
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        # Only differences count, so a date without a zone may be read as UTC.
        return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()
    try:
        clock = datetime.time.fromisoformat(text if len(text.split(":")[0]) > 1 else f"0{text}")
    except ValueError:
        raise TimeError(
            f"time {text[:40]!r}: expected a number, or a time as in 2026-05-01T12:00:00.5"
        ) from None
    return clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1e6
