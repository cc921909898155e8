"""One stream in the mixer: the latest update of each source for it, and its cues."""

import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from bridge.emotion.cues import SPEAKING_TIMEOUT, VISEMES_TIMEOUT, Cues, Direction, Visemes
from bridge.emotion.points import NEUTRAL, Part
from bridge.emotion.states import CharacterState
from bridge.emotion.update import Update

NEUTRAL_PARTS = (Part(NEUTRAL, 1.0),)
"""What a stream heads for that has no update."""


class StreamCues(NamedTuple):
    """What sources say of one stream beside its feeling."""

    speaking: bool = False
    visemes: Visemes | None = None
    look_at: Direction | None = None
    state: str = ""
    """The state of the character; empty for none."""
    moods_forgotten: int = 0
    """How often a source asked to forget the mood."""


class StreamState(NamedTuple):
    """What a stream shows and why, for people to read."""

    label: str = "neutral"
    """The label of the update that counts; `neutral` if there is none."""
    source: str = ""
    """The name of the input that posted it; empty if there is none."""
    updated: float = -math.inf
    """When the stream last got an update, on the mixer's clock; -infinity if never."""
    character: str = ""
    """The state of the character; empty for none."""


UNTOUCHED = StreamState()
_NO_CUES = StreamCues()
_OF_STATE = object()
"""Stands for a source among those that posted: the emotion that a state brings."""


class ChosenState(NamedTuple):
    """The state of a character that a source has chosen."""

    name: str
    state: CharacterState
    source: Hashable
    until: float
    """When it ends on the mixer's clock."""


_NO_STATE = ChosenState("", CharacterState(), None, math.inf)


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
    row: int = -1
    """Its row in the frame; -1 until the frame thread has seen it."""
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
    _chosen: ChosenState = _NO_STATE

    @property
    def shown_cues(self) -> StreamCues:
        """The cues, with what the state brings."""
        if self._chosen.state.speaking and not self.cues.speaking:
            return self.cues._replace(speaking=True)
        return self.cues

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

    @property
    def in_use(self) -> bool:
        """Whether it has an update or a state, so that it does not end."""
        return bool(self.posted or self.cues.state)

    def all_of(self, source: Hashable) -> Iterator[Posted]:
        """A source's update, what comes after it if it is a gesture, and the emotion of the state
        that the source has chosen."""
        if self._chosen.source is source and (of_state := self.posted.get(_OF_STATE)):
            yield of_state
        posted = self.posted.get(source)
        while posted is not None:
            yield posted
            posted = posted.after

    def enter(self, chosen: ChosenState, emotion: Posted, now: float) -> None:
        """Take up a state in the place of the present one.

        Args:
            emotion: what the state would post; it is posted if the state has an emotion.
        """
        emotion.expires = min(chosen.until, now + chosen.state.emotion_hold)
        present = self.posted.get(_OF_STATE)
        if chosen.name == self.cues.state and present is not None:
            # A source may choose it again and again. What came since does not give way to it.
            emotion = replace(present, expires=max(present.expires, emotion.expires))
        self.leave()
        self._chosen = chosen
        self._show_state(chosen.name)
        if chosen.state.parts:
            self.posted[_OF_STATE] = emotion

    def leave(self) -> None:
        """End the state, if there is one."""
        self._chosen = _NO_STATE
        self.posted.pop(_OF_STATE, None)
        self._show_state("")

    def redefine(self, states: Mapping[str, CharacterState]) -> None:
        """Go on with other settings of states."""
        name = self.cues.state
        if not name:
            return
        if name not in states:
            self.leave()
            return
        state, before = states[name], self._chosen.state
        self._chosen, self.cues_changed = self._chosen._replace(state=state), True
        posted = self.posted.get(_OF_STATE)
        if posted is not None and state.parts != before.parts:
            posted.update = posted.update._replace(parts=state.parts, label=state.label)
            if not state.parts:
                del self.posted[_OF_STATE]

    def _show_state(self, name: str) -> None:
        if name != self.cues.state:
            self.cues, self.cues_changed = self.cues._replace(state=name), True
        self.state = self.state._replace(character=name)

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
        if cues.forget_mood:
            self.cues = self.cues._replace(moods_forgotten=self.cues.moods_forgotten + 1)
        self.cues_changed = True

    def withdraw(self, source: Hashable) -> None:
        """Forget what a source said."""
        self.posted.pop(source, None)
        if self._chosen.source is source:
            self.leave()

    def shorten(self, source: Hashable, until: float) -> float:
        """Let what a source said without an end expire at this moment, and its state at the
        latest. Returns when the last of it will."""
        last = -math.inf
        if self._chosen.source is source:
            self._chosen = self._chosen._replace(until=min(self._chosen.until, until))
            if of_state := self.posted.get(_OF_STATE):
                of_state.expires = min(of_state.expires, until)
        for posted in self.all_of(source):
            if math.isinf(posted.expires):
                posted.expires = until
            last = max(last, posted.expires)
        return last

    def let_expire(self, now: float) -> float:
        """Forget what has expired. Returns when the next of it will, infinity if nothing will."""
        if self._chosen.until <= now:
            self.leave()
        for source in [s for s, posted in self.posted.items() if posted.expires <= now]:
            after = self.posted.pop(source).at(now)
            if after is not None:
                self.posted[source] = after
        if self.in_use:
            self.idle_since = math.inf
        elif math.isinf(self.idle_since):
            self.idle_since = now
        if self.cues.speaking and self._speaking_until <= now:
            self.cues, self.cues_changed = self.cues._replace(speaking=False), True
        if self.cues.visemes is not None and self._visemes_until <= now:
            self.cues, self.cues_changed = self.cues._replace(visemes=None), True
        return min(
            min((posted.expires for posted in self.posted.values()), default=math.inf),
            self._chosen.until,
            self._speaking_until if self.cues.speaking else math.inf,
            self._visemes_until if self.cues.visemes is not None else math.inf,
        )
