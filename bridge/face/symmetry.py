"""Left equals right, bit for bit."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.face.layer import Frame
from protocols.arkit import BLENDSHAPES, PAIRS

_PARTNER = np.arange(len(BLENDSHAPES))  # a shape without one is its own, and keeps its weight
for _left, _right in PAIRS:
    _PARTNER[_left], _PARTNER[_right] = _right, _left
_HALF = np.float32(0.5)


def enforce_symmetry(weights: NDArray[np.float32], strength: float = 1.0) -> None:
    """Draw each left weight and its right partner towards their mean, in place.

    Args:
        weights: [streams, 52] in reference order.
        strength: 0 leaves the face as it is, 1 makes partners the same float.
    """
    if strength <= 0.0:
        return
    # a + b and b + a are the same float, so that partners get the same mean.
    mean = weights.take(_PARTNER, axis=1)
    mean += weights
    mean *= _HALF
    if strength < 1.0:
        weights += (mean - weights) * np.float32(strength)
    else:
        weights[:] = mean


class Symmetry:
    """The first layer. Its setting is the strength, from 0 to 1."""

    def __init__(self, strength: float = 1.0) -> None:
        self._strength = strength

    def configure(self, settings: float) -> None:
        self._strength = settings

    def add_rows(self, streams: Sequence[str]) -> None:
        """Nothing is kept for a stream."""

    def remove_rows(self, rows: Sequence[int]) -> None:
        """Nothing is kept for a stream."""

    def apply(self, frame: Frame) -> None:
        enforce_symmetry(frame.weights, self._strength)
