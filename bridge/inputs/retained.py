"""Which retained messages of an MQTT broker are news.

A broker sends the message that it retains for a topic after each subscription, so again after each
time that a connection was lost. By then newer messages may have come that it did not retain.
"""

from collections import deque
from dataclasses import dataclass, field

_MOST_TOPICS = 1024
_REMEMBERED = 32
"""Messages of a topic, where a broker does not say which of them it retains."""


@dataclass(slots=True)
class _Topic:
    retained: int | None = None
    """The latest message that was marked as retained, as a hash."""
    recent: deque[int] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    seen_since: int = -1
    """The number of the latest subscription that brought a message."""


class Retained:
    """Remembers what came, for as long as its input lives."""

    def __init__(self) -> None:
        self._topics: dict[str, _Topic] = {}
        self._subscription = 0
        self._marked = False

    def subscribed(self, *, marked: bool) -> None:
        """A new subscription begins. `marked`: messages that come later say too whether the broker
        retains them, as MQTT 5 allows."""
        self._subscription += 1
        self._marked = marked

    def is_news(self, topic: str, payload: bytes, *, retained: bool) -> bool:
        """Whether a message is newer than the others of its topic. One that the broker sends again
        is not."""
        known = self._topics.pop(topic, None) or _Topic()
        if len(self._topics) >= _MOST_TOPICS:
            self._topics.pop(next(iter(self._topics)))
        self._topics[topic] = known
        first = known.seen_since != self._subscription
        known.seen_since = self._subscription
        message = hash(payload)
        again = message == known.retained or (not self._marked and message in known.recent)
        if retained and first and again:
            return False
        if retained:
            known.retained = message
        known.recent.append(message)
        return True
