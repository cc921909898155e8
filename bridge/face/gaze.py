"""Eyes that rest and jump, look at who they speak to, or look where a source wants them to.

Lids follow the eyes down. Moments are drawn in advance, and a position depends only on the moment
of a frame, so that every frame rate shows the same movement.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.face.chance import generator, log_normal
from bridge.face.eye_rotations import DEGREES_A_UNIT
from bridge.face.layer import Frame, PerStream, RowLayer, without
from bridge.face.looking_around import LookingAround
from bridge.face.saccade import Saccades
from protocols.arkit import INDEX

LARGE_SHIFT = 33.0
"""Degrees from which on a shift of the gaze usually brings a blink (Evinger et al. 1994)."""
LIDS = 0.6
"""How much of eyeLookDown the lids follow. A judgement, like what follows."""
HEAD_HALF_LIFE = 0.1
"""Seconds in which a head that turns to a `look_at` goes about half of its way."""
PURSUIT = 90.0
"""Degrees a second up to which a `look_at` that moves is followed smoothly. What moves faster, or
jumps, is followed by a saccade."""

_LOOK = slice(INDEX["eyeLookDownLeft"], INDEX["eyeLookUpRight"] + 1)
_BLINK = slice(INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"] + 1)
_NEVER = math.inf
_AT_ONCE = -math.inf
_LONGEST_STALL = 1.0
_UNIT = math.radians(DEGREES_A_UNIT)
_SETTLED = 1e-4


@dataclass(frozen=True, slots=True)
class GazeSettings:
    """How the eyes of one stream move."""

    on: bool = False
    """Whether they move by themselves. `look_at` works also if not."""
    contact: float = 0.2
    """Share of the time in eye contact, from 0 to 1. TalkingHead."""
    speaking_contact: float = 0.65
    """The same while the stream speaks. TalkingHead: .5 to .8."""
    microsaccades: float = 1.5
    """A second, while the eyes move by themselves or look at something. 1 to 2 in people."""
    head: float = 0.0
    """How much of the way to a `look_at` the head turns, from 0 to 1; the eyes turn the rest."""
    away: tuple[float, float] | None = None
    """Where about the eyes look when they look away: degrees to either side, and down; anywhere
    when None."""
    seed: int | None = None
    """Makes the movement the same in every run; by chance when None."""


class Gaze(RowLayer[GazeSettings]):
    """Turns the eyes, and the head towards a `look_at`. Leaves streams alone that do neither."""

    _goal: NDArray[np.float64]
    """[streams, 3]: where the eyes go, without microsaccades: yaw and pitch in units of eyeLook,
    and how far the emotion's own gaze is given up for a `look_at`, from 0 to 1."""
    _fixation: NDArray[np.float64]
    """[streams]: when the next fixation begins; `_micro`: the next microsaccade."""
    _micro: NDArray[np.float64]
    _on: NDArray[np.bool_]
    _looking: NDArray[np.bool_]
    """[streams]: whether a source says where to look."""
    _steered: NDArray[np.bool_]
    """[streams, 1]: whether the layer does anything to the stream."""
    _head: NDArray[np.float64]
    """[streams, 4]: yaw and pitch of the head in radians, then their speeds."""
    _head_goal: NDArray[np.float64]
    _share: NDArray[np.float64]
    """[streams, 1]: the head's share of a `look_at`."""
    _own: NDArray[np.float64]
    """Room to calculate in, like what follows."""
    _eyes: NDArray[np.float64]
    _new: NDArray[np.float32]
    _lid: NDArray[np.float32]
    _gap: NDArray[np.float32]

    def __init__(self, settings: PerStream[GazeSettings]) -> None:
        super().__init__(settings)
        self.large_shifts: list[tuple[int, float]] = []
        """The rows whose gaze began a large shift in this frame, and when."""
        self._random: list[random.Random] = []
        self._around: list[LookingAround] = []
        self._saccades = Saccades(width=3)
        self._keep("_goal", 3, dtype=np.float64)
        for name in ("_fixation", "_micro"):
            self._keep(name, fill=_NEVER, dtype=np.float64)
        for name in ("_on", "_looking"):
            self._keep(name, dtype=np.bool_)
        self._keep("_steered", 1, dtype=np.bool_)
        for name, width in (("_head", 4), ("_head_goal", 2), ("_share", 1)):
            self._keep(name, width, dtype=np.float64)
        for name, width in (("_own", 1), ("_eyes", 2)):
            self._keep(name, width, dtype=np.float64)
        for name, width in (("_new", 8), ("_lid", 1), ("_gap", 2)):
            self._keep(name, width)
        self._seen = b""
        """`look_at` of the frame before."""
        self._next = _NEVER
        self._head_moves = self._steers = self._stale = False

    def apply(self, frame: Frame) -> None:
        if self.large_shifts:
            self.large_shifts.clear()
        if self._head_moves:
            self._turn_head(frame.dt)
        seen = frame.look_at.tobytes()
        if seen != self._seen:
            self._seen = seen
            self._look(frame)
        if frame.now >= self._next:
            self._move_what_is_due(frame)
        if self._stale:
            self._note_steered()
        if not self._steers:
            return
        if self._saccades.moving:
            self._saccades.move(frame.now)
            self._stale = not (self._saccades.moving or self._on.all())
        self._steer(frame)

    def add_rows(self, streams: Sequence[str]) -> None:
        self._saccades.add_rows(len(streams))
        super().add_rows(streams)

    def remove_rows(self, rows: Sequence[int]) -> None:
        super().remove_rows(rows)
        self._saccades.remove_rows(rows)
        self._random, self._around = without(self._random, rows), without(self._around, rows)

    def _begin(self, row: int, stream: str) -> None:
        draw = generator(self._settings.of(stream).seed, stream, "gaze")
        self._random.append(draw)
        self._around.append(LookingAround(draw))

    def _set(self, row: int, settings: GazeSettings) -> None:
        self._on[row], self._share[row] = settings.on, settings.head
        self._around[row].begin_anew()
        # At the next frame the eyes begin to look around, or go back.
        self._fixation[row] = self._micro[row] = self._next = _AT_ONCE

    def _note(self) -> None:
        self._seen, self._stale = b"", True

    # Where to look

    def _look(self, frame: Frame) -> None:
        """A source wants eyes somewhere else, or no longer anywhere."""
        pursued = PURSUIT * max(frame.dt, 0.01) / DEGREES_A_UNIT
        for row, at in enumerate((frame.look_at / _UNIT).tolist()):
            was, looks = bool(self._looking[row]), not any(map(math.isnan, at))
            self._looking[row] = looks
            if looks:
                offset = self._saccades.to[row] - self._goal[row]
                near = math.dist(at, self._goal[row, :2].tolist()) <= pursued
                self._goal[row] = *at, 1.0
                if was and near:
                    self._saccades.follow(row, (self._goal[row] + offset).tolist())
                else:
                    self._jump(row, frame.now, (*at, 1.0))
                if not was or self._micro[row] == _AT_ONCE:
                    self._micro[row] = self._next_microsaccade(row, frame.now)
                self._fixation[row] = _NEVER
            elif was:
                self._fixation[row] = frame.now
        np.multiply(np.nan_to_num(frame.look_at), self._share, out=self._head_goal)
        self._head_moves = self._stale = True
        self._note_next()

    def _move_what_is_due(self, frame: Frame) -> None:
        now = frame.now
        for row in np.flatnonzero(np.minimum(self._fixation, self._micro) <= now).tolist():
            while (due := min(self._fixation[row], self._micro[row])) <= now:
                moment = now if due == _AT_ONCE else max(float(due), now - _LONGEST_STALL)
                if self._fixation[row] > due:
                    self._microsaccade(row, moment)
                elif self._on[row]:
                    self._fixate(row, moment, speaking=bool(frame.speaking[row]))
                else:
                    self._go_back(row, moment)
        self._note_next()

    def _fixate(self, row: int, moment: float, *, speaking: bool) -> None:
        settings = self._of(row)
        contact = settings.speaking_contact if speaking else settings.contact
        around = self._around[row]
        (yaw, pitch), until = around.fixation(
            moment, contact, speaking=speaking, away=settings.away
        )
        self._go(row, moment, yaw / DEGREES_A_UNIT, pitch / DEGREES_A_UNIT)
        self._fixation[row] = until
        if self._micro[row] == _AT_ONCE:
            self._micro[row] = self._next_microsaccade(row, moment)

    def _go_back(self, row: int, moment: float) -> None:
        """To where the emotion looks."""
        self._fixation[row] = self._micro[row] = _NEVER
        if self._saccades.to[row].any():
            self._go(row, moment, 0.0, 0.0)

    def _microsaccade(self, row: int, moment: float) -> None:
        (yaw, pitch, given_up), to = self._goal[row].tolist(), self._saccades.to[row].tolist()
        offset = (to[0] - yaw) * DEGREES_A_UNIT, (to[1] - pitch) * DEGREES_A_UNIT
        right, down = self._around[row].microsaccade(offset)
        yaw, pitch = yaw + right / DEGREES_A_UNIT, pitch + down / DEGREES_A_UNIT
        self._jump(row, moment, (yaw, pitch, given_up))
        self._micro[row] = self._next_microsaccade(row, moment)

    def _next_microsaccade(self, row: int, moment: float) -> float:
        rate = self._of(row).microsaccades
        if rate <= 0.0:
            return _NEVER
        return moment + log_normal(self._random[row], 1.0 / rate, 0.4)

    def _go(self, row: int, moment: float, yaw: float, pitch: float) -> None:
        self._goal[row] = yaw, pitch, 0.0
        self._jump(row, moment, (yaw, pitch, 0.0))

    def _jump(self, row: int, moment: float, to: Sequence[float]) -> None:
        if self._saccades.jump(row, moment, to) > LARGE_SHIFT:
            self.large_shifts.append((row, moment))

    def _note_next(self) -> None:
        self._next = min(self._fixation.min(initial=_NEVER), self._micro.min(initial=_NEVER))

    def _note_steered(self) -> None:
        steered = self._on | self._looking
        for some in (self._saccades.at, self._saccades.to, self._head, self._head_goal):
            steered |= some.any(axis=1)
        self._steered[:, 0] = steered
        self._steers, self._stale = bool(steered.any()), False

    # How to get there

    def _turn_head(self, dt: float) -> None:
        """A critically damped spring, exact for any time step (Holden, Spring-It-On)."""
        stiffness = 2.0 * math.log(2.0) / HEAD_HALF_LIFE
        decay = math.exp(-stiffness * dt)
        angle, speed = self._head[:, :2], self._head[:, 2:]
        angle -= self._head_goal
        way = (speed + angle * stiffness) * dt
        speed -= way * stiffness
        angle += way
        self._head *= decay
        if np.abs(self._head).max() < _SETTLED:
            self._head.fill(0.0)
            self._head_moves, self._stale = False, True
        angle += self._head_goal

    def _steer(self, frame: Frame) -> None:
        """Move the shapes and the head of the streams that are steered."""
        new, eyes, at = self._new, self._eyes, self._saccades.at
        look = frame.weights[:, _LOOK]  # down, in, out and up, each left and right
        turned = frame.rotations[:, 0, :2]
        turned += self._head[:, :2]
        np.multiply(self._head[:, :2], -1.0 / _UNIT, out=eyes)
        eyes += at[:, :2]
        np.maximum(eyes, -1.0, out=eyes)
        np.minimum(eyes, 1.0, out=eyes)
        np.subtract(1.0, at[:, 2:], out=self._own)
        np.subtract(look[:, :2], look[:, 6:], out=new[:, :2])
        np.subtract(look[:, 2:4], look[:, 4:6], out=new[:, 2:4])
        new[:, :4] *= self._own
        new[:, :2] += eyes[:, 1:]
        new[:, 2] += eyes[:, 0]
        new[:, 3] -= eyes[:, 0]
        np.negative(new[:, 2:4], out=new[:, 4:6])
        np.negative(new[:, :2], out=new[:, 6:])
        np.maximum(new, 0.0, out=new)
        np.minimum(new, 1.0, out=new)
        np.copyto(look, new, where=self._steered)
        lids, lid, gap = frame.weights[:, _BLINK], self._lid, self._gap
        np.maximum(eyes[:, 1:], 0.0, out=lid)
        lid *= LIDS
        np.subtract(1.0, lids, out=gap)
        gap *= lid
        lids += gap
