"""No shape moves faster than people were seen to move it. Off by default: a startle is faster.

Belongs before speech, overlays and blinks, which must not be slowed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bridge.face.layer import Frame, PerStream, RowLayer
from protocols.arkit import BLENDSHAPES

LIMITS: Mapping[str, float] = {
    "eyeBlink": 14.0,
    "eyeWide": 4.1,
    "eyeSquint": 3.1,
    "browDown": 2.3,
    "browInnerUp": 2.0,
    "mouthFrown": 1.3,
}
"""Units a second: the 99.5th percentiles of ARKit capture at 60 fps."""
OTHERS = 4.1
"""The limit of a shape that was not measured: that of the fastest skin that was."""
NO_LIMIT = 1e9
"""Of the eyeLook shapes, which saccades move, and of a stream without limits."""
_LEAST_DT = 1e-6  # seconds; a frame without any time is no limit where there is none


@dataclass(frozen=True, slots=True)
class SpeedLimitSettings:
    """How fast the shapes of one stream may move."""

    on: bool = False
    factor: float = 1.0
    """Multiplies every limit."""
    limits: Mapping[str, float] = field(default_factory=dict)
    """Units a second, by the name of a shape with or without its side, where it differs from
    `LIMITS`."""


class SpeedLimit(RowLayer[SpeedLimitSettings]):
    """Slows what moves too fast, in all streams that are not cut in this frame."""

    _limit: NDArray[np.float64]
    """[streams, 52]: units a second."""
    _before: NDArray[np.float32]
    """[streams, 52]: what was shown in the frame before."""
    _fresh: NDArray[np.bool_]
    """[streams, 1]: whether there was no such frame."""
    _free: NDArray[np.bool_]
    """[streams, 1]: room to calculate in, like what follows."""
    _most: NDArray[np.float32]
    _bound: NDArray[np.float32]

    def __init__(self, settings: PerStream[SpeedLimitSettings]) -> None:
        super().__init__(settings)
        self._on = False
        self._keep("_limit", len(BLENDSHAPES), fill=NO_LIMIT, dtype=np.float64)
        for name in ("_before", "_most", "_bound"):
            self._keep(name, len(BLENDSHAPES))
        self._keep("_fresh", 1, fill=True, dtype=np.bool_)
        self._keep("_free", 1, dtype=np.bool_)

    def apply(self, frame: Frame) -> None:
        if not self._on:
            return
        weights, most, bound = frame.weights, self._most, self._bound
        np.multiply(self._limit, max(frame.dt, _LEAST_DT), out=most, casting="same_kind")
        np.logical_or(self._fresh[:, 0], frame.cut, out=self._free[:, 0])
        np.copyto(most, NO_LIMIT, where=self._free)
        np.add(self._before, most, out=bound)
        np.minimum(weights, bound, out=weights)
        np.subtract(self._before, most, out=bound)
        np.maximum(weights, bound, out=weights)
        np.copyto(self._before, weights)
        self._fresh.fill(False)

    def _set(self, row: int, settings: SpeedLimitSettings) -> None:
        if settings.on:
            self._limit[row] = [limit_of(name, settings) for name in BLENDSHAPES]
        else:
            self._limit[row] = NO_LIMIT

    def _note(self) -> None:
        was_on, self._on = self._on, bool((self._limit < NO_LIMIT).any())
        if not was_on:
            self._fresh.fill(True)


def limit_of(name: str, settings: SpeedLimitSettings) -> float:
    """The limit of one of the 52, in units a second."""
    if not settings.on:
        return NO_LIMIT
    shape = name.removesuffix("Left").removesuffix("Right")
    usual = NO_LIMIT if shape.startswith("eyeLook") else LIMITS.get(shape, OTHERS)
    limit = settings.limits.get(name, settings.limits.get(shape, usual))
    return min(limit * settings.factor, NO_LIMIT)
