"""iFacialMocap: a face as one line of text, as the iPhone app sends it.

    trackingStatus-1|browInnerUp-20| … |=head#rx,ry,rz,px,py,pz|rightEye#rx,ry,rz|leftEye#rx,ry,rz|

with 52 names and whole percents, degrees and metres. Version 2 has `&` instead of `-` and is the
same otherwise. Several receivers need exactly one `=`, whole numbers and a `|` after the last
token, and ignore the first token.

In the app's samples an eye's rx is positive downwards and its ry towards the face's own left. These
are rotations about ARKit's axes: x to the face's left, y up, z out of the face. The head uses the
same axes, with rz positive towards its own right shoulder; the signs of the head are not
documented.
"""

import functools
import math
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np

from protocols.arkit import BLENDSHAPES
from protocols.dialect import Asking, Dialect, FaceRequest, Shown
from protocols.face import Datagram, DecodeError, Face, Received
from protocols.leave import NOTHING, Leave, LeftOut, left_out

PORT = 49983
"""The port of the app, which gets requests there, and of its receivers."""

REQUEST = "iFacialMocap_sahuasouryya9218sauhuiayeta91555dy3719"
"""The request that a receiver sends to the app."""

Version = Literal["v1", "v2"]

_SEPARATORS: dict[Version, str] = {"v1": "-", "v2": "&"}

_DIRECTIONS = frozenset({"jawLeft", "jawRight", "mouthLeft", "mouthRight"})  # not sides


def _sided(name: str) -> str:
    if name in _DIRECTIONS:
        return name
    return re.sub("(Left|Right)$", lambda side: f"_{side[0][0]}", name)


NAMES: tuple[str, ...] = tuple(map(_sided, BLENDSHAPES))
"""The names in reference order: `eyeBlinkLeft` is `eyeBlink_L`, but `jawLeft` is unchanged."""

_AXES = [1, 0, 2]  # rx, ry and rz are pitch, yaw and roll
_DEGREES = np.degrees([1.0, -1.0, 1.0])

_POSITIONS = tuple(f"{step / 1e7:.7f}" for step in range(97))
"""Values of pz in metres, in steps of 0.1 µm. VMagicMirror treats a frame with the same text as the
frame before as a lost face, and a face at rest would send the same text. pz makes all frames
differ; the position of the head is zero otherwise. 97 is a prime, so that the frames differ also
for a receiver that reads only every second or third one."""

_LARGEST_FRAME = 8192
_LONGEST_TOKEN = 512
_LARGEST_REQUEST = 2048

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


@functools.cache  # a request makes an encoder, and writing 5252 tokens takes two milliseconds
def _tokens(name: str, separator: str) -> tuple[bytes, ...]:
    """The text of one shape at each percent."""
    return tuple(f"{name}{separator}{percent}|".encode() for percent in range(101))


class IFacialMocapEncoder:
    """Encodes one face as one datagram a frame of at most 1024 bytes. Some receivers read no
    more."""

    def __init__(
        self,
        names: Sequence[str] = NAMES,
        *,
        separator: str = "-",
        rotations: bool = True,
        left: LeftOut = NOTHING,
    ) -> None:
        """Prepare the text of each weight.

        Args:
            names: the names of the 52 weights in reference order.
            separator: the text between a name and its percents.
            rotations: whether to send the angles of head and eyes; zeros if not.
            left: what not to send; rotations that are left out are zeros.
        """
        sent = [(i, name) for i, name in enumerate(left.without(names)) if name is not None]
        self._places = np.array([i for i, _ in sent], dtype=np.intp)
        self._tokens = [_tokens(name, separator) for _, name in sent]
        self._factors = _DEGREES * left.rotations * rotations
        self._frames = 0
        self._parts = [b""] * (len(sent) + 2)
        self._parts[0] = f"trackingStatus{separator}1|".encode()

    def encode(self, face: Face) -> Sequence[Datagram]:
        percents: list[int] = np.rint(face.weights[self._places] * 100).astype(np.intp).tolist()
        self._parts[1:-1] = [
            tokens[percent] for tokens, percent in zip(self._tokens, percents, strict=True)
        ]
        self._parts[-1] = self._angles(face)
        self._frames = (self._frames + 1) % len(_POSITIONS)
        return (b"".join(self._parts),)

    def _angles(self, face: Face) -> bytes:
        degrees = face.rotations[:, _AXES] * self._factors
        degrees = np.round(degrees, 3) + 0.0  # turns -0.0 into 0.0
        head, left, right = degrees.tolist()
        return (
            f"=head#{head[0]},{head[1]},{head[2]},0.0,0.0,{_POSITIONS[self._frames]}|"
            f"rightEye#{right[0]},{right[1]},{right[2]}|leftEye#{left[0]},{left[1]},{left[2]}|"
        ).encode()


class IFacialMocapDecoder:
    """Reads both versions and Facemotion3d's spelling, with whole percents and fractions.

    Unknown tokens are skipped: the app appends tokens of its own and sometimes the rest of a longer
    frame.
    """

    def feed(self, datagram: bytes) -> list[Received]:
        if len(datagram) > _LARGEST_FRAME:
            raise DecodeError(f"expected at most {_LARGEST_FRAME} bytes of text")
        try:
            text = datagram.decode()
        except UnicodeDecodeError as problem:
            raise DecodeError("expected text in UTF-8") from problem
        frame = Received({})
        for token in text.split("|"):
            if len(token) > _LONGEST_TOKEN:
                continue
            if "#" in token:
                _take_numbers(token, frame)
            else:
                _take_value(token, frame)
        if not frame.weights and not frame.about:
            raise DecodeError("expected values like jawOpen-24| or jawOpen&24|")
        return [frame]


