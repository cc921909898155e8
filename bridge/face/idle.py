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
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.face.chance import generator, log_normal
from bridge.face.drift import (
    COLUMN_OF,
    EYES,
    HEAD,
    KINDS,
    MOVES,
    OPEN_HALF,
    SIZE,
    SPEED,
    soft,
)
from bridge.face.layer import Frame, PerStream, RowLayer, without
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
_STRETCH = 0.2  # seconds
_ROUNDING = 1e-6
_MOST_STRETCHES = 5.0
"""How late a frame may be. After a longer stall the movement goes on as if no time had passed."""
_LONGEST_STALL = 1.0
_NEVER = math.inf

HELD = 0.5
"""How much less a face drifts that shows an emotion in full. A judgement."""

_FACTORS = ("drift", "breath", "sway", "amount")
"""The factors of a stream. That of the drift is 1: the amount counts after `soft`."""
_FACTOR_OF = np.array([_FACTORS.index(kind) for kind in KINDS], np.intp)
_BREATH = np.array([kind == "breath" for kind in KINDS])
_BREATHS = np.flatnonzero(_BREATH).tolist()
_SPEED_BY_AROUSAL = SPEED * np.where(_BREATH, BREATH_CADENCE, CADENCE)

# The columns of what is shown: a factor by which each weight shrinks, what is added to it then, and
# the angles of the head.
_SHAPES = len(BLENDSHAPES)
_SHRINKS, _ADDS, _TURNS = slice(_SHAPES), slice(_SHAPES, 2 * _SHAPES), slice(2 * _SHAPES, None)
_EYES = np.flatnonzero(np.tile(COLUMN_OF, 2) == EYES)


@dataclass(frozen=True, slots=True)
class IdleSettings:
    """How much the face of one stream moves at rest."""

    on: bool = True
    amount: float = 1.0
    """Factor of the measured drift of the skin, the eyes and the lids."""
    breath: float = 1.0
    """Factor of how breathing moves the head, and beside the drift the nose and the jaw."""
    sway: float = 1.0
    """Factor of the head's sway: 1.2° in yaw, .8° in pitch and .6° in roll (standard deviation)."""
    eyes: bool = True
    """Whether eyes and lids take part. Not needed where the gaze layer moves them."""
    seed: int | None = None
    """Makes the movement the same in every run; by chance when None."""


