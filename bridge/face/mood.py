"""A mood: a slow point of each stream, which emotions move, and of which a part shows at rest.

While an emotion f shows, each axis m of the mood goes towards the edge on f's side, at a rate that
f's size gives, and back towards neutral:

    m' = k |f| (sign(f) - m) - r m

So the same emotion moves it less the nearer it is to the edge. `advance` has the exact solution for
an emotion that stays during the time step, so that the frame rate does not matter.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.face.layer import PerStream, RowLayer

SPAN = 10.0
"""Seconds of a full emotion that the strength is told for."""
_FORGET_HALF_LIFE = 0.3
"""Seconds. A mood that is forgotten leaves the face without a jump."""
_FORGOTTEN = 0.01
_EASE = 0.3
"""Seconds after which 63 % of the way to another share is gone."""
_NO_SHARE = 1e-3


@dataclass(frozen=True, slots=True)
class MoodSettings:
    """The mood of one stream."""

    on: bool = False
    strength: float = 0.1
    """The part of the way to the edge that 10 s of a full emotion move it, from 0 to below 1."""
    half_life: float = 300.0
    """Seconds in which half of it fades."""
    shows: float = 0.3
    """The part of it that shows at rest, from 0 to 1."""


class Mood(RowLayer[MoodSettings]):
    """Every stream's mood. It counts before the model, so it is not one of `Layers`."""

    value: NDArray[np.float64]
    """[streams, 3]: valence, arousal and dominance."""
    _moves: NDArray[np.float64]
    """[streams, 1]: k; likewise r and the share that shows, with its goal."""
    _fades: NDArray[np.float64]
    _share: NDArray[np.float64]
    _shows: NDArray[np.float64]
    _forgets: NDArray[np.bool_]
    """[streams]: whose mood is being forgotten."""

    def __init__(self, settings: PerStream[MoodSettings] | None = None) -> None:
        """No stream has a mood without settings."""
        super().__init__(PerStream(MoodSettings()) if settings is None else settings)
        self.on = False
        """Whether any stream has a mood, or had one that still shows."""
        self._forgetting = False
        self._keep("value", 3, dtype=np.float64)
        for name in ("_moves", "_fades", "_share", "_shows"):
            self._keep(name, 1, dtype=np.float64)
        self._keep("_forgets", dtype=np.bool_)

    def advance(self, emotions: NDArray[np.float64], dt: float) -> NDArray[np.float64]:
        """Move `dt` seconds on. Returns what shows of each mood at rest, [streams, 3].

        Args:
            emotions: [streams, 3], without the mood.
        """
        if self._forgetting:
            self._forget()
        moves = self._moves * np.abs(emotions)
        rate = moves + self._fades
        rests_at = np.copysign(moves, emotions)
        np.divide(rests_at, rate, out=rests_at, where=rate > 0.0)
        self.value -= rests_at
        self.value *= np.exp(rate * -dt)
        self.value += rests_at
        self._share += (self._shows - self._share) * -math.expm1(-dt / _EASE)
        self.on = bool(self._shows.any() or (self._share > _NO_SHARE).any())
        return self.value * self._share

    def forget(self, row: int) -> None:
        """Go back to no mood within some seconds."""
        self._forgets[row] = self._forgetting = True
        self._fades[row] = math.log(2.0) / _FORGET_HALF_LIFE

    def _forget(self) -> None:
        for row in np.flatnonzero(self._forgets).tolist():
            if np.abs(self.value[row]).max() < _FORGOTTEN:
                self.value[row] = 0.0
                self._forgets[row] = False
                self._set(row, self._of(row))
        self._forgetting = bool(self._forgets.any())

    def _begin(self, row: int, stream: str) -> None:
        settings = self._settings.of(stream)
        self._share[row] = settings.shows if settings.on else 0.0

    def _set(self, row: int, settings: MoodSettings) -> None:
        self._shows[row] = settings.shows if settings.on else 0.0
        self._moves[row] = -math.log1p(-settings.strength) / SPAN if settings.on else 0.0
        if not self._forgets[row]:
            self._fades[row] = math.log(2.0) / settings.half_life
        self.on = self.on or settings.on
