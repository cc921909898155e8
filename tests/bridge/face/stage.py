"""Plays layers for some time, as the pipeline does, and keeps what they show."""

from collections.abc import Callable, Sequence

import numpy as np

from bridge.face.layer import Frame, Layer
from protocols.arkit import INDEX, PAIRS

LEFT = [left for left, _ in PAIRS]
RIGHT = [right for _, right in PAIRS]


class Stage:
    """Streams whose model shows the same face all the time, `face` by the names of shapes."""

    def __init__(
        self, *layers: Layer, streams: Sequence[str] = ("main",), fps: int = 60, **face: float
    ) -> None:
        self.layers = layers
        self.fps = fps
        self.face = np.zeros((len(streams), 52), np.float32)
        self.set_face(**face)
        self.frame = Frame.of(len(streams))
        self.time = 5000.0
        self.frames = 0
        for stream in streams:
            for layer in layers:
                layer.add_rows([stream])

    def set_face(self, **face: float) -> None:
        for name, weight in face.items():
            self.face[:, INDEX[name]] = weight

    def add(self, stream: str) -> None:
        self._make_room(np.concatenate([self.face, self.face[:1] * 0]))
        for layer in self.layers:
            layer.add_rows([stream])

    def remove(self, row: int) -> None:
        self._make_room(np.delete(self.face, row, axis=0))
        for layer in self.layers:
            layer.remove_rows([row])

    def _make_room(self, face: np.ndarray) -> None:
        self.face, self.frame = face, Frame.of(len(face))

    def step(self) -> Frame:
        frame = self.frame
        frame.now = self.time + self.frames / self.fps
        frame.dt = 1 / self.fps if self.frames else 0.0
        self.frames += 1
        np.copyto(frame.weights, self.face)
        frame.rotations.fill(0.0)
        for layer in self.layers:
            layer.apply(frame)
        return frame

    def play(self, seconds: float, each: Callable[[Frame], None] | None = None) -> np.ndarray:
        """[frames, streams, 52]: what is shown in so many seconds. `each` sees every frame."""
        shown = []
        for _ in range(round(seconds * self.fps)):
            frame = self.step()
            assert np.isfinite(frame.weights).all()
            assert frame.weights.min() >= 0.0
            assert frame.weights.max() <= 1.0
            if each is not None:
                each(frame)
            shown.append(frame.weights.copy())
        return np.array(shown)

    def shape(self, name: str, seconds: float) -> np.ndarray:
        """[frames]: one shape of the first stream."""
        return self.play(seconds)[:, 0, INDEX[name]]


def bits(weights: np.ndarray) -> bytes:
    return np.ascontiguousarray(weights, np.float32).tobytes()
