"""The one update every source speaks, and the three spellings of it that people and programs use.

0.8 0.6 0.5                                   valence arousal dominance, spaces or commas
happiness 0.9                                 a name or mixture, and an intensity
{"emotion": "fear", "stream": "bob"}          a JSON object
"""

import json
import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from bridge.emotion.names import EmotionError, Vad, emotion_to_vad
from bridge.emotion.streams import LONGEST_STREAM, MAIN_STREAM, is_stream_name

LONGEST_TEXT = 4096
"""Characters. An update is a line of a few words; anything longer is a mistake or an attack."""

EXPECTED = (
    "three numbers from -1 to 1 (valence arousal dominance), a name with an intensity "
    '("happiness 0.9"), or a JSON object'
)


class UpdateError(ValueError):
    """Text or values that are no update; the message says what was wrong."""


MOST_PARTS = 4
"""Emotions that an update may have at once."""


class Part(NamedTuple):
    """One emotion of a feeling."""

    point: Vad
    share: float
    """0 to 1; the shares of an update sum to 1."""


def mean_point(parts: Sequence[Part]) -> Vad:
    """The weighted mean of the points. The face of several emotions is not the face of this point,
    but the mean of their faces."""
    if len(parts) == 1:
        return parts[0].point
    return Vad(*(sum(share * point[axis] for point, share in parts) for axis in range(3)))


class Update(NamedTuple):
    """A feeling for one stream. `clamped` says what had to be pulled back into range, if any."""

    parts: tuple[Part, ...]
    """1 to `MOST_PARTS`."""
    label: str
    """What was said, for people to read: an emotion's name, or the three numbers."""
    stream: str = MAIN_STREAM
    hold: float | None = None
    """Seconds until the word expires; infinity for ever; None for the source's own default."""
    fade: float | None = None
    """Seconds the movement takes; None for the interpolation's own."""
    clamped: str = ""

    @property
    def target(self) -> Vad:
        """The weighted mean of the points."""
        return mean_point(self.parts)


_TAG = re.compile(r"""\[(?:face:)?([^\]:]+)\]|<face name=["']([^"']+)["']\s*/>""")
_KEYS = ("valence", "arousal", "dominance", "vad", "emotion", "intensity", "stream", "hold", "fade")


def parse_update(text: str, stream: str = MAIN_STREAM) -> Update:
    """Understand one line, packet or payload in any of the three spellings.

    Args:
        stream: the stream meant when the text itself names none.

    Raises:
        UpdateError: says what was wrong in words for the person who typed it.
    """
    text = text.strip()
    if not text:
        raise UpdateError("nothing in it")
    if len(text) > LONGEST_TEXT:
        raise UpdateError(f"{len(text)} characters, more than {LONGEST_TEXT}")
    if text.startswith("{"):
        return _from_json(text, stream)
    if tag := _TAG.match(text):
        text = f"{tag.group(1) or tag.group(2)} {text[tag.end() :]}"
    words = text.replace(",", " ").split()
    numbers = [number for number in map(_number, words) if number is not None]
    if len(numbers) == len(words):
        if len(words) != 3:
            raise UpdateError(f"three numbers are needed, not {len(words)}")
        return point_update(numbers[0], numbers[1], numbers[2], stream=stream)
    intensity = _number(words[-1])
    name = " ".join(words if intensity is None else words[:-1])
    return named_update(name, 1.0 if intensity is None else intensity, stream=stream)


def point_update(
    valence: float,
    arousal: float,
    dominance: float,
    *,
    stream: str = MAIN_STREAM,
    hold: float | None = None,
    fade: float | None = None,
) -> Update:
    """An update for a point; numbers outside -1 to 1 are clamped, and `clamped` says so.

    Raises:
        UpdateError: a number that is not finite, or a stream, hold or fade out of bounds.
    """
    point = Vad(valence, arousal, dominance)
    if not point.is_finite():
        raise UpdateError("a number that is not finite")
    inside = point.clamped()
    said = " ".join(f"{axis:g}" for axis in point)
    clamped = "" if inside == point else f"{said} is outside -1 to 1"
    return _checked(Update((Part(inside, 1.0),), _numbers(inside), stream, hold, fade, clamped))


