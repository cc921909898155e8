"""Live Link Face, version 6: the packet that an iPhone sends to Unreal's ARKit source.

Big-endian, no padding: version u8 · device id (i32 length, bytes) · subject (i32 length, bytes) ·
frame number i32 · subframe f32 · rate numerator i32 · rate denominator i32 · count u8 = 61 · 52
blendshapes and 9 rotations as f32.

Rotations are in radians, as in recordings of the app; Unreal's own publisher of this packet sends
degrees / 180. For the eyes, a positive yaw is towards the subject's right and a positive pitch is
downwards, as in those recordings. The signs of the head are not known; those of the eyes are used.
"""

import math
import struct
import sys
import uuid
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import order_from_reference, pascal
from protocols.dialect import Dialect, Shown
from protocols.face import Bytes, Datagram, DecodeError, Face, Faces, Floats, Received
from protocols.leave import NOTHING, LeaveAtRest, LeftOut, left_out

PORT = 11111
VERSION = 6

ORDER: tuple[str, ...] = (
    "eyeBlinkLeft",
    "eyeLookDownLeft",
    "eyeLookInLeft",
    "eyeLookOutLeft",
    "eyeLookUpLeft",
    "eyeSquintLeft",
    "eyeWideLeft",
    "eyeBlinkRight",
    "eyeLookDownRight",
    "eyeLookInRight",
    "eyeLookOutRight",
    "eyeLookUpRight",
    "eyeSquintRight",
    "eyeWideRight",
    "jawForward",
    # Left before Right; in the app's CSV recordings Right comes first in these two pairs.
    "jawLeft",
    "jawRight",
    "jawOpen",
    "mouthClose",
    "mouthFunnel",
    "mouthPucker",
    "mouthLeft",
    "mouthRight",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
    "browDownLeft",
    "browDownRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "noseSneerLeft",
    "noseSneerRight",
    "tongueOut",
)
ROTATIONS: tuple[str, ...] = tuple(
    f"{part}{angle}"
    for part in ("Head", "LeftEye", "RightEye")
    for angle in ("Yaw", "Pitch", "Roll")
)
FIELDS: tuple[str, ...] = (*map(pascal, ORDER), *ROTATIONS)

_FRAME_TIME = struct.Struct(">ifii")
_MOMENT = struct.Struct(">if")
_NUMBERS = struct.Struct(">61f")
_LITTLE_ENDIAN = sys.byteorder == "little"
_LARGEST_INT = 0x7FFF_FFFF  # reached after 414 days at 60 fps; then the count restarts at 0
_LARGEST_SUBFRAME = 1.0 - 2.0**-24  # the largest float32 below 1; 1 would be the next frame

Time = Literal["frames", "clock"]


