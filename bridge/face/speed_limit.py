"""A limit of how fast each shape moves, for faces that would look mechanical without. Off at
first: a startle is faster than what people show in calm."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.face.layer import Frame, PerStream, RowLayer
from protocols.arkit import BLENDSHAPES

MEASURED = {
    "eyeBlink": 14.0,
    "eyeWide": 4.1,
    "eyeSquint": 3.1,
    "browDown": 2.3,
    "browInnerUp": 2.0,
    "mouthFrown": 1.3,
}
"""99.5th percentiles of the speed in recordings of people at 60 fps, in units a second."""
_OTHERS = {"eye": 14.0, "brow": 2.3, "cheek": 2.0, "nose": 2.0, "mouth": 2.5, "jaw": 4.0}
"""Judgements for the shapes that were not measured, by how their names begin."""


@dataclass(frozen=True, slots=True)
class SpeedLimitSettings:
    """The limit of one stream."""

    factor: float | None = None
    """How many times the measured speeds; None for no limit."""


def _speed(shape: str) -> float:
    for table in (MEASURED, _OTHERS):
        for name, speed in table.items():
            if shape.startswith(name):
                return speed
    return 2.0


_SPEEDS = np.array([_speed(shape) for shape in BLENDSHAPES], np.float32)


class SpeedLimit(RowLayer[SpeedLimitSettings]):
    """Lets each weight change no further in a frame than its limit allows. It stands before the
    layers of speech, overlay and blinks, which it never slows, and lets a goal that is to be shown
    at once (`fade: 0`) through."""

    _limit: NDArray[np.float32]
    """[streams, 52]: units a second."""
    _shown: NDArray[np.float32]
    """[streams, 52]: the frame before."""
    _fresh: NDArray[np.bool_]
    """[streams]: whether there is no frame before."""

    def __init__(self, settings: PerStream[SpeedLimitSettings]) -> None:
        super().__init__(settings)
        self._keep("_limit", len(BLENDSHAPES), fill=np.inf)
        self._keep("_shown", len(BLENDSHAPES))
        self._keep("_fresh", fill=True, dtype=np.bool_)
        self._on = False

    def apply(self, frame: Frame) -> None:
        if not self._on:
            return
        weights, shown = frame.weights, self._shown
        step = self._limit * np.float32(frame.dt)
        step[frame.cut | self._fresh] = np.inf
        np.minimum(weights, shown + step, out=weights)
        np.maximum(weights, shown - step, out=weights)
        np.copyto(shown, weights)
        self._fresh.fill(False)

    def remove_row(self, row: int) -> None:
        super().remove_row(row)
        self._on = bool(np.isfinite(self._limit).any())

    def _set(self, row: int, settings: SpeedLimitSettings) -> None:
        self._limit[row] = np.inf if settings.factor is None else _SPEEDS * settings.factor
        self._fresh[row] = True
        self._on = bool(np.isfinite(self._limit).any())
