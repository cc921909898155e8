"""Who speaks for each stream right now: the one place where events and frames meet.

Every source has a mailbox, and a mailbox holds only the latest word for each stream. The frame
thread calls `settle` once a frame; sources post whenever they like, from any thread.
"""

import math
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bridge.emotion.names import NEUTRAL, Vad
from bridge.emotion.streams import MAIN_STREAM
from bridge.emotion.update import Update, UpdateError


class Goal(NamedTuple):
    """Where a stream should go from here on."""

    row: int
    stream: str
    target: Vad
    fade: float | None


@dataclass(slots=True)
class _Word:
    update: Update
    priority: int
    number: int
    """Counts all words; a clock may be too coarse to say which of two came later."""
    expires: float


class Mixer:
    """Chooses, for each stream, the fresh word of the highest priority, then the latest."""

    def __init__(
        self,
        shown: Collection[str] = (MAIN_STREAM,),
        *,
        open_to_more: bool = True,
        most_streams: int = 64,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`shown`: the streams that outputs name. `open_to_more`: some output shows every stream,
        so that a new one comes into being with the first word for it."""
        self._shown = shown
        self._open_to_more = open_to_more
        self._most_streams = most_streams
        self._now = now
        self._lock = threading.Lock()
        self._words: dict[str, dict[Mailbox, _Word]] = {}
        self._posted = self._seen = 0
        self._goals: list[Goal] = []
        self._labels: dict[str, str] = {}
        self._changed = False
        self._next_expiry = math.inf
        for stream in shown:
            self._add_stream(stream)

    def mailbox(self, source: str, *, priority: int = 0, hold: float = math.inf) -> "Mailbox":
        """A place for one source to post to. `hold`: seconds its words last unless they say."""
        return Mailbox(self, source, priority, hold)

    def reshape(self, shown: Collection[str], *, open_to_more: bool, most_streams: int) -> None:
        """Show other streams from here on. One that exists stays, whether it is shown or not."""
        with self._lock:
            self._shown, self._open_to_more = shown, open_to_more
            self._most_streams = most_streams
            for stream in shown:
                if stream not in self._words:
                    self._add_stream(stream)

    @property
    def goals(self) -> Sequence[Goal]:
        """Where each stream should go, in row order, as of the last `settle`."""
        return self._goals

    @property
    def streams(self) -> tuple[str, ...]:
        """Every stream that exists, in row order."""
        return tuple(goal.stream for goal in self._goals)

    def settle(self, now: float) -> Sequence[Goal]:
        """The goals that changed since the last call. A row not seen before is a new stream."""
        if not self._changed and now < self._next_expiry:
            return ()
        with self._lock:
            self._changed = False
            self._seen = self._posted
            self._forget_expired(now)
            changed = []
            for row, goal in enumerate(self._goals):
                goal_now = self._goal(row, goal.stream)
                if goal_now != goal:
                    self._goals[row] = goal_now
                    changed.append(goal_now)
            return changed

    def label(self, stream: str = MAIN_STREAM) -> str:
        """What the stream feels now, for people to read."""
        return self._labels.get(stream, "neutral")

    def _goal(self, row: int, stream: str) -> Goal:
        words = self._words.get(stream)
        if not words:
            self._labels[stream] = "neutral"
            return Goal(row, stream, NEUTRAL, None)
        word = max(words.values(), key=lambda w: (w.priority, w.number))
        self._labels[stream] = word.update.label
        return Goal(row, stream, word.update.target, word.update.fade)

    def _forget_expired(self, now: float) -> None:
        self._next_expiry = math.inf
        for words in self._words.values():
            for source in [s for s, word in words.items() if word.expires <= now]:
                del words[source]
            for word in words.values():
                self._next_expiry = min(self._next_expiry, word.expires)

    def _add_stream(self, stream: str) -> None:
        self._words[stream] = {}
        # A goal nobody can have yet, so that settle reports the new stream even when it is neutral.
        self._goals.append(Goal(len(self._goals), stream, NEUTRAL, math.nan))
        self._changed = True

    def _post(self, source: "Mailbox", priority: int, hold: float, update: Update) -> None:
        with self._lock:
            if update.stream not in self._words:
                self._admit(update.stream)
            words = self._words[update.stream]
            if (before := words.get(source)) and before.number > self._seen:
                source.overwrites += 1
            self._posted += 1
            expires = self._now() + (hold if update.hold is None else update.hold)
            words[source] = _Word(update, priority, self._posted, expires)
            self._changed = True

    def _admit(self, stream: str) -> None:
        if not self._open_to_more:
            shown = ", ".join(sorted(self._shown))
            raise UpdateError(f"no output shows the stream {stream!r} (outputs show: {shown})")
        if len(self._words) >= self._most_streams:
            raise UpdateError(f"{self._most_streams} streams already; {stream!r} is one too many")
        self._add_stream(stream)

    def _retune(self, source: "Mailbox", priority: int) -> None:
        with self._lock:
            for words in self._words.values():
                if word := words.get(source):
                    word.priority = priority
            self._changed = True

    def _withdraw(self, source: "Mailbox") -> None:
        with self._lock:
            for words in self._words.values():
                words.pop(source, None)
            self._changed = True

    def _shorten(self, source: "Mailbox", hold: float) -> float:
        """Let the source's endless words end in `hold` seconds; when the last of them will."""
        with self._lock:
            last = now = self._now()
            for words in self._words.values():
                if word := words.get(source):
                    if math.isinf(word.expires):
                        word.expires = now + hold
                    last = max(last, word.expires)
            self._changed = True
            return last


class Mailbox:
    """Where one source posts. Keeps the latest word for each stream and forgets the rest."""

    def __init__(self, mixer: Mixer, source: str, priority: int, hold: float) -> None:
        self.source = source
        self.updates = 0
        self.overwrites = 0
        """How many of its words were replaced before any frame saw them."""
        self._mixer = mixer
        self._priority = priority
        self._hold = hold

    def post(self, update: Update) -> None:
        """Speak for `update.stream`, replacing what this source said before.

        Raises:
            UpdateError: nothing shows that stream, or there are too many streams.
        """
        self._mixer._post(self, self._priority, self._hold, update)
        self.updates += 1

    def retune(self, *, priority: int, hold: float) -> None:
        """Speak with another priority from here on, and let words last `hold` seconds unless they
        say. What was said keeps its end."""
        self._priority, self._hold = priority, hold
        self._mixer._retune(self, priority)

    def withdraw(self) -> None:
        """Take back everything this source said: it is no longer there."""
        self._mixer._withdraw(self)

    def let_end(self, hold: float) -> float:
        """This source will say no more: endless words end in `hold` seconds. Returns when the
        last word ends, on the monotonic clock."""
        return self._mixer._shorten(self, hold)
