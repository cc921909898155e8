"""Whole faces as message payloads, for MQTT: JSON for people and browsers, or 248 bytes of binary.

JSON is one object: `stream`, `frame`, `seconds` and `timestamp` as `protocols.face.Face` has them,
`valence`, `arousal` and `dominance`, `weights` as a map from the 52 ARKit names, and `head` as a
list of yaw, pitch and roll in degrees. Times have three decimals, angles two, all other numbers
four. The eyes are in the weights.

The binary payload is little-endian, like nearly all machines that read it. Every number is aligned
to its own size:

| at  | bytes | what                                                            |
|-----|-------|-----------------------------------------------------------------|
| 0   | 4     | `ABFP` in ASCII                                                 |
| 4   | 1     | version, u8: 1                                                  |
| 5   | 1     | flags, u8: 0; bit 0 is reserved for big-endian                  |
| 6   | 2     | number of weights, u16: 52                                      |
| 8   | 8     | timestamp, f64: seconds since 1970 (UTC)                        |
| 16  | 8     | seconds, f64: since the daemon started                          |
| 24  | 4     | frame, u32: restarts at 0 after 4 294 967 295                   |
| 28  | 12    | valence, arousal, dominance, three f32                          |
| 40  | 208   | the weights in reference order (`protocols.arkit`), 52 f32      |

It does not contain the stream; the topic does. It does not contain the head.
"""

import json
import math
import struct
from collections.abc import Iterable, Sequence

import numpy as np

from protocols.arkit import BLENDSHAPES, order_from_reference
from protocols.face import Datagram, DecodeError, Encoder, Face, Received
from protocols.json_object import finite, read_object
from protocols.leave import NOTHING, LeftOut, left_out

MAGIC = b"ABFP"
VERSION = 1
SIZE = 248
"""Bytes of every binary payload."""

_HEADER = struct.Struct("<4sBBHddI")
_FLOATS = np.dtype("<f4")
_AXES = ("valence", "arousal", "dominance")
_HEAD = ("head_yaw", "head_pitch", "head_roll")
_LARGEST_FRAME = 0xFFFF_FFFF
_LARGEST_COUNT = 2**63 - 1  # of frames in JSON, where the count does not restart

_LARGEST_JSON = 16384  # bytes; ours have about 1500
_MOST_BRACKETS = 64  # there are 4 in ours
_MOST_WEIGHTS = 1024


