"""Which source speaks for each stream now: the one place where events and frames meet.

Every source has a mailbox, and a mailbox keeps only its latest update for each stream. The frame
thread calls `settle` once a frame; sources post whenever they like, from any thread.
"""

import math
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.mixed_stream import (
    UNTOUCHED,
    Aim,
    ChosenState,
    MixedStream,
    Posted,
    StreamCues,
    StreamState,
)
from bridge.emotion.points import Part, Vad, mean_point
from bridge.emotion.states import LONGEST_HOLD, CharacterState, UnknownState
from bridge.emotion.stream_table import StreamTable
from bridge.emotion.streams import MAIN_STREAM
from bridge.emotion.update import Note, Update, UpdateError

STREAM_TIMEOUT = 60.0
"""Seconds after its last update has expired that a neutral stream ends."""


class Heard(NamedTuple):
    """An update that was posted, as a tap gets it; or the end of a source."""

    number: int
    """Counts all of them from 1."""
    now: float
    """When it was posted, on the mixer's clock."""
    source: str
    priority: int
    hold: float
    """Seconds until an update without a hold expires; infinity for never."""
    update: Update | None
    """None when the source will post no more: what it posted without an end expires then."""
    sent: str = ""
    """What the sender wrote, where there is such a text."""


class Goal(NamedTuple):
    """Where a stream is heading from now on."""

    row: int
    stream: str
    parts: tuple[Part, ...]
    fade: float | None

    @property
    def target(self) -> Vad:
        """The weighted mean of the points."""
        return mean_point(self.parts)


class Settled(NamedTuple):
    """What has changed since the frame before."""

    ended: Sequence[int]
    """The rows of the streams that have ended, in ascending order. The rows after them move up."""
    came: Sequence[str]
    """The streams that have come. Their rows follow the others'."""
    goals: Sequence[Goal]
    """The goals that changed, and those of new streams, in row order. The rows are the new ones."""
    cues: Sequence[tuple[int, StreamCues]]
    """The cues that changed, each with its row."""
    posted: float
    """When the first of the updates was posted that this frame is the first to see; infinity if
    there is none."""


_NOTHING = Settled((), (), (), (), math.inf)


