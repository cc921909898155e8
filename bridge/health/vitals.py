"""What there is to be known of a running bridge, and how its frames did of late."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bridge.emotion.mixer import Mixer
from bridge.frames.clock import FrameClock
from bridge.frames.loop import FrameLoop
from bridge.frames.pipeline import Pipeline
from bridge.inputs.source import Source
from bridge.outputs.output import Output
from bridge.supervision.supervised import PartType, Supervised

LOOK_EVERY = 0.5
OF_LATE = 5.0
_FEWEST_DUE = 10
"""What "of late" means: so many seconds, but so many frames at least, or one frame more or less
would make too much of a difference."""

_LONGEST_NAME = 120


@dataclass(frozen=True)
class Vitals:
    """The parts of a running bridge, to read their counters. Nothing in them is changed."""

    mixer: Mixer
    pipeline: Pipeline
    clock: FrameClock
    frames: FrameLoop
    inputs: Iterable[Supervised[Source]]
    """Asked anew each time, like the outputs: a reload may change them."""
    outputs: Iterable[Supervised[Output]]


class _Look(NamedTuple):
    time: float
    frames: int
    stalls: int
    fps: float


class RecentFrames:
    """How many frames left in the last few seconds, from looks at the counters."""

    def __init__(
        self, clock: FrameClock, frames: FrameLoop, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock, self._frames, self._now = clock, frames, now
        self._looks: deque[_Look] = deque()
        self.look()

    def look(self) -> None:
        """Take note of how things are. Called every `LOOK_EVERY` seconds."""
        look = self._look()
        if self._looks and look.fps != self._looks[-1].fps:
            self._looks.clear()  # what was right at the rate before says nothing now
        self._looks.append(look)
        of_late = max(OF_LATE, _FEWEST_DUE / look.fps)
        while len(self._looks) > 1 and look.time - self._looks[1].time >= of_late:
            self._looks.popleft()

    @property
    def rate(self) -> float | None:
        """Frames a second of late; None while it is too early to say."""
        first, last = self._looks[0], self._look()
        seconds = last.time - first.time
        if seconds < max(2 * LOOK_EVERY, _FEWEST_DUE / last.fps) or first.fps != last.fps:
            return None
        return (last.frames - first.frames) / seconds

    @property
    def stalled(self) -> bool:
        """Whether frames stood still and the schedule began anew, of late."""
        return self._clock.stalls > self._looks[0].stalls

    def _look(self) -> _Look:
        return _Look(self._now(), self._frames.frames, self._clock.stalls, self._clock.fps)


def told_apart(names: Sequence[str]) -> list[str]:
    """Names of bounded length with a number after each that was there before: an output may be
    asked for twice."""
    told: list[str] = []
    for name in names:
        short = shortened(name, _LONGEST_NAME)
        number = 1
        unique = short
        while unique in told:
            number += 1
            unique = f"{short} ({number})"
        told.append(unique)
    return told


def shortened(text: str, longest: int = 300) -> str:
    """A text of at most `longest` characters."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def named(parts: Iterable[Supervised[PartType]]) -> list[tuple[str, Supervised[PartType]]]:
    """Each part with a name that no other one here has."""
    supervised = list(parts)
    return list(zip(told_apart([s.part.name for s in supervised]), supervised, strict=True))
