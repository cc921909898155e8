"""VTube Studio's raw phone stream, as its iPhone app sends it on request.

One JSON object a frame: `Timestamp` in milliseconds, `Hotkey`, `FaceFound`, `Rotation`, `Position`,
`BlendShapes` as a list of `{"k": name, "v": weight}`, `EyeLeft` and `EyeRight`, rotations in
degrees. It cannot be split: it has 1.7 to 2 kB, which the network fragments into two packets.

The angles of the head are known from the publisher's sample scene only. It rotates a cube by x as
yaw and by y as pitch; the signs here are right for a cube that faces its viewer. The angles of the
eyes are those that a receiver of MeowFace, whose format is the same, expects: x is pitch, positive
downwards, and y is yaw, positive towards the face's own right.
"""

import math
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import BLENDSHAPES, pascal
from protocols.dialect import Asking, Dialect, FaceRequest, Shown
from protocols.face import Datagram, DecodeError, Face, Floats, Received
from protocols.json_object import finite, read_object
from protocols.leave import NOTHING, Leave, LeftOut, left_out

PORT = 21412

NAMES: tuple[str, ...] = tuple(map(pascal, BLENDSHAPES))

SHORTEST, LONGEST = 0.5, 10.0
"""Seconds that one request may last. Shorter and longer requests get the nearest limit."""

_MOST_PORTS = 32
_LONGEST_NAME = 64  # of the requesting program

_LARGEST_REQUEST = 2048  # bytes; 32 ports and the longest name take a fifth of it
_LARGEST_FRAME = 16384
_MOST_BRACKETS = 512  # 58 in a frame of a phone

_STEPS = 1000
_TEXTS = tuple(f"{step / _STEPS:g}".encode() for step in range(_STEPS + 1))
"""The texts of all weights. They have at most three decimals, so that a frame stays short."""

_DEGREES = np.full((3, 3), math.degrees(1.0))  # head and eyes by yaw, pitch and roll
_DEGREES[0, 0] *= -1.0  # the sample rotates its cube by minus x


class VtsPhoneEncoder:
    """Encodes one face as one datagram a frame."""

    def __init__(
        self,
        names: Sequence[str | None] = NAMES,
        *,
        rotations: bool = True,
        left: LeftOut = NOTHING,
    ) -> None:
        """Lay out the text.

        Args:
            names: the names of the weights, in reference order unless a subclass overrides
                `weights`; None for those not to send.
            rotations: whether to send the angles of head and eyes; zeros if not.
            left: the rotations that are zeros too.

        Raises:
            ValueError: all names are None.
        """
        sent = [(i, name) for i, name in enumerate(names) if name is not None]
        if not sent:
            raise ValueError("no shapes are left to send")
        self._places = np.array([i for i, _ in sent], dtype=np.intp)
        openings = [f'{{"k":"{name}","v":'.encode() for _, name in sent]
        self._factors = _DEGREES * left.rotations * rotations
        self._parts = [b""] * (2 * len(openings) + 2)  # a head, openings and weights, a tail
        self._parts[1:-1:2] = [openings[0], *(b"}," + opening for opening in openings[1:])]
        self._degrees = np.zeros((3, 3))

    def encode(self, face: Face) -> Sequence[Datagram]:
        np.multiply(face.rotations, self._factors, out=self._degrees)
        np.round(self._degrees, 2, out=self._degrees)
        self._degrees += 0.0  # turns -0.0 into 0.0
        (head_yaw, head_pitch, head_roll), left, right = self._degrees.tolist()
        steps: list[int] = np.rint(self.weights(face) * _STEPS).astype(np.intp).tolist()
        self._parts[0] = (
            f'{{"Timestamp":{int(face.timestamp * 1000)},"Hotkey":-1,"FaceFound":true,'
            f'"Rotation":{{"x":{head_yaw},"y":{head_pitch},"z":{head_roll}}},'
            '"Position":{"x":0,"y":0,"z":0},"BlendShapes":['
        ).encode()
        self._parts[2::2] = [_TEXTS[step] for step in steps]
        self._parts[-1] = (
            f'}}],"EyeLeft":{{"x":{left[1]},"y":{left[0]},"z":{left[2]}}},'
            f'"EyeRight":{{"x":{right[1]},"y":{right[0]},"z":{right[2]}}}}}'
        ).encode()
        return (b"".join(self._parts),)

    def weights(self, face: Face) -> NDArray[np.float32]:
        """The weights to send, each within [0, 1]."""
        weights: Floats = face.weights[self._places]
        return weights


