"""The frames of a rendering as arrays."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.frames.clock import Tick
from protocols.arkit import BLENDSHAPES
from protocols.face import Face


@dataclass(frozen=True, eq=False)
class Rendered:
    """The faces of one stream, frame by frame."""

    times: NDArray[np.float64]
    """(frames,): seconds, on the clock of the times that came in."""
    feelings: NDArray[np.float32]
    """(frames, 3): valence, arousal and dominance, -1 to 1."""
    weights: NDArray[np.float32]
    """(frames, 52): in the order of `blendshapes`, 0 to 1."""
    rotations: NDArray[np.float32]
    """(frames, 3, 3): head, left eye and right eye; yaw, pitch and roll in radians."""
    blendshapes: tuple[str, ...] = BLENDSHAPES

    def __len__(self) -> int:
        return len(self.times)


def collected(frames: Iterable[tuple[Tick, Mapping[str, Face]]]) -> dict[str, Rendered]:
    """The frames of each stream, in the order in which the streams came."""
    kept: dict[str, list[tuple[float, Face]]] = {}
    for tick, faces in frames:
        for stream, face in faces.items():
            copy = Face()
            copy.copy_from(face)
            kept.setdefault(stream, []).append((tick.now, copy))
    return {
        stream: Rendered(
            np.array([now for now, _ in of_stream]),
            np.stack([face.feeling for _, face in of_stream]),
            np.stack([face.weights for _, face in of_stream]),
            np.stack([face.rotations for _, face in of_stream]),
        )
        for stream, of_stream in kept.items()
    }