def _take_value(token: str, frame: Received) -> None:
    separator = "&" if "&" in token else "-"
    name, _, said = token.partition(separator)
    name, value = name.strip(), _number(said)
    # After the separator "-", a second "-" is not a sign: version 1 has no negative values.
    if not name or value is None or (separator == "-" and said.lstrip().startswith("-")):
        return
    if name == "trackingStatus":
        frame.about["tracking"] = int(value)
    else:
        frame.weights[name] = value / 100
        frame.about["separator"] = separator


def _take_numbers(token: str, frame: Received) -> None:
    name, _, said = token.partition("#")
    numbers = [number for part in said.split(",") if (number := _number(part)) is not None]
    if len(numbers) != said.count(",") + 1:
        return
    match name.strip().removeprefix("="), numbers:
        case "head", [_, _, _]:
            frame.about["head"] = _joined(numbers)
        case "head", [_, _, _, _, _, _]:
            frame.about["head"] = _joined(numbers[:3])
            frame.about["position"] = _joined(numbers[3:])
        case "leftEye" | "rightEye" as eye, [_, _, _]:
            frame.about[eye.removesuffix("Eye")] = _joined(numbers)


def _number(said: str) -> float | None:
    said = said.strip()
    number = float(said) if _NUMBER.fullmatch(said) else math.nan
    return number if math.isfinite(number) else None


def _joined(numbers: Sequence[float]) -> str:
    return ",".join(f"{number:g}" for number in numbers)


def request_words(datagram: bytes) -> list[str]:
    """A request and its options, which are separated by `|`.

    Raises:
        DecodeError: it is not a request of version 1 or 2.
    """
    if datagram.startswith(b"FMV3"):
        raise DecodeError("version 3 (FMV3) is not supported; expected version 1 or 2")
    if b"|=head#" in datagram:
        raise DecodeError("expected a request, got a face")
    if len(datagram) > _LARGEST_REQUEST or not datagram.isascii():
        raise DecodeError(f"expected a request of at most {_LARGEST_REQUEST} bytes of ASCII")
    return datagram.decode("ascii").strip("\0 \t\r\n").split("|")


def read_request(datagram: bytes) -> FaceRequest:
    """Decode a request to iFacialMocap.

    The app answers to port 49983 of the host that asked, but some receivers listen on the port that
    they asked from.

    Raises:
        DecodeError: it is not a request, or one that is not supported.
    """
    asked, *options = request_words(datagram)
    if asked.startswith("iFacialMocap_UDPTCP"):
        raise DecodeError("faces over TCP are not supported; expected a request for UDP")
    if "FACEMOTION3D" in asked:
        raise DecodeError("the request is for Facemotion3d; use facemotion3d-phone://")
    if asked != REQUEST:
        raise DecodeError(f"expected {REQUEST}, alone or with |sendDataVersion=v2")
    settings: dict[str, Any] = {}
    for option in options:
        name, _, version = option.partition("=")
        if name == "sendDataVersion":
            if version not in _SEPARATORS:
                raise DecodeError(f"expected a sendDataVersion of {' or '.join(_SEPARATORS)}")
            settings["version"] = version
    return FaceRequest((PORT, 0), math.inf, settings)


def write_request(_port: int) -> bytes:
    """The request for faces in the version that the output is set to. It contains no port."""
    return REQUEST.encode()


Rotations = Annotated[
    bool,
    "Send the angles of head and eyes. The signs of the eyes are known from samples; those of the "
    "head are assumed to be the same. false sends zeros.",
]


def encoder(
    shown: Shown,
    *,
    version: Annotated[
        Version, "v1 sends jawOpen-24, which most receivers read. v2 sends jawOpen&24."
    ] = "v1",
    rotations: Rotations = True,
    leave: Leave = (),
) -> IFacialMocapEncoder:
    """iFacialMocap without requests, for example `ifacialmocap://127.0.0.1:49983`: VMagicMirror,
    VRCFaceTracking and others that expect an iPhone with this app."""
    return IFacialMocapEncoder(
        separator=_SEPARATORS[version], rotations=rotations, left=left_out(leave)
    )


def phone_encoder(
    shown: Shown,
    *,
    version: Annotated[
        Version, "The version for requests that name none: v1 (jawOpen-24) or v2 (jawOpen&24)."
    ] = "v1",
    rotations: Rotations = True,
    leave: Leave = (),
) -> IFacialMocapEncoder:
    """iFacialMocap for programs that request faces from an iPhone, for example
    `ifacialmocap-phone://192.168.1.10:49983`. Listens for requests at this address. Sends to port
    49983 of the requesting host and to the port that the request came from, until nothing listens
    there. The sender of a UDP packet can be forged: use it only in networks that you trust."""
    return encoder(shown, version=version, rotations=rotations, leave=leave)


DIALECT = Dialect("ifacialmocap", encoder, IFacialMocapDecoder, port=PORT)

PHONE = Dialect(
    "ifacialmocap-phone",
    phone_encoder,
    IFacialMocapDecoder,
    port=PORT,
    asking=Asking(read_request, write_request),
)
