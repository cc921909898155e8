"""Faces that were made before and are shown again as they are, in place of ours.

The last layer puts them on, so that no other layer changes them. A stream whose faces stop eases
back to the face that the model makes.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.face.layer import Frame, without

FRESH = 0.5
"""Seconds without another face after which a stream eases back."""
EASE = 0.12
"""Seconds after which 63 % of the way back is gone."""
_GONE = 1e-3
_MOST_STREAMS = 1024


@dataclass(frozen=True, slots=True)
class PlayedFace:
    """One face."""

    weights: NDArray[np.float32]
    """(52,), each within [0, 1]."""
    rotations: NDArray[np.float32]
    """(3, 3) in radians."""
    posted: float
    """Seconds of `time.perf_counter`."""


class PlayedFaces:
    """The latest such face of each stream. Written by inputs, read by the frame thread; neither
    waits for the other."""

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._faces: dict[str, PlayedFace] = {}

    def post(
        self, stream: str, weights: NDArray[np.float32], rotations: NDArray[np.float32]
    ) -> None:
        """Show this face from the next frame on. The arrays must not change afterwards."""
        if stream not in self._faces and len(self._faces) >= _MOST_STREAMS:
            del self._faces[min(self._faces, key=lambda other: self._faces[other].posted)]
        self._faces[stream] = PlayedFace(weights, rotations, self._now())

    def release(self, stream: str) -> None:
        """Let the stream ease back now."""
        if (face := self._faces.get(stream)) is not None:
            self._faces[stream] = PlayedFace(face.weights, face.rotations, -math.inf)

    def get(self, stream: str) -> PlayedFace | None:
        """The latest face for a stream, however old."""
        return self._faces.get(stream)

    def __bool__(self) -> bool:
        return bool(self._faces)


class Played:
    """Puts them on: at once when they come, with an ease when they stop."""

    def __init__(self, faces: PlayedFaces) -> None:
        self._faces = faces
        self._streams: list[str] = []
        self._levels: list[float] = []

    def add_rows(self, streams: Sequence[str]) -> None:
        self._streams += streams
        self._levels += [0.0] * len(streams)

    def remove_rows(self, rows: Sequence[int]) -> None:
        self._streams, self._levels = without(self._streams, rows), without(self._levels, rows)

    def configure(self, settings: None) -> None:
        """There is nothing to set."""

    def apply(self, frame: Frame) -> None:
        if not self._faces:
            return
        for row, stream in enumerate(self._streams):
            face = self._faces.get(stream)
            if face is None:
                continue
            level = self._levels[row] * math.exp(-frame.dt / EASE)
            if frame.now - face.posted < FRESH:
                level = 1.0
            self._levels[row] = level if level > _GONE else 0.0
            if level == 1.0:  # the very numbers
                frame.weights[row], frame.rotations[row] = face.weights, face.rotations
            elif self._levels[row]:
                frame.weights[row] += (face.weights - frame.weights[row]) * level
                frame.rotations[row] += (face.rotations - frame.rotations[row]) * level
