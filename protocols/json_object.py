"""JSON from strangers: one object, bounded before it is read, and numbers that can be used."""

import json
import math
from typing import Any

from protocols.face import DecodeError

_LONGEST_NAME = 64  # of what is quoted to people


def read_object(datagram: bytes, *, largest: int, most_brackets: int) -> dict[str, Any]:
    """The JSON object that a datagram is.

    Args:
        largest: bytes that are read at most.
        most_brackets: so many `[` and `{` at most, so that no text nests deep enough to be a
            burden.

    Raises:
        DecodeError: it is no such object.
    """
    if len(datagram) > largest:
        raise DecodeError(f"expected at most {largest} bytes of JSON")
    if datagram.count(b"[") + datagram.count(b"{") > most_brackets:
        raise DecodeError(f"expected JSON with at most {most_brackets} brackets")
    try:
        said = json.loads(datagram.decode())
    except (ValueError, RecursionError) as problem:
        raise DecodeError("expected JSON in UTF-8") from problem
    if not isinstance(said, dict):
        raise DecodeError("expected a JSON object")
    return said


def finite(said: Any, name: str) -> float:
    """A value of JSON as a number.

    Raises:
        DecodeError: it is none, or not finite; `name` says which.
    """
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise DecodeError(f"expected a number for {name[:_LONGEST_NAME]!r}")
    try:
        number = float(said)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise DecodeError(f"expected a finite number for {name[:_LONGEST_NAME]!r}")
    return number