class VtsPhoneDecoder:
    """Reads a frame with any names of shapes, and ignores unknown fields."""

    def feed(self, datagram: bytes) -> list[Received]:
        frame = read_object(datagram, largest=_LARGEST_FRAME, most_brackets=_MOST_BRACKETS)
        shapes = frame.get("BlendShapes")
        if not isinstance(shapes, list):
            raise DecodeError("expected a list of BlendShapes")
        weights: dict[str, float] = {}
        for shape in shapes:
            if not isinstance(shape, dict) or not isinstance(shape.get("k"), str):
                raise DecodeError('expected blendshapes like {"k":"JawOpen","v":0.5}')
            weights[shape["k"]] = finite(shape.get("v"), shape["k"])
        about: dict[str, str | int | float] = {}
        for key in ("Timestamp", "Hotkey"):
            if key in frame:
                about[key.lower()] = int(finite(frame[key], key))
        if "FaceFound" in frame:
            about["found"] = "yes" if frame["FaceFound"] is True else "no"
        for key, name in (("Rotation", "head"), ("EyeLeft", "left"), ("EyeRight", "right")):
            if key in frame:
                about[name] = _angles(frame[key], key)
        return [Received(weights, about)]


def _angles(said: Any, key: str) -> str:
    if not isinstance(said, dict):
        raise DecodeError(f"expected {key} as x, y and z")
    return ",".join(f"{finite(said.get(axis), key):g}" for axis in "xyz")


def read_request(datagram: bytes) -> FaceRequest:
    """Decode a request. Faces go to the ports of the requesting host that it names.

    Raises:
        DecodeError: it is not a request that VTube Studio would answer.
    """
    request = read_object(datagram, largest=_LARGEST_REQUEST, most_brackets=_MOST_BRACKETS)
    if request.get("messageType") != "iOSTrackingDataRequest":
        raise DecodeError("expected the messageType iOSTrackingDataRequest")
    name = request.get("sentBy")
    if not isinstance(name, str) or not 1 <= len(name) <= _LONGEST_NAME:
        raise DecodeError(f"expected sentBy as a name of 1–{_LONGEST_NAME} characters")
    # SharpBridge sends sendForSeconds.
    seconds = finite(request.get("time", request.get("sendForSeconds")), "time")
    ports = request.get("ports")
    if not isinstance(ports, list) or not 1 <= len(ports) <= _MOST_PORTS:
        raise DecodeError(f"expected ports as a list of 1–{_MOST_PORTS}")
    return FaceRequest(tuple(map(_port, ports)), min(max(seconds, SHORTEST), LONGEST))


def _port(said: Any) -> int:
    port = finite(said, "ports")
    if port != int(port) or not 1 <= port <= 65535:
        raise DecodeError("expected ports from 1 to 65535")
    return int(port)  # some programs send 11125.0


def write_request(port: int) -> bytes:
    """The request for faces to `port`, which receivers repeat every second."""
    return (
        b'{"messageType":"iOSTrackingDataRequest","time":2.5,"sentBy":"affect-bridge","ports":[%d]}'
        % port
    )


Rotations = Annotated[
    bool,
    "Send the angles of head and eyes. Their signs are known from samples only. false sends zeros.",
]


def encoder(shown: Shown, *, rotations: Rotations = True, leave: Leave = ()) -> VtsPhoneEncoder:
    """VTube Studio's raw phone stream, for example `vts-phone://0.0.0.0:21412`: VSeeFace, VBridger
    and others that request faces from an iPhone. Listens for requests at this address; other
    machines can reach it only if it is not 127.0.0.1. Frames go to the address that the request
    came from. The sender of a UDP packet can be forged: use it only in networks that you trust."""
    left = left_out(leave)
    return VtsPhoneEncoder(left.without(NAMES), rotations=rotations, left=left)


DIALECT = Dialect(
    "vts-phone",
    encoder,
    VtsPhoneDecoder,
    port=PORT,
    asking=Asking(read_request, write_request),
    largest=2000,
)