class LiveLinkEncoder:
    """Encodes one subject, one datagram a frame."""

    def __init__(
        self,
        subject: str,
        device_id: str,
        rate: Fraction,
        *,
        frame_divisor: int = 1,
        time: Time = "frames",
        left: LeftOut = NOTHING,
    ) -> None:
        """Compile the packet for one subject.

        Args:
            subject: the name shown in Unreal, 1–255 bytes of UTF-8.
            device_id: 36 ASCII characters, such as a UUID: several receivers rely on that length.
            rate: frames a second that this output sends.
            frame_divisor: the daemon's frames for each frame sent; only sent frames are counted.
            time: `frames` counts frames from the daemon's start; `clock` counts frames and
                fractions of a frame from midnight in local time, and may jump with the clock.
            left: what to send as 0; the packet has a fixed place for each shape.

        Raises:
            ValueError: a subject, device id or rate outside these bounds.
        """
        encoded_subject = _encoded(subject)
        if len(device_id) != 36 or not device_id.isascii():
            raise ValueError(
                "expected a Live Link device id of 36 ASCII characters, such as a UUID"
            )
        if rate <= 0 or max(rate.numerator, rate.denominator) > _LARGEST_INT:
            raise ValueError(f"the rate {rate} does not fit a Live Link packet")
        header = struct.pack(
            f">Bi36si{len(encoded_subject)}s",
            VERSION,
            36,
            device_id.encode(),
            len(encoded_subject),
            encoded_subject,
        )
        self._frame_number_at = len(header)
        self._frame_divisor = frame_divisor
        self._clock_rate = float(rate) if time == "clock" else None
        frame_time = _FRAME_TIME.pack(0, 0.0, rate.numerator, rate.denominator)
        self._datagram = bytearray(
            header + frame_time + bytes([len(FIELDS)]) + bytes(_NUMBERS.size)
        )
        numbers = np.frombuffer(
            self._datagram, dtype=">f4", count=len(FIELDS), offset=len(header + frame_time) + 1
        )
        self._weights, self._rotations = numbers[: len(ORDER)], numbers[len(ORDER) :]
        self._order = order_from_reference(ORDER)
        turns = len(ORDER) + np.flatnonzero(np.repeat(left.rotations == 0.0, 3))
        self._numbers, self._zeros = numbers, np.concatenate((left.places(ORDER), turns))

    def encode(self, face: Face) -> Sequence[Datagram]:
        at = self._frame_number_at
        _MOMENT.pack_into(self._datagram, at, *self._moment(face))
        self._weights[:] = face.weights[self._order]
        self._rotations[:] = face.rotations.ravel()
        if self._zeros.size:
            self._numbers[self._zeros] = 0.0
        return (self._datagram,)

    def _moment(self, face: Face | Faces) -> tuple[int, float]:
        """The number of the frame, and the fraction of one that has passed since."""
        if self._clock_rate is None:
            return (face.frame // self._frame_divisor) & _LARGEST_INT, 0.0
        subframe, whole = math.modf(face.time_of_day * self._clock_rate)
        return int(whole) & _LARGEST_INT, min(subframe, _LARGEST_SUBFRAME)


class LiveLinkCrowd:
    """Encodes many subjects at once. Subjects of the same length have packets of the same size."""

    def __init__(self, make: Callable[[str], LiveLinkEncoder]) -> None:
        """`make`: makes the encoder of one stream. All have the same settings."""
        self._make = make
        self._one: LiveLinkEncoder | None = None
        self._names: tuple[str, ...] = ()
        self._blank: dict[str, bytes] = {}
        """The packet of each stream, without a face."""
        self._groups: list[tuple[NDArray[np.intp], Bytes]] = []
        """For each size the rows of the streams, and their packets."""
        self._numbers: Floats = np.zeros((0, len(FIELDS)), np.float32)
        """[streams, 61]"""

    def encode(self, faces: Faces) -> Sequence[Bytes]:
        if faces.names is not self._names:
            self._lay_out(faces.names)
        if self._one is None:
            return ()
        numbers = self._numbers
        numbers[:, : len(ORDER)] = faces.weights[:, self._one._order]
        numbers[:, len(ORDER) :] = faces.rotations.reshape(-1, len(ROTATIONS))
        if self._one._zeros.size:
            numbers[:, self._one._zeros] = 0.0
        if _LITTLE_ENDIAN:
            numbers.byteswap(inplace=True)
        data = numbers.view(np.uint8)
        moment = np.frombuffer(_MOMENT.pack(*self._one._moment(faces)), np.uint8)
        for rows, packets in self._groups:
            packets[:, -_NUMBERS.size :] = data if len(rows) == len(data) else data[rows]
            at = packets.shape[1] - _NUMBERS.size - 1 - _FRAME_TIME.size
            packets[:, at : at + _MOMENT.size] = moment
        return [packets for _, packets in self._groups]

    def _lay_out(self, names: tuple[str, ...]) -> None:
        """Streams have come or ended."""
        blank = self._blank
        for name in names:
            if name not in blank:
                self._one = self._make(name)
                blank[name] = bytes(self._one._datagram)
        self._blank = blank = {name: blank[name] for name in names}
        sizes = np.array([len(blank[name]) for name in names], np.intp)
        self._groups = []
        for size in np.unique(sizes).tolist():
            rows = np.flatnonzero(sizes == size)
            packets = bytearray().join([blank[names[row]] for row in rows.tolist()])
            self._groups.append((rows, np.frombuffer(packets, np.uint8).reshape(-1, size)))
        self._numbers = np.zeros((len(names), len(FIELDS)), np.float32)
        self._names = names


def _encoded(subject: str) -> bytes:
    try:
        encoded = subject.encode()
    except UnicodeEncodeError:
        raise ValueError(f"the Live Link subject {subject!r} cannot be encoded in UTF-8") from None
    if not 1 <= len(encoded) <= 255:
        raise ValueError(
            f"expected a Live Link subject of 1–255 bytes in UTF-8, got {len(encoded)} bytes"
        )
    return encoded


class LiveLinkDecoder:
    """Reads a packet of version 6 by its length fields, as Unreal does."""

    def feed(self, datagram: bytes) -> list[Received]:
        if datagram[:1] != bytes([VERSION]):
            raise DecodeError(f"expected a Live Link packet of version {VERSION}")
        try:
            device_id, position = _string(datagram, 1)
            subject, position = _string(datagram, position)
            frame, subframe, numerator, denominator = _FRAME_TIME.unpack_from(datagram, position)
        except (struct.error, UnicodeDecodeError) as problem:
            raise DecodeError(
                "a Live Link packet that is cut short or has invalid names"
            ) from problem
        about: dict[str, str | int | float] = {
            "subject": subject,
            "device": device_id,
            "frame": frame,
            "subframe": subframe,
            "rate": f"{numerator}/{denominator}",
        }
        rest = datagram[position + _FRAME_TIME.size :]
        if not rest:  # a phone that sees no face sends only the header
            return [Received({}, about)]
        if rest[0] != len(FIELDS) or len(rest) != 1 + _NUMBERS.size:
            raise DecodeError(f"expected {len(FIELDS)} numbers after the Live Link header")
        return [Received(dict(zip(FIELDS, _NUMBERS.unpack_from(rest, 1), strict=True)), about)]


def _string(data: bytes, position: int) -> tuple[str, int]:
    (length,) = struct.unpack_from(">i", data, position)
    start = position + 4
    if not 0 <= length <= len(data) - start:
        raise DecodeError(f"a Live Link name with the impossible length {length}")
    return data[start : start + length].decode(), start + length


def encoder(
    shown: Shown,
    *,
    time: Annotated[
        Time,
        "The time code of a frame. frames: the number of frames since the start. clock: the local "
        "time of day, as frames and a fraction of a frame since midnight.",
    ] = "frames",
    leave: LeaveAtRest = (),
) -> LiveLinkEncoder:
    """Live Link Face, for example `livelink://127.0.0.1:11111/Subject`: Unreal. The subject may
    contain {stream}."""
    if set(shown.path.replace("{stream}", "")) & set("{}"):
        raise ValueError(f"subject {shown.path!r}: {{stream}} is the only placeholder")
    subject = (shown.path or "AffectBridge").replace("{stream}", shown.stream)
    _encoded(subject)  # before an id is made from it
    # The same for this machine, stream and subject after each restart, and unique.
    name = f"{shown.machine}/{shown.stream}/{subject}"
    device_id = str(uuid.uuid5(uuid.NAMESPACE_DNS, name))
    return LiveLinkEncoder(
        subject,
        device_id,
        shown.rate,
        frame_divisor=shown.divisor,
        time=time,
        left=left_out(leave),
    )


DIALECT = Dialect(
    "livelink", encoder, LiveLinkDecoder, port=PORT, path="subject", crowd=LiveLinkCrowd
)
