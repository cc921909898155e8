"""How eyes jump: in 21 ms and 2.2 ms for each degree, with least jerk."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.face.eye_rotations import DEGREES_A_UNIT

SHORTEST = 0.021
"""Seconds that a saccade of no size would last."""
PER_DEGREE = 0.0022
"""Seconds more for each degree."""


def duration(degrees: float) -> float:
    """How many seconds a saccade of this size lasts."""
    return SHORTEST + PER_DEGREE * degrees


class Saccades:
    """The eyes of every stream, each of which rest somewhere or are on their way.

    A row begins at 0. Where it is depends only on the moment, not on the frames before.
    """

    def __init__(self, width: int) -> None:
        """`width`: numbers in a row. The first two are angles in units of eyeLook."""
        self.at: NDArray[np.float64] = np.zeros((0, width))
        """[streams, width]: where the eyes are, as of the last `move`."""
        self.to: NDArray[np.float64] = np.zeros((0, width))
        """[streams, width]: where they rest or go."""
        self.moving = False
        """Whether any are on their way, so that `move` is needed."""
        self._from = np.zeros((0, width))
        self._start = np.zeros(0)
        self._duration = np.zeros(0)
        self._make_room()

    def add_rows(self, count: int) -> None:
        rows = np.zeros((count, self.to.shape[1]))
        self.at, self.to, self._from = (
            np.concatenate([some, rows]) for some in (self.at, self.to, self._from)
        )
        self._start = np.append(self._start, np.full(count, -math.inf))
        self._duration = np.append(self._duration, np.ones(count))
        self._make_room()

    def remove_rows(self, rows: Sequence[int]) -> None:
        self.at, self.to, self._from, self._start, self._duration = (
            np.delete(some, rows, axis=0)
            for some in (self.at, self.to, self._from, self._start, self._duration)
        )
        self._make_room()

    def _make_room(self) -> None:
        self._part, self._way = np.empty((len(self.at), 1)), np.empty((len(self.at), 1))

    def jump(self, row: int, moment: float, to: Sequence[float]) -> float:
        """Begin a saccade, from where the eyes are at this moment.

        Returns:
            Its size in degrees.
        """
        part = float((moment - self._start[row]) / self._duration[row])
        if part < 1.0:
            way = least_jerk(max(part, 0.0))
            self._from[row] += (self.to[row] - self._from[row]) * way
        else:
            self._from[row] = self.to[row]
        degrees = math.dist(to[:2], self._from[row, :2].tolist()) * DEGREES_A_UNIT
        self.to[row] = to
        self._start[row], self._duration[row] = moment, duration(degrees)
        self.moving = True
        return degrees

    def follow(self, row: int, to: Sequence[float]) -> None:
        """Be or arrive there instead, without a saccade."""
        self.to[row] = to
        self.moving = True

    def move(self, now: float) -> None:
        """Bring `at` to this moment."""
        part, way = self._part, self._way
        np.subtract(now, self._start, out=part[:, 0])
        part[:, 0] /= self._duration
        np.maximum(part, 0.0, out=part)
        np.minimum(part, 1.0, out=part)
        self.moving = bool(part.min(initial=1.0) < 1.0)
        least_jerk_of(part, way)
        np.subtract(self.to, self._from, out=self.at)
        self.at *= way
        self.at += self._from
        if not self.moving:
            np.copyto(self.at, self.to)


def least_jerk(part: float) -> float:
    """How much of the way is gone when this part of the time is (Flash & Hogan 1985)."""
    return part * part * part * (10.0 + part * (6.0 * part - 15.0))


def least_jerk_of(part: NDArray[np.float64], way: NDArray[np.float64]) -> None:
    """The same for many at once, into `way`."""
    np.multiply(part, 6.0, out=way)
    way -= 15.0
    way *= part
    way += 10.0
    way *= part
    way *= part
    way *= part
