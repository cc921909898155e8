"""The frame thread: at each tick of the clock, bring the faces up to date and send them.

It is a thread, not a coroutine, so that its deadlines depend on nothing that happens on the event
loop. It never waits for anything but the clock, and it never logs: what it notices it counts, and
the daemon reads the counts.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence

from bridge.frames.clock import FrameClock
from bridge.frames.histogram import Histogram
from bridge.frames.pipeline import Pipeline
from bridge.outputs.output import Output

EASE_OUT = 0.3
"""Seconds from the wish to stop to the neutral face."""
_EASE_HALF_LIFE = 0.05
_LATENESS_BOUNDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1.0)
_RESPONSE_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 1.0)


class FrameLoop:
    """Runs until `finish`, then eases to the neutral face, sends it, and ends."""

    def __init__(
        self,
        clock: FrameClock,
        pipeline: Pipeline,
        outputs: Sequence[Output],
        ended: Callable[[], object],
        frame_left: Callable[[float], object] | None = None,
    ) -> None:
        """Put a loop together.

        Args:
            ended: called on the frame thread as its last act, also after a failure.
            frame_left: called on the frame thread after each frame with its time.
        """
        self.frames = 0
        self.worst_lateness = 0.0
        """Seconds, since somebody last set it to zero."""
        self.lateness = Histogram(_LATENESS_BOUNDS)
        self.response = Histogram(_RESPONSE_BOUNDS)
        """Seconds from the posting of an update to the end of the first frame that shows it."""
        self.sending_seconds = 0.0
        """Seconds spent in outputs so far."""
        self.latest = float("-inf")
        """When the latest frame had left, on the frame clock."""
        self.failure: BaseException | None = None
        self.outputs = outputs
        """Whom each frame is given to. May be replaced by another sequence from any thread."""
        self._clock, self._pipeline = clock, pipeline
        self._changes: deque[Callable[[], object]] = deque()
        self._looks: deque[Callable[[], object]] = deque()
        self._ended, self._frame_left = ended, frame_left
        self._finishing = False
        self._thread = threading.Thread(target=self._run, name="frames", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def between_frames(self, change: Callable[[], object]) -> None:
        """Have the frame thread make a quick change before its next frame. From any thread."""
        self._changes.append(change)

    def after_next_frame(self, look: Callable[[], object]) -> None:
        """Have the frame thread call `look` once, when the next frame that begins from now on has
        been sent. It must be quick and must not raise. From any thread."""
        self._changes.append(lambda: self._looks.append(look))

    def finish(self) -> None:
        """Ease to neutral and end. May be called from any thread."""
        self._finishing = True
        self._clock.hurry = True

    def _run(self) -> None:
        try:
            while not self._finishing:
                self._frame(float("inf"))
            self._pipeline.come_to_rest(_EASE_HALF_LIFE)
            end = self._clock.now() + EASE_OUT
            while self._clock.now() < end:
                self._frame(end)
            last = self._clock.wait(latest=end)
            self._pipeline.rest(last)
            for output in self.outputs:
                output.send(self._pipeline.faces, last.frame, last.now, last=True)
        except BaseException as failure:
            self.failure = failure
        finally:
            self._ended()

    def _frame(self, latest: float) -> None:
        tick = self._clock.wait(latest)
        while self._changes:
            self._changes.popleft()()
        self.worst_lateness = max(self.worst_lateness, self._clock.lateness)
        self.lateness.observe(self._clock.lateness)
        self._pipeline.advance(tick)
        made = self._clock.now()
        for output in self.outputs:
            output.send(self._pipeline.faces, tick.frame, tick.now)
        self.latest = self._clock.now()
        self.sending_seconds += self.latest - made
        if (posted := self._pipeline.posted) <= self.latest:
            self.response.observe(self.latest - posted)
        self.frames += 1
        if self._frame_left is not None:
            self._frame_left(tick.now)
        while self._looks:
            self._looks.popleft()()
