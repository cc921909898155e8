"""What an encoder takes, what a decoder returns, and the only error that a decoder raises."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import BLENDSHAPES

Datagram = bytes | bytearray | memoryview
Floats = NDArray[np.float32]


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


class Encoder(Protocol):
    """One dialect, for one stream. Called once a frame on the frame thread; must not block."""

    def encode(self, face: Face) -> Sequence[Datagram]:
        """The datagrams of this frame, in sending order. The next call overwrites them."""
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
