"""The frame clock: frame n is due at start + n / fps. Late frames are dropped, never queued."""

import time
from collections.abc import Callable
from typing import NamedTuple

STALL = 1.0
"""Seconds of lateness after which the schedule starts anew instead of catching up."""

_LONGEST_NAP = 0.1  # seconds between looks at `hurry`, so that 1 fps still stops at once
_WALL_CLOCK_STEP = 0.05
"""Seconds by which the wall clock may differ from ours before we follow it: more than a tick of
Windows' wall clock, less than anybody sets a clock by."""
_DAY = 86400.0  # seconds


class Tick(NamedTuple):
    """One frame's moment. Whatever works on the frame takes the time from here."""

    frame: int
    """Its number since the start; dropped frames leave gaps."""
    now: float
    """When it really began, in seconds of `time.perf_counter`."""
    seconds: float = 0.0
    """Seconds since the start."""
    timestamp: float = 0.0
    """Seconds since 1970 (UTC)."""
    time_of_day: float = 0.0
    """Seconds since midnight in local time."""


class FrameClock:
    """Absolute deadlines. Used by the frame thread alone.

    All frame times are `time.perf_counter`'s: on Windows before Python 3.13, `time.monotonic` and
    `time.time` advance in steps of 15.6 ms (cpython#88494). `time.sleep` is precise to a fraction
    of a millisecond on Linux and, since Python 3.11, on Windows; asyncio rounds its timers to whole
    milliseconds.
    """

    def __init__(
        self,
        fps: float,
        *,
        now: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], None] = time.sleep,
        wall: Callable[[], float] = time.time,
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
        self.now = now
        """Reads this clock: seconds of `time.perf_counter`."""
        self.start = now()
        """The time of frame 0."""
        self._sleep, self._wall = sleep, wall
        self._wall_offset = wall() - self.start
        self._minute, self._gmtoff = -1, 0
        """A minute of UTC, and how far local time is from UTC in it, in seconds."""
        self._anchor, self._anchor_frame = self.start, 0
        self._frame = 0

    def retime(self, fps: float) -> None:
        """Go on at another rate, from the next frame on. Called by the frame thread."""
        self._anchor += (self._frame - self._anchor_frame) / self.fps
        self._anchor_frame = self._frame
        self.fps = fps

    def wait(self, latest: float = float("inf")) -> Tick:
        """Sleep until the next frame is due, or until `latest` if that comes first."""
        due = self._anchor + (self._frame - self._anchor_frame) / self.fps
        while (now := self.now()) < min(due, latest) and not self.hurry:
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
        return self._tick(frame, now)

    def _tick(self, frame: int, now: float) -> Tick:
        # The wall clock is followed by our own clock, which is finer, until the two part.
        wall = self._wall()
        if abs(wall - now - self._wall_offset) > _WALL_CLOCK_STEP:
            self._wall_offset = wall - now
        timestamp = now + self._wall_offset
        if (minute := int(timestamp) // 60) != self._minute:
            self._minute, self._gmtoff = minute, time.localtime(timestamp).tm_gmtoff
        time_of_day = (timestamp + self._gmtoff) % _DAY
        return Tick(frame, now, now - self.start, timestamp, time_of_day)
