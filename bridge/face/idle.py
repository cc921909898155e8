"""A face at rest drifts, breathes and sways, so slowly that nobody notices. It does not tremble.

The drift of a shape is a sum of sines with phases by chance (`bridge.face.drift`). Half of the time
it is more than 0 and moves the weight towards 1, else towards 0, by a part of the way that is left.
So a weight stays within [0, 1], a shape that the emotion leaves at 0 moves half of the time, and
one that it holds wavers.

The eyes rest and jump, and lids follow them down. Half of their power is below 1.2 Hz, and 90 %
below 4.8 Hz, as in ARKit capture at 60 fps.
"""

import math
import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.face.chance import generator, log_normal
from bridge.face.drift import COLUMN_OF, EYES, HEAD, MOVES, OPEN_HALF, SPEED, of_kind
from bridge.face.layer import Frame, PerStream, RowLayer
from bridge.face.saccade import Saccades
from protocols.arkit import BLENDSHAPES

GLANCE = 0.05
"""Standard deviation of eyeLookDown and eyeBlink."""
GLANCE_TIME = 0.5
"""Seconds that the eyes rest on average."""
_SHORTEST_GLANCE = 0.15
_LOWEST_GLANCE = 0.25

CADENCE = 0.3
"""How much faster the drift is for a unit of arousal, as a part of its speed; likewise the
breath. A judgement: stackchan-kai breathes more slowly when sleepy, more quickly when aroused."""
BREATH_CADENCE = 0.5
_EASE = 0.3
"""Seconds after which 63 % of the way to other settings is gone."""
_SETTLED = 1e-3
_SAFE_SCALE = 1.0 / float(np.abs(MOVES[:, :EYES]).sum(axis=0).max())
"""The factor up to which no drift can pass 1."""
_FOLLOW = 0.1  # seconds between looks at arousal
_ROUNDING = 1e-6
_LONGEST_STALL = 1.0
_NEVER = math.inf

_DRIFT, _SWAYS, _BREATH = of_kind("drift"), of_kind("sway"), of_kind("breath")
_SPEED_BY_AROUSAL = SPEED * np.where(_BREATH, BREATH_CADENCE, CADENCE)


@dataclass(frozen=True, slots=True)
class IdleSettings:
    """How much the face of one stream moves at rest."""

    on: bool = True
    amount: float = 1.0
    """Factor of the measured drift."""
    breath: float = 1.0
    """Factor of what breathing moves."""
    sway: float = 1.0
    """Factor of the head's sway: 1.2° in yaw, .8° in pitch and .6° in roll (standard deviation)."""
    eyes: bool = True
    """Whether eyes and lids take part. Not needed where the gaze layer moves them."""
    seed: int | None = None
    """Makes the movement the same in every run; by chance when None."""


