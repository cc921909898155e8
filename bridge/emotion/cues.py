"""What a source may say of a stream beside its feeling: that it speaks, how its mouth moves, and
where it looks."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

VISEMES = (
    *("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR"),
    *("aa", "E", "ih", "oh", "ou"),
)
"""The 15 visemes of Oculus LipSync, in its order."""

_ALSO = {"ee": "E", "a": "aa", "i": "ih", "u": "ou", "o": "oh"}
"""VRM's names of vowels, where they differ. Case does not matter otherwise."""
_BY_NAME = {name.casefold(): index for index, name in enumerate(VISEMES)}

SPEAKING_TIMEOUT = 30.0
"""Seconds after which a stream no longer counts as speaking, unless the source says so again. A
"stopped" that is lost must not keep the emotion from the mouth for ever."""
VISEMES_TIMEOUT = 0.5
"""Seconds after which a mouth closes whose source sends no more."""

Visemes = tuple[float, ...]
"""15 numbers from 0 to 1, in the order of `VISEMES`."""


class CueError(ValueError):
    """A cue that cannot be used; the message says what was expected."""


class Direction(NamedTuple):
    """Where to look, in degrees from straight ahead."""

    yaw: float
    """Positive towards the face's own right."""
    pitch: float
    """Positive downwards."""


@dataclass(frozen=True, slots=True)
class Cues:
    """The cues of one update. None says nothing, so that what was said before stays."""

    speaking: bool | None = None
    visemes: Visemes | None = None
    look_at: Direction | None = None
    look_freely: bool = False
    """Let go of `look_at`."""


def visemes(weights: Mapping[str, float]) -> Visemes:
    """Visemes by their names, Oculus' or VRM's; those that are not named are 0.

    Raises:
        CueError: an unknown name, or a weight that is not a number from 0 to 1.
    """
    values = [0.0] * len(VISEMES)
    for name, weight in weights.items():
        plain = name.casefold()
        index = _BY_NAME.get(_ALSO.get(plain, plain).casefold())
        if index is None:
            known = ", ".join(VISEMES)
            raise CueError(f"unknown viseme {name[:40]!r}; expected aa, ih, ou, ee, oh or {known}")
        values[index] = max(values[index], _weight(weight, f"viseme {VISEMES[index]}"))
    return tuple(values)


def loudness(value: float) -> Visemes:
    """A mouth that opens as wide as the voice is loud, from 0 to 1.

    Raises:
        CueError: not a number from 0 to 1.
    """
    return visemes({"aa": _weight(value, "mouth")})


def direction(yaw: float, pitch: float) -> Direction:
    """A direction to look at, in degrees.

    Raises:
        CueError: not within 90 degrees.
    """
    for name, angle in (("yaw", yaw), ("pitch", pitch)):
        if not abs(angle) <= 90.0:  # also refuses NaN
            raise CueError(f"look_at {name} {angle:g}: expected degrees from -90 to 90")
    return Direction(yaw, pitch)


def _weight(value: float, what: str) -> float:
    if not (math.isfinite(value) and -0.05 <= value <= 1.05):
        raise CueError(f"{what} {value:g}: expected a number from 0 to 1")
    return min(max(value, 0.0), 1.0)
