"""The straight line for one frame: mixer → interpolation → model → symmetry → limits → gaze.

Runs on the frame thread. Nothing in it waits, logs or grows; a new stream is the one thing that
makes it allocate.
"""

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.mixer import Mixer
from bridge.emotion.names import NEUTRAL, Vad
from bridge.face.gaze import turn_eyes
from bridge.face.symmetry import enforce_symmetry
from bridge.frames.interpolation import Interpolation, Spring
from bridge.model.engine import Engine
from protocols.arkit import BLENDSHAPES
from protocols.face import Face

_DAY = 86400.0  # seconds


class Pipeline:
    """Every stream's face, brought up to date once a frame."""

    def __init__(
        self, mixer: Mixer, interpolation: Interpolation, engine: Engine, symmetry: float = 1.0
    ) -> None:
        self.faces: dict[str, Face] = {}
        """The face of each stream; overwritten in place every frame."""
        self._mixer: Mixer | None = mixer
        self._interpolation = interpolation
        self._engine = engine
        self._symmetry = symmetry
        self._weights: NDArray[np.float32] = np.zeros((0, len(BLENDSHAPES)), np.float32)
        self._rotations: NDArray[np.float32] = np.zeros((0, 3, 3), np.float32)
        self._felt: NDArray[np.float32] = np.zeros((0, 3), np.float32)
        self._feelings = np.zeros((0, 3))
        self._then: float | None = None
        self.stage_seconds = {"movement": 0.0, "model": 0.0, "layers": 0.0}
        """Seconds spent in each stage so far."""

    @property
    def feelings(self) -> dict[str, tuple[float, ...]]:
        """Where each stream is now: valence, arousal, dominance."""
        rows = self._feelings.tolist()
        return {stream: tuple(row) for stream, row in zip(list(self.faces), rows, strict=False)}

    def advance(self, now: float, frame: int, seconds: float) -> None:
        """Bring every face to the moment `now` (monotonic)."""
        began = time.perf_counter()
        if self._mixer is not None:
            for row, stream, target, fade in self._mixer.settle(now):
                if row == len(self.faces):
                    self._add_stream(stream)
                self._interpolation.retarget(row, target, fade)
        dt = 0.0 if self._then is None else max(0.0, now - self._then)
        self._then = now
        feelings = self._interpolation.advance(dt)
        np.copyto(self._feelings, feelings)
        moved = time.perf_counter()
        np.copyto(self._weights, self._engine.run(feelings))
        thought = time.perf_counter()
        enforce_symmetry(self._weights, self._symmetry)
        # fmax and fmin, because unlike clip they also turn a NaN into a number
        np.fmax(self._weights, 0.0, out=self._weights)
        np.fmin(self._weights, 1.0, out=self._weights)
        np.copyto(self._felt, feelings, casting="same_kind")
        turn_eyes(self._rotations, self._weights)
        self._date(frame, seconds)
        stages = self.stage_seconds
        stages["movement"] += moved - began
        stages["model"] += thought - moved
        stages["layers"] += time.perf_counter() - thought

    def change(
        self,
        *,
        interpolation: Interpolation | None = None,
        engine: Engine | None = None,
        symmetry: float | None = None,
    ) -> None:
        """Go on with other parts, from the feelings shown now. Called between two frames."""
        if interpolation is not None and self._mixer is not None:
            self._move_by(interpolation, [goal.target for goal in self._mixer.goals])
        self._engine = self._engine if engine is None else engine
        self._symmetry = self._symmetry if symmetry is None else symmetry

    def come_to_rest(self, half_life: float) -> None:
        """From here on listen to nobody and ease every stream to neutral."""
        self._mixer = None
        self._move_by(Spring(half_life, half_life), [NEUTRAL] * len(self.faces))

    def _move_by(self, interpolation: Interpolation, goals: Sequence[Vad]) -> None:
        # The mixer may know of a stream already that gets its row here with the next frame.
        for row, (feeling, goal) in enumerate(zip(self._interpolation.value, goals, strict=False)):
            interpolation.add_row()
            interpolation.start_at(row, feeling)
            interpolation.retarget(row, goal, None)
        self._interpolation = interpolation

    def rest(self, frame: int, seconds: float) -> None:
        """The neutral face exactly: every weight 0."""
        self._weights[:] = 0.0
        self._felt[:] = 0.0
        self._rotations[:] = 0.0
        self._date(frame, seconds)

    def _date(self, frame: int, seconds: float) -> None:
        timestamp = time.time()
        time_of_day = (timestamp + time.localtime(timestamp).tm_gmtoff) % _DAY
        for face in self.faces.values():
            face.frame, face.seconds = frame, seconds
            face.timestamp, face.time_of_day = timestamp, time_of_day

    def _add_stream(self, stream: str) -> None:
        self._interpolation.add_row()
        self.faces[stream] = Face()
        self._feelings = np.zeros((len(self.faces), 3))
        self._weights = np.zeros((len(self.faces), len(BLENDSHAPES)), np.float32)
        self._rotations = np.zeros((len(self.faces), 3, 3), np.float32)
        self._felt = np.zeros((len(self.faces), 3), np.float32)
        for row, face in enumerate(self.faces.values()):
            face.weights = self._weights[row]
            face.rotations = self._rotations[row]
            face.feeling = self._felt[row]
