"""Whole faces as message payloads, for MQTT and NATS: JSON for people and browsers, 248 bytes of
binary, or the weights alone in 52 bytes or 52 half floats.

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

For machines that take thousands of faces there are the weights alone, in reference order and
without a header: 52 bytes, each round(255 · weight), or 52 little-endian half floats (float16) in
104 bytes. Their length says which it is. A byte is at most 1/510 from the weight, a half at most
1/4096.
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

BYTES_SIZE, HALF_SIZE = len(BLENDSHAPES), 2 * len(BLENDSHAPES)
"""Bytes of the payloads that have the weights alone."""

_HALF = np.dtype("<f2")
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


class ByteFaceEncoder:
    """Encodes the weights alone, each as a byte."""

    def __init__(self, *, left: LeftOut = NOTHING) -> None:
        """`left`: the weights to send as 0."""
        self._kept = np.full(len(BLENDSHAPES), 255.0)  # doubles: the very product is rounded
        self._kept[left.places(BLENDSHAPES)] = 0.0

    def encode(self, face: Face) -> Sequence[Datagram]:
        return (np.rint(face.weights * self._kept).astype(np.uint8).tobytes(),)


class HalfFaceEncoder:
    """Encodes the weights alone, each as a half float."""

    def __init__(self, *, left: LeftOut = NOTHING) -> None:
        """`left`: the weights to send as 0."""
        self._kept = np.ones(len(BLENDSHAPES), np.float32)
        self._kept[left.places(BLENDSHAPES)] = 0.0

    def encode(self, face: Face) -> Sequence[Datagram]:
        return ((face.weights * self._kept).astype(_HALF).tobytes(),)


def encoder(payload: str, stream: str, leave: Iterable[str] = ()) -> Encoder:
    """The encoder of one stream's faces as `json`, `binary`, `bytes` or `half`.

    Args:
        leave: the parts of the face that `json` leaves out and the others send as 0.
    """
    left = left_out(leave)
    match payload:
        case "json":
            return JsonFaceEncoder(stream, left=left)
        case "bytes":
            return ByteFaceEncoder(left=left)
        case "half":
            return HalfFaceEncoder(left=left)
        case _:
            return BinaryFaceEncoder(left=left)


class FacePayloadDecoder:
    """Reads every kind of payload. Each is a whole frame."""

    def feed(self, datagram: bytes) -> list[Received]:
        if datagram.startswith(MAGIC):
            return [_from_binary(datagram)]
        compact = len(datagram) in (BYTES_SIZE, HALF_SIZE)
        if datagram.startswith(b"{"):
            try:
                return [_from_json(datagram)]
            except DecodeError:  # the first weight may be the byte of a brace
                if not compact:
                    raise
        if compact:
            return [_from_weights(datagram)]
        raise DecodeError(
            f"expected a face as JSON, {SIZE} bytes that start with ABFP, or {BYTES_SIZE} or "
            f"{HALF_SIZE} bytes of weights"
        )


def _from_weights(payload: bytes) -> Received:
    if len(payload) == BYTES_SIZE:
        weights = np.frombuffer(payload, np.uint8) / 255.0
    else:
        weights = np.frombuffer(payload, _HALF).astype(np.float64)
        if not np.isfinite(weights).all():
            raise DecodeError("expected finite weights")
    return Received(dict(zip(BLENDSHAPES, weights.tolist(), strict=True)))


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
