"""Left equals right, bit for bit."""

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import PAIRS

_LEFT = np.array([left for left, _ in PAIRS], dtype=np.intp)
_RIGHT = np.array([right for _, right in PAIRS], dtype=np.intp)


def enforce_symmetry(weights: NDArray[np.float32], strength: float = 1.0) -> None:
    """Draw each left weight and its right partner towards their mean, in place.

    Args:
        weights: [streams, 52] in reference order.
        strength: 0 leaves the face as it is, 1 makes partners the same float.
    """
    if strength <= 0.0:
        return
    left, right = weights[:, _LEFT], weights[:, _RIGHT]
    mean = (left + right) * np.float32(0.5)
    if strength < 1.0:
        weights[:, _LEFT] = left + (mean - left) * np.float32(strength)
        weights[:, _RIGHT] = right + (mean - right) * np.float32(strength)
    else:
        weights[:, _LEFT] = mean
        weights[:, _RIGHT] = mean
