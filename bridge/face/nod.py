"""A head that nods now and then, as people do who listen.

The times and the sizes are judgements. Moments are drawn in advance, so that every frame rate shows
the same nods.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.face.chance import generator, log_normal
from bridge.face.layer import Frame, PerStream, RowLayer, moved_up, without

DEPTH = (3.0, 7.0)
"""Degrees that the head goes down: least and most."""
SECONDS = (0.45, 0.7)
"""That one nod takes: shortest and longest."""
DOUBLE = 0.4
"""The share of nods with a second one behind them, half as deep."""

_SPREAD = 0.5
_SHORTEST_WAIT = 1.5
_LONGEST_STALL = 1.0
_NEVER = math.inf
_AT_ONCE = -math.inf


@dataclass(frozen=True, slots=True)
class NodSettings:
    """How often one stream nods."""

    rate: float = 0.0
    """Nods a minute; 0 for none."""
    seed: int | None = None
    """Makes the nods the same in every run; by chance when None."""


@dataclass(frozen=True, slots=True)
class _Nod:
    start: float
    seconds: float
    depths: tuple[float, ...]
    """Radians, one for each time that the head goes down."""

    @property
    def end(self) -> float:
        return self.start + self.seconds * len(self.depths)

    def pitch(self, now: float) -> float:
        number, way = divmod(max(now - self.start, 0.0) / self.seconds, 1.0)
        depth = self.depths[int(number)] if number < len(self.depths) else 0.0
        return depth * math.sin(math.pi * way) ** 2


class Nods(RowLayer[NodSettings]):
    """Turns the head down and up again. Costs nothing where no stream nods."""

    _due: NDArray[np.float64]
    """[streams]: when the next nod begins, in seconds on the frame clock."""

    def __init__(self, settings: PerStream[NodSettings]) -> None:
        super().__init__(settings)
        self._random: list[random.Random] = []
        self._nodding: dict[int, _Nod] = {}
        """By row."""
        self._next = _NEVER
        self._keep("_due", fill=_NEVER, dtype=np.float64)

    def apply(self, frame: Frame) -> None:
        if frame.now >= self._next:
            self._begin_what_is_due(frame.now)
        if self._nodding:
            for row, nod in list(self._nodding.items()):
                frame.rotations[row, 0, 1] += nod.pitch(frame.now)
                if frame.now >= nod.end:
                    del self._nodding[row]

    def remove_rows(self, rows: Sequence[int]) -> None:
        super().remove_rows(rows)
        self._random = without(self._random, rows)
        moved = ((moved_up(row, rows), nod) for row, nod in self._nodding.items())
        self._nodding = {row: nod for row, nod in moved if row is not None}

    def _begin(self, row: int, stream: str) -> None:
        self._random.append(generator(self._settings.of(stream).seed, stream, "nod"))

    def _set(self, row: int, settings: NodSettings) -> None:
        self._due[row] = _AT_ONCE if settings.rate > 0 else _NEVER

    def _note(self) -> None:
        self._next = self._due.min(initial=_NEVER)

    def _begin_what_is_due(self, now: float) -> None:
        for row in np.flatnonzero(self._due <= now).tolist():
            draw, rate = self._random[row], self._of(row).rate
            moment = max(float(self._due[row]), now - _LONGEST_STALL)
            if self._due[row] == _AT_ONCE:
                moment = now  # somebody who begins to listen does not nod at once
            else:
                self._nodding[row] = self._drawn(draw, moment)
            self._due[row] = moment + max(_SHORTEST_WAIT, log_normal(draw, 60.0 / rate, _SPREAD))
        self._next = self._due.min(initial=_NEVER)

    def _drawn(self, draw: random.Random, moment: float) -> _Nod:
        depth = math.radians(draw.uniform(*DEPTH))
        twice = draw.random() < DOUBLE
        return _Nod(moment, draw.uniform(*SECONDS), (depth, depth / 2) if twice else (depth,))
