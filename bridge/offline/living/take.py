"""A take of a face that nobody films: layers played for some minutes, frame by frame."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.face.eye_rotations import EyeRotations
from bridge.face.layer import Frame, Layer, Layers
from protocols.arkit import BLENDSHAPES, INDEX

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Take:
    """Every frame of some streams."""

    fps: int
    names: tuple[str, ...]
    """The shapes that were kept."""
    weights: Floats
    """[frames, streams, names]"""
    eyes: Floats
    """[frames, streams, 2]: yaw and pitch of the left eye in degrees."""

    def shape(self, name: str) -> Floats:
        """[frames, streams]: one shape. Those with sides are given by their left."""
        known = name if name in INDEX else f"{name}Left"
        return self.weights[:, :, self.names.index(known)]


def play(
    layers: Sequence[Layer],
    minutes: float,
    *,
    fps: int = 60,
    streams: int = 1,
    names: Sequence[str] = BLENDSHAPES,
    each: Callable[[int, Frame], None] = lambda number, frame: None,
) -> Take:
    """Play the layers over a face that the model leaves neutral.

    Args:
        minutes: of all streams together.
        names: the shapes to keep.
        each: called before every frame with its number; may say what a source says.
    """
    frames = round(minutes * 60 * fps / streams)
    whole = Layers(**{str(place): layer for place, layer in enumerate([*layers, EyeRotations()])})
    whole.add_rows([str(number) for number in range(streams)])
    frame = Frame.of(streams)
    take = Take(
        fps,
        tuple(names),
        np.empty((frames, streams, len(names)), np.float32),
        np.empty((frames, streams, 2), np.float32),
    )
    kept = [INDEX[name] for name in names]
    for number in range(frames):
        frame.now, frame.dt = number / fps, 1 / fps if number else 0.0
        frame.weights.fill(0.0)
        frame.rotations.fill(0.0)
        each(number, frame)
        whole.apply(frame)
        take.weights[number] = frame.weights[:, kept]
        take.eyes[number] = np.degrees(frame.rotations[:, 1, :2])
    return take
