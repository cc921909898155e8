"""Face Cap's live mode: blendshapes by index over OSC, in an order of its own.

A frame is `/HR fff` (rotation of the head: x, y, z), `/ELR ff` and `/ERR ff` (rotation of the left
and the right eye: x, y), and `/W if` (index and weight) for each shape. A frame fits into one
bundle. All numbers except the index are sent as `f`. The app sends exact 0 and 1 as integers, and
receivers that compare type tags literally fail on them.

The angles: the maker's page says that they are x, y and z, and that those of the head are in
degrees. The rest was read from the maker's receiver for Unity: an eye's x and y mean the same as
the head's, and the axes are those of a face that looks along +z with +y up and its own left at +x.
So x is pitch, positive downwards; y is yaw, positive towards the face's own left; z is roll,
positive towards its own right shoulder. This holds if the head in that scene looks along +z. It was
not tried with the app, and a plugin for MotionBuilder takes an eye's two numbers for yaw and pitch.
"""

import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np

from protocols.arkit import order_from_reference
from protocols.dialect import Dialect, Shown
from protocols.face import Datagram, DecodeError, Face, Floats, Received
from protocols.leave import NOTHING, Leave, LeftOut, left_out
from protocols.osc.packets import CompiledPackets, MessageShape, Slot, decode

PORT = 8080
"""The port of the maker's example receiver. Users of the app can choose any port."""

ORDER: tuple[str, ...] = (
    "browInnerUp",
    "browDownLeft",
    "browDownRight",
    "browOuterUpLeft",
    "browOuterUpRight",
    "eyeLookUpLeft",
    "eyeLookUpRight",
    "eyeLookDownLeft",
    "eyeLookDownRight",
    "eyeLookInLeft",
    "eyeLookInRight",
    "eyeLookOutLeft",
    "eyeLookOutRight",
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "eyeSquintLeft",
    "eyeSquintRight",
    "eyeWideLeft",
    "eyeWideRight",
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "noseSneerLeft",
    "noseSneerRight",
    "jawOpen",
    "jawForward",
    "jawLeft",
    "jawRight",
    "mouthFunnel",
    "mouthPucker",
    "mouthLeft",
    "mouthRight",
    "mouthRollUpper",
    "mouthRollLower",
    "mouthShrugUpper",
    "mouthShrugLower",
    "mouthClose",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "tongueOut",
)
"""The shape at each index of `/W`. No other dialect has this order."""

_HEAD, _LEFT_EYE, _RIGHT_EYE = "/HR", "/ELR", "/ERR"
_ANGLES = {_HEAD: "head", _LEFT_EYE: "left", _RIGHT_EYE: "right"}

# The indices of the head's x, y and z and of the eyes' x and y among the nine rotations of a face,
# which are yaw, pitch and roll; and the factors that convert them to degrees.
_ANGLES_FROM = np.array([1, 0, 2, 4, 3, 7, 6], dtype=np.intp)
_DEGREES = np.array([1, -1, 1, 1, -1, 1, -1], dtype=np.float32) * np.float32(math.degrees(1.0))


class FaceCapEncoder:
    """Encodes one face a frame, as one bundle or as single messages."""

    def __init__(
        self, *, rotations: bool = True, bundled: bool = True, left: LeftOut = NOTHING
    ) -> None:
        """Lay out the messages.

        Args:
            rotations: whether to send the angles of head and eyes.
            left: what not to send.

        Raises:
            ValueError: nothing is left to send.
        """
        self._order = order_from_reference(ORDER)
        self._values = np.zeros(len(ORDER) + len(_ANGLES_FROM), dtype=np.float32)
        self._weights, self._angles = self._values[: len(ORDER)], self._values[len(ORDER) :]
        self._rotations = rotations
        x, y, z, left_x, left_y, right_x, right_y = map(Slot, range(len(ORDER), len(self._values)))
        angles = [
            MessageShape(_HEAD, [x, y, z]),
            MessageShape(_LEFT_EYE, [left_x, left_y]),
            MessageShape(_RIGHT_EYE, [right_x, right_y]),
        ]
        messages = [m for m, kept in zip(angles, left.rotations, strict=True) if rotations and kept]
        messages += [
            MessageShape("/W", [index, Slot(index)])
            for index, name in enumerate(ORDER)
            if name not in left.shapes
        ]
        if not messages:
            raise ValueError("nothing is left to send")
        self._packets = CompiledPackets(messages, bundled=bundled)

    def encode(self, face: Face) -> Sequence[Datagram]:
        face.weights.take(self._order, out=self._weights, mode="clip")
        if self._rotations:
            self._turn(face.rotations)
        self._packets.patch(self._values)
        return self._packets.datagrams

    def _turn(self, rotations: Floats) -> None:
        rotations.take(_ANGLES_FROM, out=self._angles, mode="clip")
        self._angles *= _DEGREES
        self._angles += 0.0  # turns -0.0 into 0.0


class FaceCapDecoder:
    """Reads weights and angles. Positions and quaternions of the head are ignored.

    Nothing marks the end of a frame, so a frame is complete when a shape or angle arrives again.
    """

    def __init__(self) -> None:
        self._weights: dict[str, float] = {}
        self._about: dict[str, str | int | float] = {}

    def feed(self, datagram: bytes) -> list[Received]:
        frames = []
        for address, arguments in decode(datagram):
            if address == "/W":
                index, weight = _weight(arguments)
                if ORDER[index] in self._weights:
                    frames += self._complete()
                self._weights[ORDER[index]] = weight
            elif address in _ANGLES:
                said = _angles(address, arguments)
                if _ANGLES[address] in self._about:
                    frames += self._complete()
                self._about[_ANGLES[address]] = said
        return frames

    def _complete(self) -> list[Received]:
        frame = Received(self._weights, self._about)
        self._weights, self._about = {}, {}
        return [frame]


def _weight(arguments: Sequence[object]) -> tuple[int, float]:
    match arguments:
        # The app sends an exact 0 or 1 as an integer.
        case (int(index), float() | int() as weight) if bool not in map(type, arguments):
            if 0 <= index < len(ORDER):
                return index, float(weight)
            raise DecodeError(f"expected an index of 0 to {len(ORDER) - 1} in /W, got {index}")
    raise DecodeError("expected an index (i) and a weight (f) in /W")


def _angles(address: str, arguments: Sequence[object]) -> str:
    count = 3 if address == _HEAD else 2
    numbers = [a for a in arguments if isinstance(a, float | int) and not isinstance(a, bool)]
    if not len(arguments) == len(numbers) == count:
        raise DecodeError(f"expected {count} angles ({'f' * count}) in {address}")
    return ",".join(f"{number:g}" for number in numbers)


def encoder(
    shown: Shown,
    *,
    rotations: Annotated[
        bool,
        "Send the angles of head and eyes. Their signs are known from the maker's example only. "
        "false leaves them out.",
    ] = True,
    bundle: Annotated[
        bool, "Send one bundle of up to 1400 bytes. false sends single messages."
    ] = True,
    leave: Leave = (),
) -> FaceCapEncoder:
    """Face Cap's live mode, for example `facecap://127.0.0.1:8080`: MotionBuilder (OpenMoBu),
    Blender (AddRoutes), Unity (Face Cap's example). Receivers choose the port."""
    return FaceCapEncoder(rotations=rotations, bundled=bundle, left=left_out(leave))


DIALECT = Dialect("facecap", encoder, FaceCapDecoder, port=PORT)