class Idle(RowLayer[IdleSettings]):
    """Adds the movement of a face at rest, alike left and right."""

    _phase: NDArray[np.float64]
    """[streams, sines]; `_speed` is its change in a second."""
    _speed: NDArray[np.float64]
    _scale: NDArray[np.float32]
    """[streams, sines]: how strong each is; eases to `_goal`."""
    _goal: NDArray[np.float32]
    _glance: NDArray[np.float64]
    """[streams]: when the eyes jump next."""
    _lowest: NDArray[np.float64]
    """[streams]: the factor of eyeLookDown."""
    _free: NDArray[np.float64]
    """[streams]: 0 where a source says where to look, else 1."""
    _step: NDArray[np.float64]
    """Room to calculate in, like what follows."""
    _sine: NDArray[np.float32]
    _drawn: NDArray[np.float32]
    _drift: NDArray[np.float32]
    _lost: NDArray[np.float32]

    def __init__(self, settings: PerStream[IdleSettings]) -> None:
        super().__init__(settings)
        self._random: list[random.Random] = []
        self._eyes = Saccades(width=1)
        sines, columns = MOVES.shape
        for name in ("_phase", "_speed", "_step"):
            self._keep(name, sines, dtype=np.float64)
        for name in ("_scale", "_goal", "_sine"):
            self._keep(name, sines)
        self._keep("_drawn", columns)
        for name in ("_drift", "_lost"):
            self._keep(name, len(BLENDSHAPES))
        self._keep("_glance", fill=-_NEVER, dtype=np.float64)
        self._keep("_lowest", dtype=np.float64)
        self._keep("_free", fill=1.0, dtype=np.float64)
        self._easing = self._moves = self._strong = False
        self._seen = b""
        self._look = self._next_glance = -_NEVER

    def apply(self, frame: Frame) -> None:
        if self._easing:
            self._ease(frame.dt)
        if not self._moves:
            return
        sine, drawn, drift, lost = self._sine, self._drawn, self._drift, self._lost
        np.multiply(self._speed, frame.dt, out=self._step)
        self._phase += self._step
        # After the step: another arousal counts from now on, not for the time before.
        if frame.now >= self._look:
            self._follow(frame)
        if frame.now >= self._next_glance:
            self._glance_where_due(frame.now)
        if self._eyes.moving:
            self._eyes.move(frame.now)
        np.sin(self._phase, out=sine, casting="same_kind")
        sine *= self._scale
        np.dot(sine, MOVES, out=drawn)
        self._keep_eyes(frame, drawn[:, EYES])
        frame.rotations[:, 0] += drawn[:, HEAD]
        drawn.take(COLUMN_OF, axis=1, out=drift, mode="clip")
        if self._strong:
            np.minimum(drift, 1.0, out=drift)
            np.maximum(drift, -1.0, out=drift)
        # Towards 1 by max(x, 0) of what is left, or towards 0 by max(-x, 0) of it.
        np.abs(drift, out=lost)
        lost *= frame.weights
        np.maximum(drift, 0.0, out=drift)
        drift -= lost
        frame.weights += drift

    def remove_row(self, row: int) -> None:
        super().remove_row(row)
        self._eyes.remove_row(row)
        del self._random[row]
        self._seen = b""

    def _begin(self, row: int, stream: str) -> None:
        draw = generator(self._settings.of(stream).seed, stream, "idle")
        self._random.append(draw)
        self._eyes.add_row()
        self._phase[row] = [draw.uniform(0.0, 2.0 * math.pi) for _ in SPEED]
        # The two sines of the breath keep together.
        first, second = np.flatnonzero(_BREATH)
        self._phase[row, second] = 2.0 * self._phase[row, first]
        self._seen = b""

    def _set(self, row: int, settings: IdleSettings) -> None:
        on = float(settings.on)
        self._goal[row, _DRIFT] = on * settings.amount
        self._goal[row, _BREATH] = on * settings.breath
        self._goal[row, _SWAYS] = on * settings.sway
        self._lowest[row] = on * settings.amount * settings.eyes
        self._easing = True
        self._glance[row] = self._next_glance = self._look = -_NEVER

    def _ease(self, dt: float) -> None:
        """Towards what is set, from what is shown."""
        left = self._goal - self._scale
        self._scale += left * np.float32(-math.expm1(-dt / _EASE))
        if np.abs(left).max(initial=0.0) < _SETTLED:
            np.copyto(self._scale, self._goal)
            self._easing = False
        self._strong = bool(self._scale.max(initial=0.0) > _SAFE_SCALE)
        self._moves = bool(self._scale.any() or self._lowest.any() or self._eyes.to.any())

    def _follow(self, frame: Frame) -> None:
        """Keep the cadence of the arousal of now."""
        np.multiply(frame.feelings[:, 1:2], _SPEED_BY_AROUSAL, out=self._speed)
        self._speed += SPEED
        look = self._look + _FOLLOW
        self._look = look if look > frame.now else frame.now + _FOLLOW - _ROUNDING

    def _glance_where_due(self, now: float) -> None:
        for row in np.flatnonzero(self._glance <= now).tolist():
            draw, lowest = self._random[row], float(self._lowest[row])
            while (due := float(self._glance[row])) <= now:
                moment = now if due == -_NEVER else max(due, now - _LONGEST_STALL)
                down = max(0.0, draw.gauss(0.0, GLANCE / OPEN_HALF))
                self._eyes.jump(row, moment, (lowest * min(down, _LOWEST_GLANCE),))
                rest = max(_SHORTEST_GLANCE, log_normal(draw, GLANCE_TIME, 0.6))
                self._glance[row] = moment + rest if lowest else _NEVER
        self._next_glance = self._glance.min(initial=_NEVER)

    def _keep_eyes(self, frame: Frame, eyes: NDArray[np.float32]) -> None:
        """Into `eyes`, where they are, unless a source says where they look."""
        seen = frame.look_at.tobytes()
        if seen != self._seen:
            self._seen = seen
            np.copyto(self._free, np.isnan(frame.look_at).any(axis=1))
        np.multiply(self._eyes.at[:, 0], self._free, out=eyes, casting="same_kind")
