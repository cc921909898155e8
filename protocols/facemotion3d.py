"""Facemotion3d: iFacialMocap's text with ARKit's own names, `&` between name and percents.

The app has shapes of its own besides (FM_SAD, FM_ANGRY, FM_VF, FM_TH, FM_browUpRight,
FM_browUpLeft). They are not sent, because nobody says what they are worth beside the 52.
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

PHONE_PORT = 49993
"""Where the app is asked."""

REQUEST = "FACEMOTION3D_OtherStreaming"
STOP = "StopStreaming_FACEMOTION3D"

_ANSWERED_AT = (PORT, PHONE_PORT, 0)
"""Its makers write that the answer goes to port 49993 of who asks, and listen on 49983 in the
example below that sentence; some programs listen where they asked from."""


class Facemotion3dEncoder(IFacialMocapEncoder):
    """Encodes one face, one datagram a frame of at most 1100 bytes."""

    def __init__(self, *, rotations: bool = True) -> None:
        super().__init__(BLENDSHAPES, separator="&", rotations=rotations)


def read_request(datagram: bytes) -> FaceRequest:
    """What a receiver asks Facemotion3d for; a stop is a request for 0 seconds.

    Raises:
        DecodeError: it is no request, or one that is not answered here.
    """
    asked, *options = request_words(datagram)
    if asked.startswith("iFacialMocap_"):
        raise DecodeError("it asks for iFacialMocap, which is given at ifacialmocap-phone://")
    if asked == STOP:
        return FaceRequest(_ANSWERED_AT, 0.0)
    if asked != REQUEST:
        raise DecodeError(f"expected {REQUEST} or {STOP}")
    if "protocol=tcp" in options:
        raise DecodeError("it asks for faces by TCP; only UDP is spoken here")
    return FaceRequest(_ANSWERED_AT, math.inf)


def write_request(_port: int) -> bytes:
    """The request for faces; it says no port."""
    return REQUEST.encode()


def encoder(shown: Shown, *, rotations: Rotations = True) -> Facemotion3dEncoder:
    """Facemotion3d, sent unasked, for example `facemotion3d://127.0.0.1:49983`: programs that
    expect an iPhone with this app."""
    return Facemotion3dEncoder(rotations=rotations)


def phone_encoder(shown: Shown, *, rotations: Rotations = True) -> Facemotion3dEncoder:
    """Facemotion3d, for programs that ask an iPhone, for example
    `facemotion3d-phone://192.168.1.10:49993`. Waits at this address to be asked, and sends to ports
    49983 and 49993 of who asked and to the port that asked, until it is told to stop or nobody
    listens there. The sender of a UDP packet can be forged: open it in networks you trust."""
    return encoder(shown, rotations=rotations)


DIALECT = Dialect("facemotion3d", encoder, IFacialMocapDecoder, port=PORT)

PHONE = Dialect(
    "facemotion3d-phone",
    phone_encoder,
    IFacialMocapDecoder,
    port=PHONE_PORT,
    asking=Asking(read_request, write_request),
)
