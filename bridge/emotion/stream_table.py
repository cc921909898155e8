"""Which streams exist: when one comes, and when one ends."""

import logging
import math
from collections.abc import Callable, Collection, Iterator

from bridge.emotion.mixed_stream import MixedStream
from bridge.emotion.update import UpdateError

log = logging.getLogger(__name__)


class StreamTable:
    """The streams of a mixer, whose lock guards it."""

    def __init__(self, now: Callable[[], float]) -> None:
        """No stream exists until `reshape` names one. `now`: the mixer's clock."""
        self.most = self.refused = 0
        """The limit of streams at a time, and how many updates were refused because of it."""
        self._now = now
        self._streams: dict[str, MixedStream] = {}
        self._came: list[MixedStream] = []
        self._ended: list[MixedStream] = []
        self._full_until = -math.inf
        """Until when no stream can make room, because none is older than the timeout before."""
        self._shown: Collection[str] = ()
        self._open_to_more = False
        self._timeout = math.inf

    def __iter__(self) -> Iterator[MixedStream]:
        return iter(self._streams.values())

    def __contains__(self, stream: MixedStream) -> bool:
        """Whether it has not ended. Another of the same name may have come since."""
        return self._streams.get(stream.name) is stream

    @property
    def names(self) -> tuple[str, ...]:
        """Of every stream, in the order in which they came."""
        return tuple(self._streams)

    def reshape(
        self, shown: Collection[str], open_to_more: bool, most: int, timeout: float
    ) -> None:
        """Follow other settings from now on.

        Args:
            shown: the streams that outputs name; they exist, and never end.
            open_to_more: an update for another stream makes it.
            most: the limit of streams at a time.
            timeout: seconds without an update after which a stream may end.
        """
        self._shown, self._open_to_more = shown, open_to_more
        self.most, self._timeout = most, timeout
        self._full_until = -math.inf
        for stream in shown:
            if stream not in self._streams:
                self._add(stream)

    def find(self, name: str) -> MixedStream | None:
        """The stream of this name, if it exists."""
        return self._streams.get(name)

    def find_or_admit(self, name: str, now: float) -> MixedStream:
        """The stream of this name. It is made if it does not exist.

        Raises:
            UpdateError: no output shows it, or there are too many streams.
        """
        found = self._streams.get(name)
        if found is not None:
            return found
        if not self._open_to_more:
            shown = ", ".join(sorted(self._shown))
            raise UpdateError(f"no output shows the stream {name!r}; outputs show {shown}")
        if len(self._streams) >= self.most:
            self._make_room(name, now)
        return self._add(name)

    def may_end(self, stream: MixedStream) -> float:
        """When a stream without an update may end, if its face is neutral then; infinity if its
        time does not run."""
        if stream.name in self._shown or stream.in_use or stream not in self:
            return math.inf
        return stream.idle_since + self._timeout

    def end(self, stream: MixedStream) -> None:
        """End this stream."""
        del self._streams[stream.name]
        self._ended.append(stream)

    def take_changes(self) -> tuple[list[MixedStream], list[MixedStream]]:
        """The streams that came and those that ended since the last call, each in order. One that
        came and ended since is among both."""
        changes = self._came, self._ended
        self._came, self._ended = [], []
        return changes

    def _add(self, name: str) -> MixedStream:
        self._streams[name] = added = MixedStream(name, idle_since=self._now())
        self._came.append(added)
        return added

    def _make_room(self, wanted: str, now: float) -> None:
        """End the stream whose last update is oldest, if it is older than the timeout."""
        # Updates only make streams younger, so that a flood of new names looks at them once.
        oldest = None if now < self._full_until else self._oldest()
        if oldest is None or now - oldest.state.updated < self._timeout:
            if oldest is not None:
                self._full_until = oldest.state.updated + self._timeout
            self.refused += 1
            raise UpdateError(
                f"there are {self.most} streams already, which is the limit (max_streams); no room "
                f"for {wanted!r}"
            )
        self.end(oldest)
        log.info(
            "stream %r ended: its last update is %.0f s old, and %r needs its place "
            "(max_streams is %d)",
            oldest.name,
            now - oldest.state.updated,
            wanted,
            self.most,
        )

    def _oldest(self) -> MixedStream | None:
        """The stream whose last update is oldest, among those that may end."""
        others = (stream for stream in self if stream.name not in self._shown)
        return min(others, key=lambda stream: stream.state.updated, default=None)
