"""An update, which every source posts, and the three ways to write one.

0.8 0.6 0.5                                   valence arousal dominance, with spaces or commas
happiness 0.9                                 a name or mixture, and an intensity
{"emotion": "fear", "stream": "bob"}          a JSON object
"""

import json
import math
import re
from typing import Any, NamedTuple

from bridge.emotion.cleaning import clean
from bridge.emotion.cues import Cues
from bridge.emotion.names import EmotionError, parts_of
from bridge.emotion.points import Part, Parts, Vad, mean_point
from bridge.emotion.streams import LONGEST_STREAM, MAIN_STREAM, is_stream_name

LONGEST_TEXT = 4096
"""Characters. An update is a line of a few words; a longer text is a mistake or an attack."""

EXPECTED = (
    "three numbers from -1 to 1 (valence arousal dominance), a name with an intensity "
    '("happiness 0.9"), or a JSON object'
)


class UpdateError(ValueError):
    """Text or values that are not an update; the message says what was wrong."""


class Update(NamedTuple):
    """A feeling for one stream. `clamped` says which numbers were out of range, if any."""

    parts: Parts
    """1 to `MOST_PARTS`; none in an update that has only cues and leaves the feeling as it is."""
    label: str
    """What the sender wrote, for people to read: an emotion's name, or the three numbers."""
    stream: str = MAIN_STREAM
    hold: float | None = None
    """Seconds until the update expires; infinity for never; None for the default of the source."""
    fade: float | None = None
    """Seconds that the movement takes; None for the default of the interpolation."""
    clamped: str = ""
    cues: Cues | None = None
    """What is said beside the feeling."""

    @property
    def target(self) -> Vad:
        """The weighted mean of the points."""
        return mean_point(self.parts)


_TAG = re.compile(r"""\[(?:face:)?([^\]:]+)\]|<face name=["']([^"']+)["']\s*/>""")
_KEYS = ("valence", "arousal", "dominance", "vad", "emotion", "intensity", "stream", "hold", "fade")


def parse_update(text: str, stream: str = MAIN_STREAM) -> Update:
    """Read one line, packet or payload, written in any of the three ways.

    Args:
        stream: the stream of a text that names none.

    Raises:
        UpdateError: the text is not an update; the message says why.
    """
    text = text.strip()
    if not text:
        raise UpdateError("the text is empty")
    if len(text) > LONGEST_TEXT:
        raise UpdateError(f"{len(text)} characters; the limit is {LONGEST_TEXT}")
    if text.startswith("{"):
        return _from_json(text, stream)
    if tag := _TAG.match(text):
        text = f"{tag.group(1) or tag.group(2)} {text[tag.end() :]}"
    words = text.replace(",", " ").split()
    numbers = [number for number in map(_number, words) if number is not None]
    if len(numbers) == len(words):
        if len(words) != 3:
            raise UpdateError(f"expected three numbers, not {len(words)}")
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
        UpdateError: a number is not finite, or the stream, hold or fade is out of bounds.
    """
    point = Vad(valence, arousal, dominance)
    if not point.is_finite():
        raise UpdateError("a number is not finite")
    inside = point.clamped()
    numbers = " ".join(f"{axis:g}" for axis in point)
    clamped = "" if inside == point else f"{numbers} is outside -1 to 1"
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
        UpdateError: the name is unknown, the intensity is not finite, or the stream, hold or fade
            is out of bounds.
    """
    if not math.isfinite(intensity):
        raise UpdateError("the intensity is not finite")
    inside = min(1.0, max(0.0, intensity))
    clamped = "" if inside == intensity else f"intensity {intensity:g} is outside 0 to 1"
    try:
        parts = parts_of(name, inside)
    except EmotionError as problem:
        raise UpdateError(problem) from None
    label = f"{' '.join(clean(name).casefold().split())} {inside:g}"
    return _checked(Update(parts, label, stream, hold, fade, clamped))


def _checked(update: Update) -> Update:
    if not is_stream_name(update.stream):
        raise UpdateError(
            f"stream {update.stream[:LONGEST_STREAM]!r}: expected 1–{LONGEST_STREAM} bytes without "
            "spaces, slashes or wildcards"
        )
    if update.hold is not None and not update.hold > 0:  # also refuses NaN
        raise UpdateError(f"hold {update.hold:g}: expected more than 0 seconds, or forever")
    if update.fade is not None and not 0 <= update.fade < math.inf:
        raise UpdateError(f"fade {update.fade:g}: expected 0 seconds or more")
    return update


def _from_json(text: str, stream: str) -> Update:
    try:
        given: dict[str, Any] = json.loads(text)
    except json.JSONDecodeError as problem:
        raise UpdateError(f"invalid JSON: {problem.msg} at character {problem.pos + 1}") from None
    except (ValueError, RecursionError):
        raise UpdateError("invalid JSON") from None
    if unknown := sorted(set(given) - set(_KEYS)):
        raise UpdateError(f"unknown key {unknown[0][:40]!r}; the known keys are {', '.join(_KEYS)}")
    rest: dict[str, Any] = {
        "stream": _text(given, "stream", stream),
        "hold": math.inf if given.get("hold") == "forever" else _optional(given, "hold"),
        "fade": _optional(given, "fade"),
    }
    axes = {"valence", "arousal", "dominance"} & given.keys()
    spellings = [bool(axes), "vad" in given, "emotion" in given]
    if sum(spellings) != 1:
        raise UpdateError("expected either valence, arousal and dominance, or vad, or emotion")
    if "intensity" in given and "emotion" not in given:
        raise UpdateError("intensity is only allowed with emotion")
    if "emotion" in given:
        intensity = _optional(given, "intensity")
        name = _text(given, "emotion", "")
        return named_update(name, 1.0 if intensity is None else intensity, **rest)
    if axes and len(axes) != 3:
        raise UpdateError("expected valence, arousal and dominance together")
    if axes:
        point = [_finite_float(given[axis], axis) for axis in ("valence", "arousal", "dominance")]
    else:
        vad = given["vad"]
        if not isinstance(vad, list) or len(vad) != 3:
            raise UpdateError("vad: expected a list of three numbers")
        point = [_finite_float(axis, "vad") for axis in vad]
    return point_update(*point, **rest)


def _text(given: dict[str, Any], key: str, default: str) -> str:
    value = default if given.get(key) is None else given[key]
    if not isinstance(value, str):
        raise UpdateError(f"{key}: expected text")
    return value


def _optional(given: dict[str, Any], key: str) -> float | None:
    return None if given.get(key) is None else _finite_float(given[key], key)


def _finite_float(value: object, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UpdateError(f"{key}: expected a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise UpdateError(f"{key}: the number is not finite")
    return number


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _numbers(point: Vad) -> str:
    return " ".join(f"{axis:+.2f}" for axis in point)
