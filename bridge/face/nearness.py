"""How near feelings are to named emotions."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.points import Vad

_LEAST = 1e-9


class Nearness:
    """Compares feelings with some emotions. An emotion is a direction, and its strength a length.

    Nearness is 1 at an emotion's point and beyond it, grows evenly on the way there from neutral,
    and falls smoothly to 0 at the edge of a cone around the direction.
    """

    def __init__(self, points: Sequence[Vad], cosine: float) -> None:
        """Compare with these points.

        Args:
            points: none of them neutral.
            cosine: of the angle between a direction and the edge of its cone.
        """
        ends = np.array(points, np.float64).reshape(-1, 3)
        self._lengths = np.linalg.norm(ends, axis=1)
        self._directions = (ends / self._lengths[:, None]).T
        self._cosine = cosine

    def of(self, feelings: NDArray[np.float64]) -> NDArray[np.float64]:
        """[streams, emotions], from 0 to 1.

        Args:
            feelings: [streams, 3].
        """
        size = np.sqrt(np.einsum("ij,ij->i", feelings, feelings))[:, None]
        near: NDArray[np.float64] = feelings @ self._directions
        near /= np.maximum(size, _LEAST)
        near -= self._cosine
        near *= 1.0 / (1.0 - self._cosine)
        np.maximum(near, 0.0, out=near)
        np.minimum(near, 1.0, out=near)
        near *= near * (3.0 - 2.0 * near)
        near *= np.minimum(size / self._lengths, 1.0)
        return near
