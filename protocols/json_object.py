"""JSON from untrusted senders: one object of bounded size, and finite numbers."""

import json
import math
from typing import Any

from protocols.face import DecodeError

_LONGEST_NAME = 64  # of a name in an error message


def read_object(datagram: bytes, *, largest: int, most_brackets: int) -> dict[str, Any]:
    """Parse a datagram that is one JSON object.

    Args:
        largest: the most bytes.
        most_brackets: the most `[` and `{` together, which bounds the depth of nesting.

    Raises:
        DecodeError: it is not such an object.
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
    """A JSON value as a number.

    Raises:
        DecodeError: it is not a number, or not finite. The message contains `name`.
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
