"""Formats the answer of `/healthz` as a table for a terminal.

Any program may have sent the answer, so every value is checked and every control character escaped.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from bridge.supervision.text import columns, printable, shortened

_NARROWEST = 72
_MOST_ROWS = 1024
_LONGEST_TEXT = 300
_LARGEST_NUMBER = 1e15

_Row = Mapping[str, Any]


def table(told: _Row, place: str, width: int = 80) -> str:
    """The report as lines of at most `width` columns (at least 72).

    Args:
        told: the JSON of `/healthz`.
        place: the address it came from.
    """
    return "\n".join(_lines(told, place, max(width, _NARROWEST)))


def _lines(told: _Row, place: str, width: int) -> Iterator[str]:
    verdict = "healthy" if told["healthy"] else "NOT HEALTHY"
    uptime = _duration(told.get("uptime_seconds"))
    bridge = f"affect-bridge {_text(told.get('version'))} at {printable(place)}, up {uptime}"
    yield from _wrapped(f"{bridge}: {verdict}", width)
    reasons = told.get("reasons")
    for reason in islice(reasons, _MOST_ROWS) if isinstance(reasons, list) else ():
        yield from _wrapped(f"- {_text(reason)}", width)
    frames = told["frames"] if isinstance(told["frames"], dict) else {}
    engine = f"; engine: {_text(told['engine'])}" if "engine" in told else ""
    yield from (
        "",
        *_wrapped(_frames(frames) + engine, width),
        *_wrapped(_response(told), width),
        "",
    )
    yield _row("input", width, _INPUT, _HEADINGS)
    for row in _rows(told, "inputs"):
        yield _row(_text(row.get("name")), width, _INPUT, _input(row))
        yield from _problem(row, width)
    yield from ("", _row("output", width, _OUTPUT, _HEADINGS))
    for row in _rows(told, "outputs"):
        yield _row(_text(row.get("name")), width, _OUTPUT, _output(row))
        yield from _problem(row, width)
        yield from _ports(row, width)
    if triggers := _rows(told, "triggers"):
        yield from ("", _row("trigger", width, _TRIGGER, _HEADINGS))
        for row in triggers:
            yield _row(_text(row.get("name")), width, _TRIGGER, _trigger(row))
    layout = _STREAM | {"from": _STREAM["from"] + max(0, width - 80) // 2}
    yield from ("", *_wrapped(_streams(told), width))
    yield _row("stream", width, layout, _HEADINGS)
    for row in _rows(told, "streams"):
        yield _row(_text(row.get("name")), width, layout, _stream(row))
        yield from _character(row, width)


# The columns after the first: heading and width. A negative width aligns right.
_INPUT = {"state": 16, "for": -6, "updates": -9, "refused": -8}
_OUTPUT = {"state": 16, "for": -6, "packets": -10, "errors": -9}
_STREAM = {"feels": 17, "from": 12, "age": -6, "valence": -7, "arousal": -7, "dominance": -9}
_TRIGGER = {"now": 8, "last": -6, "fired": -7, "missed": -7}
_LAYOUTS = (_INPUT, _OUTPUT, _TRIGGER, _STREAM)
_HEADINGS = {name: name for layout in _LAYOUTS for name in layout}


def _input(row: _Row) -> Mapping[str, str]:
    return {
        "state": _text(row.get("state")),
        "for": _duration(row.get("seconds_in_state")),
        "updates": _number(row.get("updates")),
        "refused": _number(row.get("refused")),
    }


def _output(row: _Row) -> Mapping[str, str]:
    trouble = _text(row.get("trouble", ""))
    return {
        "state": _text(row.get("state")) + (f", {trouble}" if trouble else ""),
        "for": _duration(row.get("seconds_in_state")),
        "packets": _number(row.get("packets")),
        "errors": _number(row.get("errors")),
    }


def _ports(row: _Row, width: int) -> list[str]:
    """Which stream is sent to which port, where each has its own."""
    ports, without = row.get("ports"), row.get("streams_without_port")
    if not isinstance(ports, dict):
        return []
    found = [f"{_text(name)} → {_number(port)}" for name, port in list(ports.items())[:_MOST_ROWS]]
    if without:
        found.append(f"{_number(without)} streams have no port")
    return _wrapped(f"  {', '.join(found)}", width) if found else []


def _trigger(row: _Row) -> Mapping[str, str]:
    since = row.get("seconds_since_fired")
    return {
        "now": "on" if row.get("standing") is True else "off",
        "last": "-" if since is None else _duration(since),
        "fired": _number(row.get("fired")),
        "missed": _number(row.get("missed")),
    }


def _stream(row: _Row) -> Mapping[str, str]:
    axes = ("valence", "arousal", "dominance")
    return {
        "feels": _text(row.get("label")),
        "from": _text(row.get("source", "")) or "-",
        "age": "-" if (age := row.get("seconds_since_update")) is None else _duration(age),
    } | {axis: _signed(row.get(axis)) for axis in axes}


def _character(row: _Row, width: int) -> list[str]:
    """What a stream has beside its feeling, if it has anything."""
    state, mood = _text(row.get("state", "")), row.get("mood")
    found = [f"state {state}"] if state else []
    if isinstance(mood, list):
        found.append(f"mood {' '.join(map(_signed, mood[:3]))}")
    return _wrapped(f"  {', '.join(found)}", width) if found else []


def _frames(frames: _Row) -> str:
    return (
        f"frames: {_number(frames.get('achieved_per_second'))} of "
        f"{_number(frames.get('wanted_per_second'))} a second; {_number(frames.get('sent'))} sent, "
        f"{_number(frames.get('dropped'))} dropped, {_number(frames.get('stalls'))} stalls"
    )


def _response(told: _Row) -> str:
    """How soon an update reaches the outputs."""
    response = told.get("update_to_datagram_seconds")
    found: _Row = response if isinstance(response, dict) else {}
    median, most = found.get("median", ""), found.get("p99", "")
    if not _is_number(median):
        return "update to datagram: no update yet"
    slowest = f"within {most * 1e3:.4g} ms" if _is_number(most) else "in more than 1 s"
    return f"update to datagram: half within {median * 1e3:.4g} ms, 99 % {slowest}"


def _streams(told: _Row) -> str:
    count = told.get("stream_count", len(_rows(told, "streams")))
    return (
        f"streams: {_number(count)} of {_number(told.get('max_streams'))}; "
        f"{_number(told.get('refused_streams'))} updates refused at the limit"
    )


def _rows(told: _Row, key: str) -> list[_Row]:
    rows = told.get(key)
    if not isinstance(rows, list):
        return []
    return [row for row in rows[:_MOST_ROWS] if isinstance(row, dict)]


def _row(first: str, width: int, layout: Mapping[str, int], cells: Mapping[str, str]) -> str:
    left = width - sum(abs(size) + 1 for size in layout.values())
    others = (_fitted(cells[name], size) for name, size in layout.items())
    return " ".join((_fitted(first, left), *others)).rstrip()


def _problem(row: _Row, width: int) -> list[str]:
    problem = _text(row.get("problem", ""))
    return _wrapped(f"  {problem}", width) if problem else []


# --- one value as text


def _text(value: object) -> str:
    return printable(value[:_LONGEST_TEXT]) if isinstance(value, str) else "?"


def _is_number(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) < _LARGEST_NUMBER  # which neither infinity nor NaN is


def _number(value: Any) -> str:
    return f"{value:.10g}" if _is_number(value) else "?"


def _signed(value: Any) -> str:
    return f"{value:+.2f}" if _is_number(value) else "?"


def _duration(seconds: Any) -> str:
    """In the largest unit that gives at least 2: `95 s`, `31 min`, `47 h`, `12 d`."""
    if not _is_number(seconds):
        return "?"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


# --- columns of a terminal


def _fitted(text: str, size: int) -> str:
    """The text cut or padded to `size` columns; aligned right if `size` is negative."""
    text = shortened(text, abs(size))
    padding = " " * (abs(size) - columns(text))
    return padding + text if size < 0 else text + padding


def _wrapped(text: str, width: int) -> list[str]:
    """The text as lines of at most `width` columns; all but the first are indented."""
    lines = [""]
    for number, word in enumerate(text.split(" ")):
        longer = f"{lines[-1]} {word}" if number else word
        if columns(longer) > width:
            lines.append(_fitted(f"  {word}", width).rstrip())
        else:
            lines[-1] = longer
    return lines
