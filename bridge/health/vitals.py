"""The parts whose counters describe a running bridge, and its recent frame rate."""

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
from bridge.triggers.triggers import RunningTrigger

LOOK_EVERY = 0.5
OF_LATE = 5.0
_FEWEST_DUE = 10
"""The recent frame rate covers so many seconds, and at least so many frames: at a low rate one
frame more or less would count too much."""

_LONGEST_NAME = 120


@dataclass(frozen=True)
class Vitals:
    """The parts of a running bridge, for reading only."""

    mixer: Mixer
    pipeline: Pipeline
    clock: FrameClock
    frames: FrameLoop
    inputs: Iterable[Supervised[Source]]
    """Iterated again each time, like the outputs: a reload may change them."""
    outputs: Iterable[Supervised[Output]]
    triggers: Iterable[RunningTrigger] = ()


class _Look(NamedTuple):
    time: float
    frames: int
    stalls: int
    fps: float


class RecentFrames:
    """The frame rate of the last few seconds, from samples of the frame counter."""

    def __init__(
        self, clock: FrameClock, frames: FrameLoop, now: Callable[[], float] = time.perf_counter
    ) -> None:
        self._clock, self._frames, self._now = clock, frames, now
        self._looks: deque[_Look] = deque()
        self.look()

    def look(self) -> None:
        """Take a sample. Called every `LOOK_EVERY` seconds."""
        look = self._look()
        if self._looks and look.fps != self._looks[-1].fps:
            self._looks.clear()  # samples at another frame rate do not compare
        self._looks.append(look)
        of_late = max(OF_LATE, _FEWEST_DUE / look.fps)
        while len(self._looks) > 1 and look.time - self._looks[1].time >= of_late:
            self._looks.popleft()

    @property
    def rate(self) -> float | None:
        """Frames per second recently; None if there are too few samples yet."""
        first, last = self._looks[0], self._look()
        seconds = last.time - first.time
        if seconds < max(2 * LOOK_EVERY, _FEWEST_DUE / last.fps) or first.fps != last.fps:
            return None
        return (last.frames - first.frames) / seconds

    @property
    def stalled(self) -> bool:
        """Whether frames stalled (see `FrameClock`) recently."""
        return self._clock.stalls > self._looks[0].stalls

    def _look(self) -> _Look:
        return _Look(self._now(), self._frames.frames, self._clock.stalls, self._clock.fps)


def told_apart(names: Sequence[str]) -> list[str]:
    """Names of bounded length, made unique by a number: `vmc host:1`, `vmc host:1 (2)`."""
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
    """The text, cut to at most `longest` characters."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def named(parts: Iterable[Supervised[PartType]]) -> list[tuple[str, Supervised[PartType]]]:
    """Each part with a unique name."""
    supervised = list(parts)
    return list(zip(told_apart([s.part.name for s in supervised]), supervised, strict=True))


def named_triggers(triggers: Iterable[RunningTrigger]) -> list[tuple[str, RunningTrigger]]:
    """Each trigger with a unique name."""
    running = list(triggers)
    return list(zip(told_apart([one.name for one in running]), running, strict=True))