class JsonFaceEncoder:
    """Encodes the faces of one stream as JSON, one payload for each face."""

    def __init__(self, stream: str = "main", *, left: LeftOut = NOTHING) -> None:
        """`left`: what not to send."""
        self._stream, self._head = stream, not left.head
        self._names = [name for name in BLENDSHAPES if name not in left.shapes]
        self._places = order_from_reference(self._names)

    def encode(self, face: Face) -> Sequence[Datagram]:
        # Doubles: a float32 of 0.1 would be written as 0.10000000149011612.
        numbers = np.concatenate((face.feeling, face.weights[self._places])).astype(np.float64)
        valence, arousal, dominance, *weights = (np.round(numbers, 4) + 0.0).tolist()
        said = {
            "stream": self._stream,
            "frame": face.frame,
            "seconds": round(face.seconds, 3),
            "timestamp": round(face.timestamp, 3),
            "valence": valence,
            "arousal": arousal,
            "dominance": dominance,
            "weights": dict(zip(self._names, weights, strict=True)),
        }
        if self._head:
            radians: list[float] = face.rotations[0].tolist()
            said["head"] = [round(math.degrees(angle), 2) + 0.0 for angle in radians]
        text = json.dumps(said, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return (text.encode(),)


class BinaryFaceEncoder:
    """Encodes faces as binary, one payload for each face, in one buffer that is reused."""

    def __init__(self, *, left: LeftOut = NOTHING) -> None:
        """`left`: the weights to send as 0, because each has a fixed place."""
        self._at_rest = left.places(BLENDSHAPES)
        self._payload = bytearray(SIZE)
        numbers = np.frombuffer(self._payload, dtype=_FLOATS, offset=_HEADER.size)
        self._feeling, self._weights = numbers[: len(_AXES)], numbers[len(_AXES) :]

    def encode(self, face: Face) -> Sequence[Datagram]:
        _HEADER.pack_into(
            self._payload,
            0,
            *(MAGIC, VERSION, 0, len(BLENDSHAPES)),
            *(face.timestamp, face.seconds, face.frame & _LARGEST_FRAME),
        )
        self._feeling[:] = face.feeling
        self._weights[:] = face.weights
        if self._at_rest.size:
            self._weights[self._at_rest] = 0.0
        return (self._payload,)


def encoder(payload: str, stream: str, leave: Iterable[str] = ()) -> Encoder:
    """The encoder of one stream's faces as `json` or `binary`.

    Args:
        leave: the parts of the face that `json` leaves out and `binary` sends as 0.
    """
    left = left_out(leave)
    return JsonFaceEncoder(stream, left=left) if payload == "json" else BinaryFaceEncoder(left=left)


class FacePayloadDecoder:
    """Reads both kinds of payload. Each is a whole frame."""

    def feed(self, datagram: bytes) -> list[Received]:
        if datagram.startswith(MAGIC):
            return [_from_binary(datagram)]
        if datagram.startswith(b"{"):
            return [_from_json(datagram)]
        raise DecodeError(f"expected a face as JSON, or {SIZE} bytes that start with ABFP")


def _from_binary(payload: bytes) -> Received:
    if len(payload) != SIZE:
        raise DecodeError(f"expected {SIZE} bytes, got {len(payload)}")
    _, version, flags, count, timestamp, seconds, frame = _HEADER.unpack_from(payload)
    if (version, flags, count) != (VERSION, 0, len(BLENDSHAPES)):
        raise DecodeError(
            f"expected version {VERSION} with flags 0 and {len(BLENDSHAPES)} weights, got version "
            f"{version} with flags {flags} and {count} weights"
        )
    floats = np.frombuffer(payload, dtype=_FLOATS, offset=_HEADER.size)
    if not (math.isfinite(timestamp) and math.isfinite(seconds) and np.isfinite(floats).all()):
        raise DecodeError("expected finite numbers")
    numbers: list[float] = floats.tolist()
    return Received(
        dict(zip(BLENDSHAPES, numbers[len(_AXES) :], strict=True)),
        {
            "frame": frame,
            "seconds": seconds,
            "timestamp": timestamp,
            **dict(zip(_AXES, numbers, strict=False)),
        },
    )


def _from_json(payload: bytes) -> Received:
    said = read_object(payload, largest=_LARGEST_JSON, most_brackets=_MOST_BRACKETS)
    stream, frame, weights = said.get("stream"), said.get("frame"), said.get("weights")
    if not isinstance(stream, str):
        raise DecodeError("expected the stream as text")
    if isinstance(frame, bool) or not isinstance(frame, int) or not 0 <= frame <= _LARGEST_COUNT:
        raise DecodeError("expected the frame as a whole number of at least 0")
    if not isinstance(weights, dict) or len(weights) > _MOST_WEIGHTS:
        raise DecodeError(f"expected weights as a map of at most {_MOST_WEIGHTS} names")
    head = said.get("head", [])
    if not isinstance(head, list) or len(head) not in (0, len(_HEAD)):
        raise DecodeError("expected the head as a list of yaw, pitch and roll")
    return Received(
        {name: finite(weights[name], name) for name in weights},
        {
            "subject": stream,
            "frame": frame,
            **{name: finite(said.get(name), name) for name in ("seconds", "timestamp", *_AXES)},
            **{name: finite(angle, name) for name, angle in zip(_HEAD, head, strict=False)},
        },
    )
