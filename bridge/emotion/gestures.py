"""What follows a gesture: a feeling that shows for a moment over what its source showed before."""

import difflib
from typing import Any

from bridge.emotion.labels import LONGEST_LABELS, read_feeling
from bridge.emotion.names import EmotionError, UnknownEmotionError
from bridge.emotion.update import PREVIOUS, Then, UpdateError

_LONGEST_SHOWN = 40


def read_then(value: Any) -> Then:
    """What `then` says: `previous`, or an emotion as on standard input (`joy`, `joy 0.5`).

    Raises:
        UpdateError: it says neither.
    """
    if not isinstance(value, str) or len(value) > LONGEST_LABELS:
        shown = str(value)[:_LONGEST_SHOWN]
        raise UpdateError(f"then {shown!r}: expected previous, or an emotion's name")
    text = value.strip()
    if text.casefold() == PREVIOUS.label:
        return PREVIOUS
    try:
        return Then(*read_feeling(text))
    except UnknownEmotionError as problem:
        # The search for similar names is put off until somebody reads the message.
        raise UpdateError(_UnknownThen(problem)) from None
    except (EmotionError, UpdateError) as problem:
        raise UpdateError(f"then: {problem}") from None


class _UnknownThen:
    def __init__(self, problem: UnknownEmotionError) -> None:
        self._problem = problem

    def __str__(self) -> str:
        if difflib.get_close_matches(self._problem.name.casefold(), [PREVIOUS.label]):
            return f'then "{self._problem.name}": did you mean "{PREVIOUS.label}"?'
        return f"then: {self._problem}"
