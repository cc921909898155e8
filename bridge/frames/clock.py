"""The frame clock: frame n is due at start + n / fps, late frames are dropped, never queued."""

import time
from collections.abc import Callable
from typing import NamedTuple

STALL = 1.0
"""Seconds of lateness after which the schedule starts anew instead of catching up."""

_LONGEST_NAP = 0.1  # seconds between looks at `hurry`, so that 1 fps still stops at once


class Tick(NamedTuple):
    """One frame's moment."""

    frame: int
    """Its number since the start; dropped frames leave gaps."""
    now: float
    """When it really began, on the monotonic clock."""


class FrameClock:
    """Absolute deadlines on the monotonic clock. Used by the frame thread alone.

    It sleeps with `time.sleep`, which is precise to a fraction of a millisecond on Linux and, from
    Python 3.11 on, on Windows; asyncio's timers are rounded to whole milliseconds.
    """

    def __init__(
        self,
        fps: float,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.fps = fps
        self.hurry = False
        """Set from any thread to cut the present wait short."""
        self.dropped = 0
        self.stalls = 0
        self.latest_stall = 0.0
        """Seconds that the latest stall lasted."""
        self.lateness = 0.0
        """Seconds from the deadline to the beginning of the latest frame; where frames were
        dropped, from the deadline of the first of them."""
        self.start = now()
        """The monotonic time of frame 0."""
        self._now, self._sleep = now, sleep
        self._anchor, self._anchor_frame = self.start, 0
        self._frame = 0

    def retime(self, fps: float) -> None:
        """Go on at another rate, from the next frame on. Called by the frame thread."""
        self._anchor += (self._frame - self._anchor_frame) / self.fps
        self._anchor_frame = self._frame
        self.fps = fps

    def wait(self, latest: float = float("inf")) -> Tick:
        """Sleep until the next frame is due, or until `latest` (monotonic) if that comes first."""
        due = self._anchor + (self._frame - self._anchor_frame) / self.fps
        while (now := self._now()) < min(due, latest) and not self.hurry:
            self._sleep(min(due - now, latest - now, _LONGEST_NAP))
        self.hurry = False
        self.lateness = max(0.0, now - due)
        missed = int(self.lateness * self.fps)
        self.dropped += missed
        frame = self._frame + missed
        if self.lateness > STALL:
            self.stalls += 1
            self.latest_stall = self.lateness
            self._anchor, self._anchor_frame = now, frame
        self._frame = frame + 1
        return Tick(frame, now)
