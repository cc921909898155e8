"""Parts of the face that an output leaves to another program, such as its lip-sync or blinking."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import BLENDSHAPES, GROUPS, check_shape
from protocols.face import Floats

PARTS: Mapping[str, tuple[str, ...]] = {
    **GROUPS,
    "blink": tuple(name for name in BLENDSHAPES if name.startswith("eyeBlink")),
    "gaze": tuple(name for name in BLENDSHAPES if name.startswith("eyeLook")),
    "head": (),
}
"""The shapes of each part. In formats that carry rotations, `gaze` also means those of the eyes,
and `head` that of the head."""


@dataclass(frozen=True)
class LeftOut:
    """What an output leaves to others."""

    shapes: frozenset[str] = frozenset()
    head: bool = False

    @property
    def gaze(self) -> bool:
        """Whether the rotations of the eyes, and presets that turn them, are left out."""
        return self.shapes.issuperset(PARTS["gaze"])

    @property
    def blink(self) -> bool:
        """Whether presets and addresses that close both eyes are left out."""
        return self.shapes.issuperset(PARTS["blink"])

    @property
    def speech(self) -> bool:
        """Whether presets that speak, such as the vowels of VRM, are left out."""
        return any(self.shapes.issuperset(PARTS[part]) for part in ("mouth", "jaw"))

    @functools.cached_property
    def rotations(self) -> Floats:
        """(3, 1): 0 for each rotation of a face that is left out, 1 for the others."""
        kept = [not self.head, not self.gaze, not self.gaze]
        return np.array(kept, dtype=np.float32)[:, np.newaxis]

    def places(self, order: Sequence[str]) -> NDArray[np.intp]:
        """The indices in `order` of the shapes that are left out."""
        return np.array([i for i, name in enumerate(order) if name in self.shapes], dtype=np.intp)

    def without(self, names: Iterable[str | None]) -> tuple[str | None, ...]:
        """The 52 names in reference order, with None for each shape that is left out."""
        shapes = zip(names, BLENDSHAPES, strict=True)
        return tuple(None if shape in self.shapes else name for name, shape in shapes)


NOTHING = LeftOut()


def left_out(leave: Iterable[str]) -> LeftOut:
    """What `leave` names: parts, or single shapes by their ARKit names.

    Raises:
        ValueError: an unknown name.
    """
    shapes: set[str] = set()
    named = list(leave)
    for name in named:
        check_shape(name, tuple(PARTS))
        shapes.update(PARTS.get(name, (name,)))
    return LeftOut(frozenset(shapes), head="head" in named)


def checked_leave(value: Any) -> Any:
    """The names in a setting, which may be a list, or text with commas."""
    if isinstance(value, str):
        value = [name.strip() for name in value.split(",")]
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
        raise ValueError(f"{value!r}: expected a list of {_NAMES}")
    left_out(value)
    return value


_NAMES = f"{', '.join(PARTS)} or ARKit names"

LEAVE = f"Parts of the face to leave out, so that another program can move them: {_NAMES}."

Leave = Annotated[tuple[str, ...], LEAVE, checked_leave]
"""The setting, for formats in which a shape can be left out."""

LeaveAtRest = Annotated[
    tuple[str, ...],
    "Parts of the face to leave to another program. They are sent as 0, because this format has a "
    f"fixed place for each shape: {_NAMES}.",
    checked_leave,
]
"""The setting, for formats in which every shape has its place."""
