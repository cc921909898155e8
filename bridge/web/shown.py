"""What the streams show, as the bridge sends it and as visitors get it."""

import math
import struct
import sys
from array import array
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bridge.link.packets import Packet
from bridge.web.refusal import spelt

_AXES = ("valence", "arousal", "dominance")
_ROTATED = ("head", "left_eye", "right_eye")
_TURNS = ("yaw", "pitch", "roll")
_SIZES = struct.Struct("<II")
_ROW = struct.Struct("<I")


class Shown:
    """One look at every stream."""

    def __init__(self, blendshapes: tuple[str, ...]) -> None:
        """Nothing is shown yet. `blendshapes`: their names in reference order."""
        self.number = 0
        """Counts the looks."""
        self.streams: tuple[str, ...] = ()
        self._blendshapes = blendshapes
        self._rows: dict[str, int] = {}
        self._states: dict[str, tuple[str, str, float | None, str]] = {}
        self._feelings = array("f")
        self._speaking = b""
        self._faces: dict[str, array[float]] = {}
        self._events: dict[tuple[str, bool], str] = {}
        self._frames: dict[tuple[str, ...], bytes] = {}
        self._names = ""

    def after(self, packet: Packet) -> "Shown":
        """The next look, from what the bridge sends: names and states only if they changed."""
        head, tail = packet
        shown = Shown(self._blendshapes)
        shown.number = self.number + 1
        shown.streams = self.streams if head["streams"] is None else tuple(head["streams"])
        shown._rows = {stream: row for row, stream in enumerate(shown.streams)}
        states = self._states | {name: tuple(state) for name, *state in head["states"]}
        shown._states = {stream: states[stream] for stream in shown.streams}
        rows = len(shown.streams)
        shown._feelings = _floats(tail[: rows * 12])
        shown._speaking = tail[rows * 12 : rows * 13]
        size = 4 * (len(self._blendshapes) + 9)
        for place, stream in enumerate(head["faces"]):
            at = rows * 13 + place * size
            shown._faces[stream] = _floats(tail[at : at + size])
        return shown

    def feeling(self, stream: str) -> dict[str, Any] | None:
        """What a stream shows; None if there is no such stream."""
        if (row := self._rows.get(stream)) is None:
            return None
        label, source, since, state = self._states[stream]
        point = (round(axis, 3) for axis in self._feelings[row * 3 : row * 3 + 3])
        return {
            "stream": stream,
            "label": label,
            **dict(zip(_AXES, point, strict=True)),
            "source": source or None,
            "since": None if since is None else _time(since),
            "state": state or None,
            "speaking": bool(self._speaking[row]),
        }

    def face(self, stream: str) -> dict[str, Any] | None:
        """The weights by their names and the rotations in degrees, if they were asked for."""
        if (found := self._faces.get(stream)) is None:
            return None
        count = len(self._blendshapes)
        weights = (round(weight, 4) for weight in found[:count])
        turns = [round(math.degrees(angle), 2) for angle in found[count:]]
        return {
            "weights": dict(zip(self._blendshapes, weights, strict=True)),
            "rotations": {
                part: dict(zip(_TURNS, turns[place * 3 : place * 3 + 3], strict=True))
                for place, part in enumerate(_ROTATED)
            },
        }

    def event(self, stream: str, *, face: bool) -> str:
        """What those who watch a stream are sent, with its face if `face`: the same text for all
        of them. Empty if there is no such stream."""
        known = self._events.get((stream, face))
        if known is None:
            feeling = self.feeling(stream)
            more = (self.face(stream) if face else None) or {}
            known = "" if feeling is None else spelt(feeling | more)
            self._events[stream, face] = known
        return known

    @property
    def names(self) -> str:
        """Every stream in row order with what there is to read about it, as text in JSON."""
        if not self._names:
            told = [
                {"stream": stream, "label": label, "source": source, "since": since, "state": state}
                for stream in self.streams
                for label, source, since, state in [self._states[stream]]
            ]
            self._names = spelt({"streams": told})
        return self._names

    def frame(self, faces: tuple[str, ...]) -> bytes:
        """One frame as bytes, little-endian: how many streams and how many faces (uint32 each);
        valence, arousal and dominance of each stream (float32); for each face the row of its
        stream (uint32), its weights and its rotations (float32), as `Look` has them; for each
        stream whether it speaks (one byte).

        Args:
            faces: the streams whose faces are wanted. Those that do not exist are left out.
        """
        known = self._frames.get(faces)
        if known is None:
            here = [face for face in faces if face in self._faces]
            parts = [_SIZES.pack(len(self.streams), len(here)), _bytes(self._feelings)]
            for face in here:
                parts += [_ROW.pack(self._rows[face]), _bytes(self._faces[face])]
            known = self._frames[faces] = b"".join((*parts, self._speaking))
        return known

    def seconds_ago(self, stream: str, now: float) -> Mapping[str, float | None]:
        """How long ago the stream's latest update came. `now`: seconds since 1970."""
        since = self._states[stream][2]
        return {"seconds_ago": None if since is None else max(0.0, round(now - since, 3))}


def _floats(data: bytes) -> "array[float]":
    floats = array("f")
    floats.frombytes(data)
    return floats


def _bytes(floats: "array[float]") -> bytes:
    if sys.byteorder == "big":
        floats = array("f", floats)
        floats.byteswap()
    return floats.tobytes()


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
