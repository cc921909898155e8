"""Labels that one sender sends one by one, as one message.

A classifier's loop sends each label with its score in a message of its own. What arrives within a
moment belongs together; what arrives later replaces it.
"""

from typing import NamedTuple

from bridge.emotion.message import Message
from bridge.emotion.scores import MOST_SCORES, Scored

MOMENT = 0.05
"""Seconds from the first label of a message."""
_MOST_SENDERS = 256


class _Begun(NamedTuple):
    at: float
    labels: dict[str, Scored]


class Gathering:
    """Remembers the latest labels of each sender."""

    def __init__(self) -> None:
        self._begun: dict[tuple[str, str], _Begun] = {}

    def join(self, message: Message, sender: str, now: float) -> Message:
        """The message, with the labels that the sender has sent for the stream in this moment.

        Only single labels with a score are joined. A label that comes again begins a new message.

        Args:
            now: when the message arrived, in seconds.
        """
        key = (sender, message.stream)
        begun = self._begun.pop(key, None)
        if message.has_point or message.own or message.then or len(message.scores) != 1:
            return message
        if message.scores[0].score is None:
            return message
        [scored] = message.scores
        name = scored.name.casefold()
        fresh = begun is not None and 0 <= now - begun.at < MOMENT
        if begun is None or not fresh or name in begun.labels or len(begun.labels) >= MOST_SCORES:
            begun = _Begun(now, {})
            if len(self._begun) >= _MOST_SENDERS:
                self._begun.pop(next(iter(self._begun)))
        begun.labels[name] = scored
        self._begun[key] = begun
        return message._replace(scores=tuple(begun.labels.values()))
