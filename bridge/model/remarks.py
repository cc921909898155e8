"""What a checkpoint says about itself: its epoch, metrics, configuration and arguments."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

_LEFT_OUT = ("optim", "sched", "scaler", "rng", "random", "callback", "loops", "hook")
"""Parts of keys whose values are the state of a training, of no interest to a reader."""

_SLOPES = frozenset({"negative_slope", "leaky_slope", "leaky_relu_slope", "lrelu_slope", "leak"})
"""Names under which a configuration says the slope of the leaky ReLU."""

_DEEPEST = 4
_LONGEST_TEXT = 1000
_LONGEST_LIST = 200
_LARGEST = 20_000
"""Characters of JSON. The remarks go into the header of the converted file."""


def remarks(content: Mapping[str, Any], place: tuple[str, ...]) -> dict[str, Any]:
    """The plain values of a checkpoint beside its tensors, ready for JSON.

    Args:
        content: the content of the file.
        place: the keys that lead to the network. Values beside each of them are taken.
    """
    found: dict[str, Any] = {}
    for key in (*place, None):
        for name, value in content.items():
            plain = None if name == key or _is_state(name) else _plain(value, _DEEPEST)
            if plain is not None:
                found.setdefault(name, plain)
        inner = content.get(key) if key is not None else None
        if not isinstance(inner, Mapping):
            break
        content = inner
    while len(json.dumps(found)) > _LARGEST:
        del found[max(found, key=lambda name: len(json.dumps(found[name])))]
    return found


def said_slope(found: Mapping[str, Any]) -> float | None:
    """The slope of the leaky ReLU, if the remarks say it."""
    for name, value in _leaves(found):
        if name.lower() in _SLOPES:
            try:
                slope = float(value)
            except (TypeError, ValueError):
                continue
            if 0.0 <= slope < 1.0:
                return slope
    return None


def as_lines(found: Mapping[str, Any]) -> list[str]:
    """The remarks for people: one line for each value."""
    return [
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in found.items()
    ]


def _leaves(found: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in found.items():
        if isinstance(value, Mapping):
            yield from _leaves(value)
        else:
            yield name, value


def _is_state(name: str) -> bool:
    return any(part in name.lower() for part in _LEFT_OUT)


def _plain(value: Any, depth: int) -> Any:
    """A value that JSON can hold; None if it is a tensor, too large, or of an unknown type."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, bool | int):
        return value if abs(value) < 2**63 else None
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    if depth and isinstance(value, Mapping):
        inner = {str(key): _plain(item, depth - 1) for key, item in value.items()}
        return {key: item for key, item in inner.items() if item is not None} or None
    if depth and isinstance(value, list | tuple) and len(value) <= _LONGEST_LIST:
        items = [_plain(item, depth - 1) for item in value]
        return None if any(item is None for item in items) else items
    return None
