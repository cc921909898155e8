"""What an OSC address means.

    /vad fff, /vad ff       valence, arousal and dominance, or without dominance
    /valence f              one axis; also /arousal, /dominance and /emotion/valence
    /emotion s, sf          a label, perhaps with a score; also /emotion/label, /emotion/word
    /emotion/score/joy f    the same
    /emotion/joy f          a fader or a button: it keeps its value until it is moved
    /gesture s, sf, sfs     a label for so many seconds, then what was there before or another label
    /gesture/joy            a button for the same
    /state s                the state of the character; N or nothing to end it
    /state/thinking         a button for the same
    /neutral                neutral, and all faders down
    /speaking T             whether the stream speaks; also 1 and 0
    /mouth f                how loud its voice is, from 0 to 1
    /viseme/aa f            one viseme of Oculus or vowel of VRM
    /spoken i               how far its voice is, in characters of its text
    /look_at ff             where it looks: yaw and pitch in degrees; N or nothing to let go

The name of a stream may stand before each of them (`/{stream}/vad`), and behind `/vad`, the axes
and `/neutral` (`/vad/{stream}`). What controllers add is no stream: the number of a page in front
(`/1/valence`) and `/z` behind, which says that a finger touches a control.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from bridge.emotion.names import EmotionError, parts_of
from bridge.emotion.scale import AXES
from bridge.emotion.streams import MAIN_STREAM

Kind = Literal[
    "point", "axes", "label", "score", "fader", "neutral", "gesture", "state", "cue", "ignore"
]

STREAM = "{stream}"
"""Stands for the name of a stream in an address of the settings."""
TOUCH = "z"

_WORDS: Mapping[str, Kind] = {
    "vad": "point",
    "emotion": "label",
    "neutral": "neutral",
    "gesture": "gesture",
    "state": "state",
    "ignore": "ignore",
}
_CUES = ("speaking", "spoken", "mouth", "viseme", "look_at")
_COMMANDS = frozenset(("vad", "emotion", "neutral", "gesture", "state", *_CUES, *AXES))
_BY_ARGUMENT_OR_BUTTON = ("gesture", "state")
_LABELS = frozenset(("label", "word"))


class Meaning(NamedTuple):
    """What an address means."""

    kind: Kind
    names: tuple[str, ...] = ()
    """The axes, the emotion, or the cue and the viseme that is meant."""
    stream: str = MAIN_STREAM


class Addresses:
    """The addresses of the settings, and those that need none."""

    def __init__(self, given: Mapping[str, str | Sequence[str]] | None = None) -> None:
        """`given`: for an address, which may contain `{stream}`, what it means.

        Raises:
            ValueError: a meaning is not known.
        """
        self._exact: dict[str, Meaning] = {}
        self._patterns: list[tuple[re.Pattern[str], Meaning]] = []
        for address, meaning in (given or {}).items():
            if STREAM in address:
                before, after = map(re.escape, address.split(STREAM, 1))
                pattern = re.compile(f"{before}([^/]+){after}")
                self._patterns.append((pattern, meant(meaning)))
            else:
                self._exact[address] = meant(meaning)

    def meaning(self, address: str) -> Meaning | None:
        """What an address means; None if it means nothing."""
        if address in self._exact:
            return self._exact[address]
        for pattern, meaning in self._patterns:
            if match := pattern.fullmatch(address):
                return meaning._replace(stream=match[1])
        return _usual(address)


def meant(meaning: str | Sequence[str]) -> Meaning:
    """What a setting means: an axis or several, `vad`, `emotion`, `gesture`, `state`, `neutral`,
    `ignore`, or the name of an emotion.

    Raises:
        ValueError: the meaning is not known.
    """
    names = (meaning,) if isinstance(meaning, str) else tuple(meaning)
    if names and {*names} <= {*AXES} and len({*names}) == len(names):
        return Meaning("axes", names)
    if len(names) != 1:
        raise ValueError(f"{list(names)}: expected one meaning, or axes ({', '.join(AXES)})")
    if names[0] in _WORDS:
        return Meaning(_WORDS[names[0]])
    try:
        parts_of(names[0])
    except EmotionError as problem:
        known = ", ".join((*AXES, *_WORDS))
        raise ValueError(f"{problem}, or use one of {known}") from None
    return Meaning("fader", names)


def _usual(address: str) -> Meaning | None:
    words = [word for word in address.split("/") if word]
    if len(words) > 1 and words[-1] == TOUCH:
        return Meaning("ignore")
    while len(words) > 1 and words[0].isdecimal():
        del words[0]
    stream = ""
    if len(words) > 1 and words[0] not in _COMMANDS:
        stream, *words = words
    if not words or words[0] not in _COMMANDS:
        return None
    command, *rest = words
    if command == "emotion":
        meaning = _emotion(rest)
        return meaning and meaning._replace(stream=stream or MAIN_STREAM)
    if command in _BY_ARGUMENT_OR_BUTTON:
        meaning = Meaning(_WORDS[command], tuple(rest)) if len(rest) < 2 else None
        return meaning and meaning._replace(stream=stream or MAIN_STREAM)
    names: tuple[str, ...] = (command,)
    if command == "viseme":
        names, rest = (command, *rest[:1]), rest[1:]
    if rest and not stream:
        stream, *rest = rest
    if rest or names == ("viseme",):
        return None
    kind: Kind = "cue" if command in _CUES else _WORDS.get(command, "axes")
    return Meaning(kind, () if command in _WORDS else names, stream or MAIN_STREAM)


def _emotion(words: Sequence[str]) -> Meaning | None:
    """What stands behind `/emotion`."""
    if len(words) == 2 and words[0] == "score":
        return Meaning("score", (words[1],))
    if len(words) > 1:
        return None
    word = words[0] if words else "label"
    if word in _LABELS:
        return Meaning("label")
    if word == "vad":
        return Meaning("point")
    return Meaning("axes" if word in AXES else "fader", (word,))
