"""Facemotion3d: the text of iFacialMocap with ARKit's names, and `&` between name and percents.

The app also has shapes of its own (FM_SAD, FM_ANGRY, FM_VF, FM_TH, FM_browUpRight, FM_browUpLeft).
They are not sent, because their values are not documented.
"""

import math

from protocols.arkit import BLENDSHAPES
from protocols.dialect import Asking, Dialect, FaceRequest, Shown
from protocols.face import DecodeError
from protocols.ifacialmocap import (
    PORT,
    IFacialMocapDecoder,
    IFacialMocapEncoder,
    Rotations,
    request_words,
)
from protocols.leave import NOTHING, Leave, LeftOut, left_out

PHONE_PORT = 49993
"""The port on which the app gets requests."""

REQUEST = "FACEMOTION3D_OtherStreaming"
STOP = "StopStreaming_FACEMOTION3D"

_ANSWER_PORTS = (PORT, PHONE_PORT, 0)
"""The makers write that the app answers to port 49993, but their example listens on 49983. Some
programs listen on the port that they asked from."""


class Facemotion3dEncoder(IFacialMocapEncoder):
    """Encodes one face as one datagram a frame of at most 1100 bytes."""

    def __init__(self, *, rotations: bool = True, left: LeftOut = NOTHING) -> None:
        super().__init__(BLENDSHAPES, separator="&", rotations=rotations, left=left)


def read_request(datagram: bytes) -> FaceRequest:
    """Decode a request to Facemotion3d. A stop is a request for 0 seconds.

    Raises:
        DecodeError: it is not a request, or one that is not supported.
    """
    asked, *options = request_words(datagram)
    if asked.startswith("iFacialMocap_"):
        raise DecodeError("the request is for iFacialMocap; use ifacialmocap-phone://")
    if asked == STOP:
        return FaceRequest(_ANSWER_PORTS, 0.0)
    if asked != REQUEST:
        raise DecodeError(f"expected {REQUEST} or {STOP}")
    if "protocol=tcp" in options:
        raise DecodeError("faces over TCP are not supported; expected a request for UDP")
    return FaceRequest(_ANSWER_PORTS, math.inf)


def write_request(_port: int) -> bytes:
    """The request for faces. It contains no port."""
    return REQUEST.encode()


def encoder(shown: Shown, *, rotations: Rotations = True, leave: Leave = ()) -> Facemotion3dEncoder:
    """Facemotion3d without requests, for example `facemotion3d://127.0.0.1:49983`: programs that
    expect an iPhone with this app."""
    return Facemotion3dEncoder(rotations=rotations, left=left_out(leave))


def phone_encoder(
    shown: Shown, *, rotations: Rotations = True, leave: Leave = ()
) -> Facemotion3dEncoder:
    """Facemotion3d for programs that request faces from an iPhone, for example
    `facemotion3d-phone://192.168.1.10:49993`. Listens for requests at this address. Sends to ports
    49983 and 49993 of the requesting host and to the port that the request came from, until a
    request to stop arrives or nothing listens there. The sender of a UDP packet can be forged: use
    it only in networks that you trust."""
    return encoder(shown, rotations=rotations, leave=leave)


DIALECT = Dialect("facemotion3d", encoder, IFacialMocapDecoder, port=PORT)

PHONE = Dialect(
    "facemotion3d-phone",
    phone_encoder,
    IFacialMocapDecoder,
    port=PHONE_PORT,
    asking=Asking(read_request, write_request),
)
