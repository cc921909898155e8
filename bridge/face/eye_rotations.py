"""Eyes that turn the way the eyeLook shapes say, for receivers that move eyes as bones."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.face.layer import Frame
from protocols.arkit import BLENDSHAPES, INDEX

DEGREES_A_UNIT = 35.0
"""How far a weight of 1 turns an eye: measured on recordings of the Live Link Face app and on the
sample frames of iFacialMocap, which both send shapes and angles of the same eyes."""

_TURN = np.zeros((len(BLENDSHAPES), 6), np.float32)  # left and right eye by yaw, pitch and roll
for _name, _angle, _sign in (
    ("eyeLookInLeft", 0, 1),
    ("eyeLookOutLeft", 0, -1),
    ("eyeLookDownLeft", 1, 1),
    ("eyeLookUpLeft", 1, -1),
    ("eyeLookOutRight", 3, 1),
    ("eyeLookInRight", 3, -1),
    ("eyeLookDownRight", 4, 1),
    ("eyeLookUpRight", 4, -1),
):
    _TURN[INDEX[_name], _angle] = _sign * math.radians(DEGREES_A_UNIT)


def turn_eyes(rotations: NDArray[np.float32], weights: NDArray[np.float32]) -> None:
    """Set the eyes' rotations, in place.

    Args:
        rotations: [streams, 3, 3], as `protocols.face.Face` has them; the head stays as it is.
        weights: [streams, 52] in reference order.
    """
    rotations[:, 1:] = (weights @ _TURN).reshape(-1, 2, 3)


class EyeRotations:
    """The last layer: the eyes' rotations agree with the eyeLook shapes. It has no settings."""

    def configure(self, settings: None) -> None:
        """There is nothing to set."""

    def add_rows(self, streams: Sequence[str]) -> None:
        """Nothing is kept for a stream."""

    def remove_rows(self, rows: Sequence[int]) -> None:
        """Nothing is kept for a stream."""

    def apply(self, frame: Frame) -> None:
        turn_eyes(frame.rotations, frame.weights)
