"""Values of JSON: numbers, streams and times, or the reason why a value is not one."""

import math
from collections.abc import Mapping
from typing import Any

from bridge.emotion.numbers import to_number
from bridge.emotion.update import UpdateError


def number(value: Any, key: str) -> float:
    """A finite number, which may be sent as text.

    Raises:
        UpdateError: the value is not a finite number; `key` says where it is.
    """
    found = to_number(value) if isinstance(value, str) else value
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise UpdateError(f"{key}: expected a number")
    try:
        found = float(found)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise UpdateError(f"{key}: the number is not finite")
    return found


def is_number(value: Any) -> bool:
    """Whether `number` can read it, or refuses it for a better reason than its type."""
    if isinstance(value, str):
        return to_number(value) is not None
    return isinstance(value, int | float)


def stream(value: Any, otherwise: str) -> str:
    """The name of a stream, which may be sent as a number; `otherwise` for null."""
    if value is None:
        return otherwise
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise UpdateError("stream: expected text")
    return str(value)


def hold(value: Any, otherwise: float | None) -> float | None:
    """Seconds, or infinity for `forever`."""
    if isinstance(value, str) and value.casefold() == "forever":
        return math.inf
    return seconds(value, "hold", otherwise)


def seconds(value: Any, key: str, otherwise: float | None) -> float | None:
    """Seconds; `otherwise` for null."""
    return otherwise if value is None else number(value, key)


def fold(key: Any) -> str:
    """A key as it is compared."""
    return str(key).casefold()


def folded(value: Mapping[Any, Any]) -> dict[str, Any]:
    """An object with its keys as they are compared; of equal ones the first."""
    folded: dict[str, Any] = {}
    for key, inner in value.items():
        folded.setdefault(fold(key), inner)
    return folded
