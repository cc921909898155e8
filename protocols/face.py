"""What an encoder takes, what a decoder returns, and the only error that a decoder raises."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import BLENDSHAPES

Datagram = bytes | bytearray | memoryview
Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


class DecodeError(ValueError):
    """The datagram is not valid in its dialect. The only error that a decoder raises."""


def _no_weights() -> Floats:
    return np.zeros(len(BLENDSHAPES), dtype=np.float32)


def _no_rotations() -> Floats:
    return np.zeros((3, 3), dtype=np.float32)


def _no_feeling() -> Floats:
    return np.zeros(3, dtype=np.float32)


@dataclass(slots=True)
class Face:
    """The face of one stream at one frame. The pipeline owns it and overwrites it every frame."""

    weights: Floats = field(default_factory=_no_weights)
    """(52,) in reference order, each finite and within [0, 1]."""
    rotations: Floats = field(default_factory=_no_rotations)
    """(3, 3): head, left eye and right eye; for each yaw, pitch and roll in radians. Yaw is
    positive towards the face's own right, pitch downwards, roll towards its own right shoulder."""
    feeling: Floats = field(default_factory=_no_feeling)
    """(3,): the valence, arousal and dominance that this face shows, each within [-1, 1]."""
    frame: int = 0
    """Frames since the daemon started, at the full frame rate; a dropped frame leaves a gap."""
    seconds: float = 0.0
    """Seconds since the daemon started, on the monotonic clock."""
    timestamp: float = 0.0
    """Seconds since 1970 (UTC), on the wall clock."""
    time_of_day: float = 0.0
    """Seconds since midnight in local time, on the wall clock."""

    def copy_from(self, other: "Face") -> None:
        """Copy `other` into the arrays of this face."""
        np.copyto(self.weights, other.weights)
        np.copyto(self.rotations, other.rotations)
        np.copyto(self.feeling, other.feeling)
        self.frame, self.seconds = other.frame, other.seconds
        self.timestamp, self.time_of_day = other.timestamp, other.time_of_day


class Faces(Mapping[str, Face]):
    """The faces of all streams at one frame, as arrays and by name. The pipeline owns them and
    overwrites them every frame."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        """Neutral faces of streams with these names."""
        self.names: tuple[str, ...] = ()
        """Of the streams, in row order. Another tuple when a stream has come or ended."""
        self.weights: Floats
        """[streams, 52]; like the next two as a `Face` has them."""
        self.rotations: Floats
        """[streams, 3, 3]"""
        self.feelings: Floats
        """[streams, 3]"""
        self.frame, self.seconds, self.timestamp, self.time_of_day = 0, 0.0, 0.0, 0.0
        self._rows: dict[str, int] = {}
        self._made: dict[str, Face] = {}
        count = len(names)
        self.show(
            names,
            np.zeros((count, len(BLENDSHAPES)), np.float32),
            np.zeros((count, 3, 3), np.float32),
            np.zeros((count, 3), np.float32),
        )

    def show(
        self, names: Sequence[str], weights: Floats, rotations: Floats, feelings: Floats
    ) -> None:
        """Have these streams and arrays from now on. A face that somebody holds stays that of its
        stream while the stream exists."""
        self.weights, self.rotations, self.feelings = weights, rotations, feelings
        self._rows = {name: row for row, name in enumerate(names)}
        self.names = tuple(names)
        self._made = {name: face for name, face in self._made.items() if name in self._rows}
        for name, face in self._made.items():
            self._point(face, self._rows[name])

    def date(self, frame: int, seconds: float, timestamp: float, time_of_day: float) -> None:
        """Say which frame they are of. A `Face` has this of when it was last looked up."""
        self.frame, self.seconds = frame, seconds
        self.timestamp, self.time_of_day = timestamp, time_of_day

    def __getitem__(self, name: str) -> Face:
        face = self._made.get(name)
        if face is None:
            face = Face.__new__(Face)
            self._point(face, self._rows[name])
            self._made[name] = face
        face.frame, face.seconds = self.frame, self.seconds
        face.timestamp, face.time_of_day = self.timestamp, self.time_of_day
        return face

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def _point(self, face: Face, row: int) -> None:
        face.weights, face.rotations = self.weights[row], self.rotations[row]
        face.feeling = self.feelings[row]


class Encoder(Protocol):
    """One dialect, for one stream. Called once a frame on the frame thread; must not block."""

    def encode(self, face: Face) -> Sequence[Datagram]:
        """The datagrams of this frame, in sending order. The next call overwrites them."""
        ...


class CrowdEncoder(Protocol):
    """One dialect, for many streams at once. Called once a frame on the frame thread; must not
    block."""

    def encode(self, faces: Faces) -> Sequence[Bytes]:
        """The datagrams of this frame, the same as those of each stream's `Encoder`: for each size
        [datagrams, bytes]. The next call overwrites them."""
        ...


@dataclass(frozen=True, slots=True)
class Received:
    """One frame as a receiver decodes it."""

    weights: dict[str, float]
    """Weights by the names in the datagram, in order of arrival."""
    about: dict[str, str | int | float] = field(default_factory=dict)
    """What else the frame contains: subject, frame number, rate, time."""


class Decoder(Protocol):
    """The receiving end of one dialect. Keeps incomplete frames between datagrams, within
    bounds."""

    def feed(self, datagram: bytes) -> list[Received]:
        """The frames that this datagram completes, often none or one.

        Raises:
            DecodeError: the datagram is not of this dialect. Earlier datagrams are kept.
        """
        ...
