"""What a source may say of a stream beside its feeling: that it speaks and how far it is, how its
mouth moves, where it looks, and the state of the character."""

import contextlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

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

MOST_SPOKEN = 1e12
"""Characters. Nobody speaks for a thousand years."""

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
    spoken: int | None = None
    """How far the voice is in the text that the stream speaks: characters since its start. 0 begins
    another count, at the next word."""
    state: str | None = None
    """The state of the character by its name; empty to end the present one."""
    forget_mood: bool = False
    """Start again with no mood."""


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


# As keys of a message

KEYS = ("speaking", "mouth", "visemes", "look_at", "spoken")
"""The keys that JSON may have for cues: `"speaking": true`, `"mouth": 0.6`,
`"visemes": {"aa": 0.5}`, `"look_at": [20, -5]` or null, `"spoken": 42`."""

_SWITCHES = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}


def read_cues(keys: Mapping[str, Any]) -> Cues | None:
    """The cues among these keys of a message; None if there are none.

    Raises:
        CueError: a value that cannot be.
    """
    if not any(key in keys for key in KEYS):
        return None
    mouth = None
    if (sent_visemes := keys.get("visemes")) is not None:
        mouth = _visemes(sent_visemes)
    elif (sent_mouth := keys.get("mouth")) is not None:
        mouth = loudness(_number(sent_mouth, "mouth"))
    look_at = keys.get("look_at")
    look_freely = "look_at" in keys and look_at in (None, False, "off")
    return Cues(
        speaking=None if keys.get("speaking") is None else _switch(keys["speaking"]),
        visemes=mouth,
        look_at=None if look_freely or "look_at" not in keys else _direction(look_at),
        look_freely=look_freely,
        spoken=None if keys.get("spoken") is None else _count(keys["spoken"]),
    )


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    if isinstance(value, str) and (found := _SWITCHES.get(value.strip().casefold())) is not None:
        return found
    raise CueError(f"speaking {str(value)[:20]!r}: expected true or false")


def _count(value: Any) -> int:
    number = _number(value, "spoken")
    if not 0 <= number <= MOST_SPOKEN:  # also refuses NaN
        raise CueError(f"spoken {number:g}: expected how many characters, 0 or more")
    return int(number)


def _visemes(value: Any) -> Visemes:
    if isinstance(value, list | tuple) and len(value) == len(VISEMES):
        value = dict(zip(VISEMES, value, strict=True))
    if not isinstance(value, Mapping):
        raise CueError(f"visemes: expected a map of names, or {len(VISEMES)} numbers")
    return visemes({str(name): _number(weight, str(name)) for name, weight in value.items()})


def _direction(value: Any) -> Direction:
    if isinstance(value, str):
        value = value.strip("[]() ").replace(",", " ").split()
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise CueError("look_at: expected yaw and pitch in degrees, or null")
    return direction(_number(value[0], "yaw"), _number(value[1], "pitch"))


def _number(value: Any, what: str) -> float:
    if not isinstance(value, bool):
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            return float(value)
    raise CueError(f"{what[:20]}: expected a number")