def named_update(
    name: str,
    intensity: float = 1.0,
    *,
    stream: str = MAIN_STREAM,
    hold: float | None = None,
    fade: float | None = None,
) -> Update:
    """An update for an emotion's name or mixture; an intensity outside 0 to 1 is clamped.

    Raises:
        UpdateError: an unknown name, an intensity that is not finite, or a stream, hold or fade
            out of bounds.
    """
    if not math.isfinite(intensity):
        raise UpdateError("an intensity that is not finite")
    inside = min(1.0, max(0.0, intensity))
    clamped = "" if inside == intensity else f"intensity {intensity:g} is outside 0 to 1"
    try:
        target = emotion_to_vad(name, inside)
    except EmotionError as problem:
        raise UpdateError(problem) from None
    label = f"{' '.join(name.casefold().split())} {inside:g}"
    return _checked(Update((Part(target, 1.0),), label, stream, hold, fade, clamped))


def _checked(update: Update) -> Update:
    if not is_stream_name(update.stream):
        raise UpdateError(
            f"stream {update.stream[:LONGEST_STREAM]!r}: expected 1–{LONGEST_STREAM} bytes, "
            "no spaces, slashes or wildcards"
        )
    if update.hold is not None and not update.hold > 0:  # also refuses NaN
        raise UpdateError(f"hold {update.hold:g}: expected seconds, more than 0, or forever")
    if update.fade is not None and not 0 <= update.fade < math.inf:
        raise UpdateError(f"fade {update.fade:g}: expected seconds, 0 or more")
    return update


def _from_json(text: str, stream: str) -> Update:
    try:
        said: dict[str, Any] = json.loads(text)
    except json.JSONDecodeError as problem:
        raise UpdateError(f"no JSON: {problem.msg} at character {problem.pos + 1}") from None
    except (ValueError, RecursionError):
        raise UpdateError("JSON that cannot be read") from None
    if unknown := sorted(set(said) - set(_KEYS)):
        raise UpdateError(f"unknown key {unknown[0][:40]!r}; known: {', '.join(_KEYS)}")
    rest: dict[str, Any] = {
        "stream": _text(said, "stream", stream),
        "hold": math.inf if said.get("hold") == "forever" else _optional(said, "hold"),
        "fade": _optional(said, "fade"),
    }
    axes = {"valence", "arousal", "dominance"} & said.keys()
    spellings = [bool(axes), "vad" in said, "emotion" in said]
    if sum(spellings) != 1:
        raise UpdateError("expected one of valence, arousal and dominance; vad; emotion")
    if "intensity" in said and "emotion" not in said:
        raise UpdateError("intensity goes with emotion")
    if "emotion" in said:
        intensity = _optional(said, "intensity")
        name = _text(said, "emotion", "")
        return named_update(name, 1.0 if intensity is None else intensity, **rest)
    if axes and len(axes) != 3:
        raise UpdateError("valence, arousal and dominance are needed together")
    if axes:
        point = [_finite_float(said[axis], axis) for axis in ("valence", "arousal", "dominance")]
    else:
        vad = said["vad"]
        if not isinstance(vad, list) or len(vad) != 3:
            raise UpdateError("vad: expected a list of three numbers")
        point = [_finite_float(axis, "vad") for axis in vad]
    return point_update(*point, **rest)


def _text(said: dict[str, Any], key: str, default: str) -> str:
    value = default if said.get(key) is None else said[key]
    if not isinstance(value, str):
        raise UpdateError(f"{key}: expected text")
    return value


def _optional(said: dict[str, Any], key: str) -> float | None:
    return None if said.get(key) is None else _finite_float(said[key], key)


def _finite_float(value: object, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UpdateError(f"{key}: expected a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise UpdateError(f"{key}: a number that is not finite")
    return number


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _numbers(point: Vad) -> str:
    return " ".join(f"{axis:+.2f}" for axis in point)
