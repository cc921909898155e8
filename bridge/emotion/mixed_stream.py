"""One stream in the mixer: the latest update of each source for it, and its cues."""

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from bridge.emotion.cues import SPEAKING_TIMEOUT, VISEMES_TIMEOUT, Cues, Direction, Visemes
from bridge.emotion.points import NEUTRAL, Part
from bridge.emotion.update import Update

NEUTRAL_PARTS = (Part(NEUTRAL, 1.0),)
"""What a stream heads for that has no update."""


class StreamCues(NamedTuple):
    """What sources say of one stream beside its feeling."""

    speaking: bool = False
    visemes: Visemes | None = None
    look_at: Direction | None = None


class StreamState(NamedTuple):
    """What a stream shows and why, for people to read."""

    label: str = "neutral"
    """The label of the update that counts; `neutral` if there is none."""
    source: str = ""
    """The name of the input that posted it; empty if there is none."""
    updated: float = -math.inf
    """When the stream last got an update, on the mixer's clock; -infinity if never."""


UNTOUCHED = StreamState()
_NO_CUES = StreamCues()


@dataclass(slots=True)
class Posted:
    """A source's latest update for one stream."""

    update: Update
    source: str
    """The source's name."""
    priority: int
    number: int
    """Counts all updates; a clock may be too coarse to say which of two came later."""
    expires: float
    after: "Posted | None" = None
    """What a gesture gives way to when it expires. This is no gesture itself."""

    def at(self, now: float) -> "Posted | None":
        """What is in force of it at this moment: itself, what comes after it, or nothing."""
        if self.expires > now:
            return self
        return None if self.after is None else self.after.at(now)


class Aim(NamedTuple):
    """Where the update that counts wants the stream to go."""

    parts: tuple[Part, ...] = NEUTRAL_PARTS
    fade: float | None = None


@dataclass(slots=True, eq=False)
class MixedStream:
    """What sources said of one stream, and what comes of it."""

    name: str
    idle_since: float
    """When its last update expired; infinity while it has one."""
    posted: dict[Hashable, Posted] = field(default_factory=dict)
    """By source."""
    reported: Aim | None = None
    """Where it was heading when the frame thread last asked; None before the first time."""
    state: StreamState = UNTOUCHED
    cues: StreamCues = _NO_CUES
    cues_changed: bool = False
    """Whether they have since the frame thread last asked."""
    _speaking_until: float = -math.inf
    _visemes_until: float = -math.inf

    def aim(self) -> Aim:
        """Where it is heading now; notes what people may read of it."""
        if not self.posted:
            self.state = self.state._replace(label="neutral", source="")
            return Aim()
        winner = max(self.posted.values(), key=lambda posted: (posted.priority, posted.number))
        self.state = self.state._replace(label=winner.update.label, source=winner.source)
        return Aim(winner.update.parts, winner.update.fade)

    def post(self, source: Hashable, posted: Posted, then_expires: float, now: float) -> None:
        """Take a source's update in the place of its earlier one.

        Args:
            then_expires: when the emotion expires that a gesture names for afterwards.
        """
        gesture = posted.update
        if gesture.then is not None:
            if gesture.then.parts:
                update = gesture._replace(parts=gesture.then.parts, label=gesture.then.label)
                posted.after = replace(posted, update=update._replace(then=None))
                posted.after.expires = then_expires
            elif (over := self._over(source, now)) is not None:
                # Its own fade was for the way from what came before it.
                posted.after = replace(over, update=over.update._replace(fade=gesture.fade))
        self.posted[source] = posted

    def _over(self, source: Hashable, now: float) -> Posted | None:
        """What a gesture of the source that comes now is laid over. Of several gestures in a row
        each is laid over what was there before the first."""
        before = self.posted.get(source)
        before = None if before is None else before.at(now)
        return before if before is None or before.update.then is None else before.after

    def all_of(self, source: Hashable) -> Iterator[Posted]:
        """A source's update, and what comes after it if it is a gesture."""
        posted = self.posted.get(source)
        while posted is not None:
            yield posted
            posted = posted.after

    def cue(self, cues: Cues, now: float) -> None:
        """Take the cues of an update."""
        if cues.speaking is not None:
            self.cues = self.cues._replace(speaking=cues.speaking)
            self._speaking_until = now + SPEAKING_TIMEOUT
        if cues.visemes is not None:
            self.cues = self.cues._replace(visemes=cues.visemes)
            self._visemes_until = now + VISEMES_TIMEOUT
        if cues.look_at is not None or cues.look_freely:
            self.cues = self.cues._replace(look_at=cues.look_at)
        self.cues_changed = True

    def let_expire(self, now: float) -> float:
        """Forget what has expired. Returns when the next of it will, infinity if nothing will."""
        for source in [s for s, posted in self.posted.items() if posted.expires <= now]:
            after = self.posted.pop(source).at(now)
            if after is not None:
                self.posted[source] = after
        if self.posted:
            self.idle_since = math.inf
        elif math.isinf(self.idle_since):
            self.idle_since = now
        if self.cues.speaking and self._speaking_until <= now:
            self.cues, self.cues_changed = self.cues._replace(speaking=False), True
        if self.cues.visemes is not None and self._visemes_until <= now:
            self.cues, self.cues_changed = self.cues._replace(visemes=None), True
        return min(
            min((posted.expires for posted in self.posted.values()), default=math.inf),
            self._speaking_until if self.cues.speaking else math.inf,
            self._visemes_until if self.cues.visemes is not None else math.inf,
        )
