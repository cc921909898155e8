"""The frame path on a virtual clock: the same mixer, movement, model and layers as in a running
bridge, as fast as they go. Time comes from the caller alone."""

import math
from collections.abc import Collection, Iterable, Iterator

from bridge.config.settings import Settings
from bridge.emotion.mixer import Mailbox, Mixer
from bridge.emotion.update import Update
from bridge.face.mood import Mood
from bridge.face.overlay import OverlayFaces
from bridge.frames.clock import Tick
from bridge.frames.face_layers import face_layers, mood_settings
from bridge.frames.from_settings import engine_from, interpolation_from
from bridge.frames.pipeline import Pipeline
from protocols.face import Faces

_DAY = 86400.0  # seconds


def ticks(start: float, seconds: float, fps: float, *, wall: float | None = None) -> Iterator[Tick]:
    """The ticks of a clock that is never late, from `start` for so many seconds; the first and the
    last moment included.

    Args:
        wall: seconds since 1970 at `start`; `start` itself when not given.
    """
    since_1970 = start if wall is None else wall
    for frame in range(int(seconds * fps + 1e-6) + 1):
        after = frame / fps
        timestamp = since_1970 + after
        yield Tick(frame, start + after, after, timestamp, timestamp % _DAY)


class VirtualRun:
    """One bridge without inputs, outputs and waiting."""

    def __init__(self, settings: Settings, *, shown: Collection[str] = ()) -> None:
        """Make the parts.

        Args:
            shown: streams that are there from the first frame and never end. Any other comes with
                its first update.

        Raises:
            CheckpointError: the model cannot be read.
        """
        self.now = 0.0
        """Seconds. An update that is posted is posted now."""
        overlays = OverlayFaces(now=self._read)
        self._mixer = Mixer(
            shown,
            open_to_more=True,
            most_streams=settings.max_streams,
            stream_timeout=settings.stream_timeout,
            states=settings.face.character_states,
            now=self._read,
        )
        self._pipeline = Pipeline(
            self._mixer,
            interpolation_from(settings),
            engine_from(settings),
            face_layers(settings.face, settings.symmetry, overlays),
            Mood(mood_settings(settings.face)),
        )
        self._mailboxes: dict[tuple[str, int], Mailbox] = {}

    def post(
        self,
        update: Update,
        at: float,
        source: str = "",
        priority: int = 0,
        *,
        hold: float = math.inf,
    ) -> None:
        """Post an update at a moment.

        Args:
            hold: seconds until it expires if it has no hold of its own.

        Raises:
            UpdateError: there are too many streams.
        """
        self.now = at
        mailbox = self._mailbox(source, priority)
        if mailbox.hold != hold:
            mailbox.retune(priority=priority, hold=hold)
        mailbox.post(update)

    def let_end(self, hold: float, at: float, source: str = "", priority: int = 0) -> None:
        """At a moment, let a source's updates without an end expire in `hold` seconds."""
        self.now = at
        self._mailbox(source, priority).let_end(hold)

    def _mailbox(self, source: str, priority: int) -> Mailbox:
        if (source, priority) not in self._mailboxes:
            mailbox = self._mixer.mailbox(source, priority=priority)
            self._mailboxes[source, priority] = mailbox
        return self._mailboxes[source, priority]

    def advance(self, tick: Tick) -> Faces:
        """The face of each stream at `tick`. The next call overwrites them."""
        self.now = tick.now
        self._pipeline.advance(tick)
        return self._pipeline.faces

    def play(
        self,
        updates: Iterable[tuple[float, Update, str, int, float]],
        ticks: Iterable[Tick],
    ) -> Iterator[tuple[Tick, Faces]]:
        """Every frame with the faces at it. An update shows from the first tick at or after it.

        Args:
            updates: time, update, source, priority and the hold of updates without one, in the
                order of their times.
        """
        waiting = iter(updates)
        following = next(waiting, None)
        for tick in ticks:
            while following is not None and following[0] <= tick.now:
                at, update, source, priority, hold = following
                self.post(update, at, source, priority, hold=hold)
                following = next(waiting, None)
            yield tick, self.advance(tick)

    def _read(self) -> float:
        return self.now
