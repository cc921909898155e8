"""MeowFace on Android: VTube Studio's raw phone stream with other names, sent without a request.

Its receiver is a module for VRCFaceTracking, which listens on port 12345.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import BLENDSHAPES
from protocols.dialect import Dialect, Shown
from protocols.face import Face
from protocols.leave import NOTHING, LeaveAtRest, LeftOut, left_out
from protocols.vts_phone import Rotations, VtsPhoneDecoder, VtsPhoneEncoder

PORT = 12345

KEYS: tuple[str, ...] = (
    "jawOpen",
    "eyeLookOutRight",
    "eyeLookDownRight",
    "noseSneerLeft",
    "eyeLookOutLeft",
    "noseSneerRight",
    "mouthLeft",
    "headRight",
    "eyeLookUpLeft",
    "eyeLookUpRight",
    "headUp",
    "mouthRollLower",
    "cheekPuff",
    "browOuterUpRight",
    "eyeLookInRight",
    "mouthUpperUpLeft",
    "browInnerUpRight",
    "headRollRight",
    "eyeLookInLeft",
    "jawLeft",
    "browInnerUpLeft",
    "mouthUpperUpRight",
    "mouthRight",
    "browDownRight",
    "headDown",
    "eyeWideRight",
    "browDownLeft",
    "mouthShrugUpper",
    "mouthRollUpper",
    "eyeWideLeft",
    "browOuterUpLeft",
    "tongueOut",
    "eyeSquintLeft",
    "jawRight",
    "mouthLowerDownRight",
    "mouthLowerDownLeft",
    "eyeLookDownLeft",
    "eyeSquintRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthSmileRight",
    "headRollLeft",
    "eyeBlinkLeft",
    "mouthPucker",
    "eyeBlinkRight",
    "mouthSmileLeft",
    "mouthFunnel",
    "headLeft",
    "browInnerUp",
)
"""The 49 names that the module knows, in its order: one version of it uses a shape's index in the
list instead of its name."""

HEAD_DEGREES = 45.0
"""The angle of the head at a weight of 1. It is not documented; the module ignores these
weights."""

_TURNS = ("headLeft", "headRight", "headUp", "headDown", "headRollLeft", "headRollRight")
_VALUES = (*BLENDSHAPES, *_TURNS)


def _value(key: str) -> str:
    """The value of a key. The inner brow has two sides here, and the module reads only those."""
    sided = key in ("browInnerUpLeft", "browInnerUpRight")
    return "browInnerUp" if sided else key


class MeowFaceEncoder(VtsPhoneEncoder):
    """Encodes one face as one datagram a frame."""

    def __init__(
        self,
        keys: Sequence[str] = KEYS,
        *,
        rotations: bool = True,
        left: LeftOut = NOTHING,
    ) -> None:
        super().__init__(keys, rotations=rotations, left=left)
        self._places = np.array([_VALUES.index(_value(key)) for key in keys], np.intp)
        self._values = np.zeros(len(_VALUES), np.float32)
        turns = rotations and not left.head
        self._per_radian = math.degrees(1.0) / HEAD_DEGREES if turns else 0.0
        self._at_rest = left.places(BLENDSHAPES)

    def weights(self, face: Face) -> NDArray[np.float32]:
        turns = self._values[len(BLENDSHAPES) :]
        self._values[: len(BLENDSHAPES)] = face.weights
        self._values[self._at_rest] = 0.0
        np.multiply(face.rotations[0], self._per_radian, out=turns[1::2])  # right, down, right
        np.negative(turns[1::2], out=turns[::2])
        np.clip(turns, 0.0, 1.0, out=turns)
        return self._values[self._places]


def encoder(
    shown: Shown, *, rotations: Rotations = True, leave: LeaveAtRest = ()
) -> MeowFaceEncoder:
    """MeowFace's stream, for example `meowface://127.0.0.1:12345`: VRCFaceTracking with its module
    for MeowFace. It has no cheekSquint, jawForward, mouthClose, mouthDimple, mouthPress,
    mouthShrugLower and mouthStretch."""
    return MeowFaceEncoder(rotations=rotations, left=left_out(leave))


DIALECT = Dialect("meowface", encoder, VtsPhoneDecoder, port=PORT, largest=2000)