class Idle(RowLayer[IdleSettings]):
    """Adds the movement of a face at rest, alike left and right.

    The sines are drawn five times a second; between two such moments the movement is straight.
    That halves the cost of a frame, and nobody can see it in what takes seconds.
    """

    _phase: NDArray[np.float64]
    """[streams, sines], at the end of the present stretch."""
    _factors: NDArray[np.float32]
    """[streams, factors]: how strong each kind of movement is; eases to `_goal`."""
    _goal: NDArray[np.float32]
    _glance: NDArray[np.float64]
    """[streams]: when the eyes jump next."""
    _lowest: NDArray[np.float64]
    """[streams]: the factor of eyeLookDown."""
    _free: NDArray[np.float64]
    """[streams]: 0 where a source says where to look, else 1."""
    _begins: NDArray[np.float32]
    """[streams, 52 + 52 + 3]: what the stretch begins with: the part by which each weight shrinks,
    what is added to it then, and the angles of the head."""
    _ends: NDArray[np.float32]
    _way: NDArray[np.float32]
    """From the one to the other."""
    _shown: NDArray[np.float32]
    """What is shown now. The next three are its parts."""
    _shrinks: NDArray[np.float32]
    _adds: NDArray[np.float32]
    _turns: NDArray[np.float32]
    _speed: NDArray[np.float64]
    """Room to calculate in, like what follows."""
    _sine: NDArray[np.float32]
    _strength: NDArray[np.float32]
    _room: NDArray[np.float32]
    _drawn: NDArray[np.float32]
    _drift: NDArray[np.float32]

    def __init__(self, settings: PerStream[IdleSettings]) -> None:
        super().__init__(settings)
        self._random: list[random.Random] = []
        self._eyes = Saccades(width=1)
        sines, columns = MOVES.shape
        for name in ("_phase", "_speed"):
            self._keep(name, sines, dtype=np.float64)
        for name in ("_factors", "_goal"):
            self._keep(name, len(_FACTORS))
        for name in ("_sine", "_strength"):
            self._keep(name, sines)
        for name in ("_begins", "_ends", "_way", "_shown"):
            self._keep(name, 2 * _SHAPES + 3)
        self._keep("_drawn", columns)
        self._keep("_room", EYES + 1)
        self._keep("_drift", _SHAPES)
        self._keep("_glance", fill=-_NEVER, dtype=np.float64)
        self._keep("_lowest", dtype=np.float64)
        self._keep("_free", fill=1.0, dtype=np.float64)
        self._moves = self._easing = False
        self._quiet = True
        """Whether all streams are to rest."""
        self._seen = b""
        self._next_glance = self._began = -_NEVER
        self._note()

    def apply(self, frame: Frame) -> None:
        if not self._moves:
            return
        now, weights, drift = frame.now, frame.weights, self._drift
        if now >= self._began + _STRETCH - _ROUNDING:
            self._begin_stretch(frame)
        if now >= self._next_glance:
            self._glance_where_due(now)
        if self._eyes.moving or frame.look_at.tobytes() != self._seen:
            self._move_eyes(frame)
        shown, head = self._shown, frame.rotations[:, 0]
        np.multiply(self._way, max(now - self._began, 0.0) / _STRETCH, out=shown)
        shown += self._begins
        np.multiply(self._shrinks, weights, out=drift)
        weights -= drift
        weights += self._adds
        head += self._turns

    def add_rows(self, streams: Sequence[str]) -> None:
        self._eyes.add_rows(len(streams))
        super().add_rows(streams)

    def remove_rows(self, rows: Sequence[int]) -> None:
        self._eyes.remove_rows(rows)
        self._random = without(self._random, rows)
        super().remove_rows(rows)

    def _begin(self, row: int, stream: str) -> None:
        draw = generator(self._settings.of(stream).seed, stream, "idle")
        self._random.append(draw)
        self._phase[row] = [draw.uniform(0.0, 2.0 * math.pi) for _ in SPEED]
        # The two sines of the breath keep together.
        first, second = _BREATHS
        self._phase[row, second] = 2.0 * self._phase[row, first]

    def _set(self, row: int, settings: IdleSettings) -> None:
        on = float(settings.on)
        self._goal[row] = np.multiply(on, (1.0, settings.breath, settings.sway, settings.amount))
        self._lowest[row] = on * settings.amount * settings.eyes
        self._glance[row] = self._next_glance = -_NEVER
        self._easing = self._moves = True

    def _note(self) -> None:
        self._shrinks = self._shown[:, _SHRINKS]
        self._adds, self._turns = self._shown[:, _ADDS], self._shown[:, _TURNS]
        self._seen = b""
        self._quiet = not (self._goal[:, 1:].any() or self._lowest.any())

    def _begin_stretch(self, frame: Frame) -> None:
        """Go on from the end of this stretch to that of the next."""
        late = (frame.now - self._began + 2 * _ROUNDING) / _STRETCH
        if late > _MOST_STRETCHES:
            self._began = frame.now
        else:  # they keep their distance, whatever the frame rate
            missed = int(late) - 1
            self._began += _STRETCH * (missed + 1)
            if missed:
                self._draw(frame.feelings, missed)
        self._draw(frame.feelings, 1)
        np.subtract(self._ends, self._begins, out=self._way)
        self._show_eyes()
        if self._quiet:
            self._moves = bool(self._begins.any() or self._ends.any() or self._eyes.moving)

    def _draw(self, feelings: NDArray[np.float64], stretches: int) -> None:
        if self._easing:
            self._ease(stretches)
        speed, drift, ends = self._speed, self._drift, self._ends
        np.multiply(feelings[:, 1:2], _SPEED_BY_AROUSAL, out=speed)
        speed += SPEED
        speed *= _STRETCH * stretches
        self._phase += speed
        np.sin(self._phase, out=self._sine, casting="same_kind")
        self._sine *= self._factors.take(_FACTOR_OF, axis=1, out=self._strength, mode="clip")
        np.dot(self._sine, MOVES, out=self._drawn)
        face = self._drawn[:, : EYES + 1]
        soft(face, self._room)
        face *= SIZE
        shown = np.minimum(np.linalg.norm(feelings, axis=1), 1.0)
        face *= ((1.0 - HELD * shown) * self._factors[:, -1])[:, None]
        self._drawn.take(COLUMN_OF, axis=1, out=drift, mode="clip")
        np.maximum(drift, -1.0, out=drift)
        np.minimum(drift, 1.0, out=drift)
        np.copyto(self._begins, ends)
        # Towards 1 by max(x, 0) of what is left, or towards 0 by max(-x, 0) of it.
        np.abs(drift, out=ends[:, _SHRINKS])
        np.maximum(drift, 0.0, out=ends[:, _ADDS])
        np.copyto(ends[:, _TURNS], self._drawn[:, HEAD])

    def _ease(self, stretches: int) -> None:
        """Towards what is set, from what is shown."""
        left = self._goal - self._factors
        self._factors += left * np.float32(-math.expm1(-stretches * _STRETCH / _EASE))
        if np.abs(left).max(initial=0.0) < _SETTLED:
            np.copyto(self._factors, self._goal)
            self._easing = False

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

    def _move_eyes(self, frame: Frame) -> None:
        self._eyes.move(frame.now)
        self._seen = frame.look_at.tobytes()
        np.copyto(self._free, np.isnan(frame.look_at).any(axis=1))
        self._show_eyes()

    def _show_eyes(self) -> None:
        """Where they are, unless a source says where they look. They jump in mid-stretch."""
        eyes = self._eyes.at * self._free[:, None]
        self._begins[:, _EYES] = eyes
        self._way[:, _EYES] = 0.0
