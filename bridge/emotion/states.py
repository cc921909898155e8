"""States of a character, such as listening or asleep, as the mixer needs them.

A source chooses one by its name. It stays until another is chosen, and may bring an emotion. What
it does with the face is the business of `bridge.face`.
"""

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from bridge.emotion.names import UnknownEmotionError, is_emotion
from bridge.emotion.points import Parts

NAMES = ("listening", "thinking", "speaking", "waiting", "failed", "asleep")
"""The states that exist without any setting."""

LONGEST_NAME = 40
LONGEST_HOLD = 86400.0
"""Seconds. A state that nobody ends must not keep its stream for ever."""

_NAME = re.compile(r"[^\W\d][\w-]*")
_OFF = ("off", "null", "")


@dataclass(frozen=True, slots=True)
class CharacterState:
    """What the mixer knows of a state."""

    parts: Parts = ()
    """The emotion that comes with it; none for no emotion."""
    label: str = ""
    """Of the emotion."""
    emotion_hold: float = LONGEST_HOLD
    """Seconds that the emotion shows; it ends with the state at the latest."""
    hold: float = 600.0
    """Seconds after which the state ends unless it is chosen again."""
    speaking: bool = False
    """Whether the stream counts as speaking."""


def is_state_name(name: str) -> bool:
    """Whether a state may have this name. It is no emotion, unless it exists without settings:
    `thinking` is an emotion as well."""
    if name != name.casefold() or len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        return False
    return name not in _OFF and (name in NAMES or not is_emotion(name))


def state_of(value: Any) -> str | None:
    """The state that a message names: empty to end the present one, None if the value is
    something else, such as an emotion. The state need not exist."""
    if value is None or value is False:
        return ""
    if not isinstance(value, str):
        return None
    name = value.strip().casefold()
    if name in _OFF:
        return ""
    return name if is_state_name(name) else None


class UnknownState:
    """Why a state is refused. Similar names are looked up only when the message is read."""

    def __init__(self, name: str, known: Collection[str]) -> None:
        self._name, self._known = name, known

    @property
    def expected(self) -> str:
        """Every state, for people to read."""
        return f"one of the states: {', '.join(self._known) or 'none'}; null ends a state"

    def __str__(self) -> str:
        near = difflib.get_close_matches(self._name, self._known, n=1)
        if near:
            return f'unknown state "{self._name}"; did you mean "{near[0]}"?'
        emotion = str(UnknownEmotionError(self._name))
        hint = emotion.partition("; did you mean ")[2]
        known = ", ".join(self._known) or "none"
        return f'unknown state "{self._name}"; ' + (
            f"did you mean the emotion {hint}" if hint else f"the states are {known}"
        )