class Mixer:
    """Chooses, for each stream, the update of the highest priority that has not expired, among
    equals the latest."""

    def __init__(
        self,
        shown: Collection[str] = (MAIN_STREAM,),
        *,
        open_to_more: bool = True,
        most_streams: int = 64,
        stream_timeout: float = STREAM_TIMEOUT,
        states: Mapping[str, CharacterState] = MappingProxyType({}),
        now: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Choose among sources.

        Args:
            shown: the streams that outputs name; they never end.
            open_to_more: some output shows every stream, so that an update for a new one makes it.
            most_streams: the limit of streams at a time.
            stream_timeout: seconds without an update after which a stream may end.
            states: those that a source may choose, by name.
        """
        self.heard = self.seen = 0
        """How many updates were posted, and how many of them the latest frame saw."""
        self._states = states
        self._now = now
        self._lock = threading.Lock()
        self._table = StreamTable(now)
        self._rows: list[MixedStream] = []
        """The streams as the frame thread knows them."""
        self._due: NDArray[np.float64] = np.zeros(0)
        """[rows]: when something of the stream expires, or when it may end."""
        self._touched: set[MixedStream] = set()
        """The streams that something was said of since the last frame."""
        self._taps: tuple[Callable[[Heard], object], ...] = ()
        self._count = self._seen = 0
        self._first_unseen = math.inf
        self._changed = True
        self._next_event = math.inf
        """When the next update expires, or the next idle stream may end."""
        self._table.reshape(shown, open_to_more, most_streams, stream_timeout)

    @contextmanager
    def tapped(self, tap: Callable[[Heard], object]) -> Iterator[None]:
        """Call `tap` with every update that is posted. It is called on the thread that posts, and
        must return at once."""
        with self._lock:
            self._taps = (*self._taps, tap)
        try:
            yield
        finally:
            with self._lock:
                self._taps = tuple(other for other in self._taps if other != tap)

    def mailbox(self, source: str, *, priority: int = 0, hold: float = math.inf) -> "Mailbox":
        """A place for one source to post to. `hold`: seconds until its updates expire, unless an
        update has a hold of its own."""
        return Mailbox(self, source, priority, hold)

    def reshape(
        self,
        shown: Collection[str],
        *,
        open_to_more: bool,
        most_streams: int,
        stream_timeout: float = STREAM_TIMEOUT,
        states: Mapping[str, CharacterState] = MappingProxyType({}),
    ) -> None:
        """Show other streams from now on. One that is no longer named ends like any other."""
        with self._lock:
            self._table.reshape(shown, open_to_more, most_streams, stream_timeout)
            self._states = states
            for stream in self._table:
                stream.redefine(states)
                self._touched.add(stream)
            self._changed = True

    @property
    def goals(self) -> Sequence[Goal]:
        """Where each stream is heading, in row order, as of the last `settle`."""
        with self._lock:
            return [_goal(stream) for stream in self._rows]

    @property
    def streams(self) -> tuple[str, ...]:
        """Every stream that exists, in the order in which they came."""
        return self._table.names

    def shows(self, stream: str) -> bool:
        """Whether the stream exists."""
        return self._table.find(stream) is not None

    @property
    def most_streams(self) -> int:
        """The limit of streams at a time."""
        return self._table.most

    @property
    def refused_streams(self) -> int:
        """How many updates were refused because there were too many streams."""
        return self._table.refused

    def state(self, stream: str = MAIN_STREAM) -> StreamState:
        """What the stream shows now and why."""
        found = self._table.find(stream)
        return UNTOUCHED if found is None else found.state

    def label(self, stream: str = MAIN_STREAM) -> str:
        """What the stream feels now, for people to read."""
        return self.state(stream).label

    def settle(self, now: float, at_rest: Callable[[int], bool] = lambda row: True) -> Settled:
        """What has changed since the last call. Called by the frame thread.

        Args:
            at_rest: whether the face in this row is neutral; a stream ends only then.
        """
        if not self._changed and now < self._next_event:
            return _NOTHING
        with self._lock:
            self._changed = False
            self._seen, self.seen = self._count, self.heard
            posted, self._first_unseen = self._first_unseen, math.inf
            for row in np.flatnonzero(self._due <= now).tolist():
                stream = self._rows[row]
                self._touched.add(stream)
                stream.let_expire(now)
                if self._table.may_end(stream) <= now and at_rest(row):
                    self._table.end(stream)
            ended, came = self._move_rows()
            self._touched.update(came)
            touched = [stream for stream in self._touched if stream in self._table]
            touched.sort(key=_row)
            self._touched.clear()
            for stream in touched:
                expires = stream.let_expire(now)
                self._due[stream.row] = min(expires, self._table.may_end(stream))
            self._next_event = float(self._due.min(initial=math.inf))
            names = [stream.name for stream in came]
            return Settled(ended, names, _changed_goals(touched), _changed_cues(touched), posted)

    def _move_rows(self) -> tuple[list[int], list[MixedStream]]:
        """Give a row to each stream that came since the last frame, and take those of streams that
        ended. Returns the rows that were taken, ascending, and the streams that came."""
        all_came, all_ended = self._table.take_changes()
        ended = sorted(stream.row for stream in all_ended if stream.row >= 0)
        came = [stream for stream in all_came if stream in self._table]
        if ended:
            self._rows = [stream for stream in self._rows if stream in self._table]
            self._due = np.delete(self._due, ended)
            for row, stream in enumerate(self._rows):
                stream.row = row
        for row, stream in enumerate(came, len(self._rows)):
            stream.row = row
        self._rows += came
        self._due = np.append(self._due, np.full(len(came), math.inf))
        return ended, came

    def _post(
        self, source: "Mailbox", priority: int, hold: float, update: Update, sent: str
    ) -> tuple[Note, ...]:
        with self._lock:
            now, cues = self._now(), update.cues
            notes: tuple[Note, ...] = ()
            if cues is not None and cues.state and cues.state not in self._states:
                unknown = UnknownState(cues.state, self._states)
                if not update.parts:
                    raise UpdateError(unknown)
                # Programs send keys of their own beside an emotion.
                cues, notes = replace(cues, state=None), (Note("state", str(unknown)),)
            stream = self._table.find_or_admit(update.stream, now)
            if cues is not None:
                stream.cue(cues, now)
                if cues.state is not None:
                    self._choose_state(stream, source, priority, update, now)
            if update.parts:
                if (before := stream.posted.get(source)) and before.number > self._seen:
                    source.overwrites += 1
                self._count += 1
                expires = now + (hold if update.hold is None else update.hold)
                posted = Posted(update, source.source, priority, self._count, expires)
                stream.post(source, posted, expires + hold, now)
            stream.idle_since = math.inf
            stream.state = stream.state._replace(updated=now)
            self._first_unseen = min(self._first_unseen, now)
            self._touched.add(stream)
            self._changed = True
            number = self.heard + 1
            self._tell(Heard(number, now, source.source, priority, hold, update, sent))
            return notes

    def _tell(self, heard: Heard) -> None:
        self.heard = heard.number
        for tap in self._taps:
            tap(heard)

    def _choose_state(
        self, stream: MixedStream, source: "Mailbox", priority: int, update: Update, now: float
    ) -> None:
        name = update.cues.state if update.cues else ""
        if not name:
            stream.leave()
            return
        state = self._states[name]
        # Beside an emotion the hold is that of the emotion.
        hold = state.hold if update.parts or update.hold is None else update.hold
        self._count += 1
        emotion = Update(state.parts, state.label, stream.name)
        stream.enter(
            ChosenState(name, state, source, now + min(hold, LONGEST_HOLD)),
            Posted(emotion, source.source, priority, self._count, expires=math.inf),
            now,
        )

    def _retune(self, source: "Mailbox", priority: int) -> None:
        with self._lock:
            for stream in self._table:
                for posted in stream.all_of(source):
                    posted.priority = priority
                self._touched.add(stream)
            self._changed = True

    def _withdraw(self, source: "Mailbox", only: str | None) -> None:
        with self._lock:
            found = self._table if only is None else [self._table.find(only)]
            for stream in found:
                if stream is not None:
                    stream.withdraw(source)
                    self._touched.add(stream)
            self._changed = True

    def _shorten(self, source: "Mailbox", priority: int, hold: float) -> float:
        """Let the source's endless updates expire in `hold` seconds; when the last of them will."""
        with self._lock:
            last = now = self._now()
            for stream in self._table:
                last = max(last, stream.shorten(source, now + hold))
                self._touched.add(stream)
            self._changed = True
            self._tell(Heard(self.heard + 1, now, source.source, priority, hold, None))
            return last


def _row(stream: MixedStream) -> int:
    return stream.row


def _goal(stream: MixedStream) -> Goal:
    return Goal(stream.row, stream.name, *(stream.reported or Aim()))


def _changed_goals(streams: Sequence[MixedStream]) -> list[Goal]:
    changed = []
    for stream in streams:
        aim = stream.aim()
        if aim != stream.reported:
            stream.reported = aim
            changed.append(_goal(stream))
    return changed


def _changed_cues(streams: Sequence[MixedStream]) -> list[tuple[int, StreamCues]]:
    changed = [stream for stream in streams if stream.cues_changed]
    for stream in changed:
        stream.cues_changed = False
    return [(stream.row, stream.shown_cues) for stream in changed]


class Mailbox:
    """Where one source posts. Keeps the latest update for each stream and forgets the rest."""

    def __init__(self, mixer: Mixer, source: str, priority: int, hold: float) -> None:
        self.source = source
        self.updates = 0
        self.overwrites = 0
        """How many of its updates were replaced before any frame saw them."""
        self.latest: tuple[Update, float] | None = None
        """The latest update that was posted, and when, on the mixer's clock."""
        self._mixer = mixer
        self._priority = priority
        self._hold = hold

    @property
    def hold(self) -> float:
        """Seconds until an update expires that has no hold of its own."""
        return self._hold

    def post(self, update: Update, sent: str = "") -> tuple[Note, ...]:
        """Speak for `update.stream`, replacing this source's earlier update for it. Returns what
        the reader of the log may want to know.

        Args:
            sent: what the sender wrote, for a recording.

        Raises:
            UpdateError: no output shows that stream, there are too many streams, or the state does
                not exist and there is no emotion beside it.
        """
        notes = self._mixer._post(self, self._priority, self._hold, update, sent)
        self.updates += 1
        self.latest = update, self._mixer._now()
        return notes

    def shows(self, stream: str) -> bool:
        """Whether the stream exists."""
        return self._mixer.shows(stream)

    def tapped(self, tap: Callable[[Heard], object]) -> AbstractContextManager[None]:
        """As `Mixer.tapped`: the updates of every source."""
        return self._mixer.tapped(tap)

    def beside(self, source: str, priority: int, hold: float) -> "Mailbox":
        """Another one, for a part of this source that competes by itself. `priority`: above that of
        this one."""
        return Mailbox(self._mixer, source, self._priority + priority, hold)

    def retune(self, *, priority: int, hold: float) -> None:
        """Use another priority from now on, also for what was posted, and another hold for updates
        to come."""
        self._priority, self._hold = priority, hold
        self._mixer._retune(self, priority)

    def withdraw(self, stream: str | None = None) -> None:
        """Take back this source's update for one stream; None for all streams."""
        self._mixer._withdraw(self, stream)

    def let_end(self, hold: float) -> float:
        """This source will post no more: updates without an end expire in `hold` seconds. Returns
        when the last of its updates expires, on the mixer's clock."""
        return self._mixer._shorten(self, self._priority, hold)
