"""Where each stream's feeling is now: movement through valence–arousal–dominance space.

Every kind moves all streams at once, starts from the value shown now, and takes real time steps,
so that 30, 60 and 120 frames a second trace the same curve. `retarget` is called when a stream's
goal changes, `advance` once a frame. A row is a point, or several numbers that move together.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from bridge.config.settings import ONSET, RELEASE

Points = NDArray[np.float64]
Goal = Sequence[float] | Points
ALL = slice(None)
T = TypeVar("T", bound=np.generic)

_SETTLED = 0.01
"""The part of the way left when a movement counts as done: a `fade` covers the other 99 %."""
_ARRIVED = 5e-13
"""How far from its goal a value counts as there. Then it is set to the goal and stands still. It
is so near that the curve stays the same at every frame rate."""
_LOOK_EVERY = 8
"""Advances between looks whether everything has arrived."""
_SPRING_FADE_RATE = 6.638352  # y·t at which (1 + y·t)·exp(-y·t) = 0.01


class Interpolation(Protocol):
    """One way to move. `value` is [streams, width]; rows are added at 0."""

    value: Points
    width: int
    """Numbers in a row: 3 until `resize` changes it."""
    at_rest: bool
    """Whether every value is its goal, so that `advance` changes nothing until the next call of
    another method."""

    def add_rows(self, count: int) -> None: ...

    def remove_rows(self, rows: Sequence[int]) -> None:
        """Forget these rows; the others move up."""
        ...

    def resize(self, width: int) -> None:
        """Have more columns, which are 0, or fewer."""
        ...

    def move_columns(self, row: int, start: int, width: int) -> None:
        """Let the columns from `start` on take the places of the first ones."""
        ...

    def start_at(self, row: int, value: Points, columns: slice = ALL) -> None:
        """Stand still at `value`, in these columns; the others move on."""
        ...

    def retarget(
        self, row: int, goal: Goal, fade: float | None, *, grows: bool | None = None
    ) -> None:
        """Head for `goal` from the value shown now.

        Args:
            fade: seconds, None for the kind's own.
            grows: whether the feeling grows, None to compare the distances from 0. Kinds with two
                half-lives choose by it.
        """
        ...

    def advance(self, dt: float) -> Points:
        """Move `dt` seconds on and return `value`."""
        ...


def resized(rows: NDArray[T], width: int) -> NDArray[T]:
    """The same rows with columns of 0 added, or without the last ones."""
    found = np.zeros((len(rows), width), rows.dtype)
    kept = min(width, rows.shape[1])
    found[:, :kept] = rows[:, :kept]
    return found


class _Rows:
    """The goal and the value of every stream, and what else a kind keeps of it, as rows."""

    value: Points
    _goal: Points

    def __init__(self) -> None:
        self.width = 3
        self.at_rest = False
        self._moves = 0
        """Advances since the last change."""
        self._kept: dict[str, float | None] = {}
        self._keep("value")
        self._keep("_goal")

    def _keep(self, name: str, single: float | None = None) -> None:
        """Have an array of this name with a row for each stream, as wide as a value. With `single`
        a row is one number, which is this at first."""
        self._kept[name] = single
        setattr(self, name, np.zeros((0, self.width if single is None else 1)))

    def add_rows(self, count: int) -> None:
        self._stir()
        for name, single in self._kept.items():
            new = np.zeros((count, self.width)) if single is None else np.full((count, 1), single)
            rows: Points = getattr(self, name)
            setattr(self, name, np.concatenate([rows, new]) if len(rows) else new)

    def remove_rows(self, rows: Sequence[int]) -> None:
        self._stir()
        for name in self._kept:
            setattr(self, name, np.delete(getattr(self, name), rows, axis=0))

    def resize(self, width: int) -> None:
        self._stir()
        self.width = width
        for name, single in self._kept.items():
            if single is None:
                setattr(self, name, resized(getattr(self, name), width))

    def move_columns(self, row: int, start: int, width: int) -> None:
        self._stir()
        for name, single in self._kept.items():
            if single is None:
                rows: Points = getattr(self, name)
                rows[row, :width] = rows[row, start : start + width]

    def start_at(self, row: int, value: Points, columns: slice = ALL) -> None:
        self._stir()
        for name, single in self._kept.items():
            if single is None:
                getattr(self, name)[row, columns] = value

    def _stir(self) -> None:
        """Something changes: go on moving."""
        self.at_rest = False
        self._moves = 0

    def _rest_if(self, *arriving: tuple[Points, Points | float]) -> None:
        """Come to rest once each of these is next to where it goes."""
        self._moves += 1
        if self._moves % _LOOK_EVERY:
            return
        if all(float(np.abs(now - end).max(initial=0.0)) < _ARRIVED for now, end in arriving):
            for now, end in arriving:
                now[:] = end
            self.at_rest = True


class _Decaying(_Rows):
    """Kinds with half-lives: the onset's when a feeling grows, the release's when it fades."""

    _rate: Points

    def __init__(self, onset: float, release: float) -> None:
        super().__init__()
        self._onset, self._release = onset, release
        self._keep("_rate", single=1.0)

    def _half_life(self, row: int, goal: Goal, grows: bool | None) -> float:
        if grows is None:
            grows = math.hypot(*goal) >= math.hypot(*self.value[row])
        return self._onset if grows else self._release


class Spring(_Decaying):
    """A critically damped spring, exact for any time step.

    The closed form is Holden's ("Spring-It-On"), written as two equal lags in series: `value`
    follows `_lead`, `_lead` follows the goal. That keeps the value within the hull of the goals it
    was given even when the half-life changes in mid-movement, where a plain spring's velocity
    would carry it past them.
    """

    _lead: Points

    def __init__(self, onset: float = ONSET, release: float = RELEASE) -> None:
        """`onset`, `release`: half-lives in seconds."""
        super().__init__(onset, release)
        self._keep("_lead")

    def retarget(
        self, row: int, goal: Goal, fade: float | None, *, grows: bool | None = None
    ) -> None:
        if fade is None:
            self._rate[row] = 2 * math.log(2) / self._half_life(row, goal, grows)
        else:
            self._rate[row] = _SPRING_FADE_RATE / max(fade, 1e-9)
        self._goal[row] = goal
        self._stir()

    def advance(self, dt: float) -> Points:
        if self.at_rest:
            return self.value
        if len(self.value) == 1:
            self._advance_one(dt)
        else:
            self._advance_all(dt)
        self._rest_if((self.value, self._goal), (self._lead, self._goal))
        return self.value

    def _advance_one(self, dt: float) -> None:
        """The same for a single stream. Between frames at a real rate the caches go cold, and then
        plain numbers cost a third of as many calls of NumPy."""
        turns = self._rate.item() * dt
        decay = math.exp(-turns)
        values, leads, goals = self.value[0], self._lead[0], self._goal[0].tolist()
        ways = [lead - goal for lead, goal in zip(leads.tolist(), goals, strict=True)]
        values[:] = [
            (value - goal + way * turns) * decay + goal
            for value, way, goal in zip(values.tolist(), ways, goals, strict=True)
        ]
        leads[:] = [goal + way * decay for way, goal in zip(ways, goals, strict=True)]

    def _advance_all(self, dt: float) -> None:
        decay = np.exp(self._rate * -dt)
        lead = self._lead - self._goal
        self.value -= self._goal
        self.value += lead * (self._rate * dt)
        self.value *= decay
        self.value += self._goal
        np.add(self._goal, lead * decay, out=self._lead)


class Exponential(_Decaying):
    """Covers half of the remaining way in each half-life: quick at first, then ever slower."""

    def __init__(self, onset: float = ONSET, release: float = RELEASE) -> None:
        """`onset`, `release`: half-lives in seconds."""
        super().__init__(onset, release)

    def retarget(
        self, row: int, goal: Goal, fade: float | None, *, grows: bool | None = None
    ) -> None:
        if fade is None:
            self._rate[row] = math.log(2) / self._half_life(row, goal, grows)
        else:
            self._rate[row] = -math.log(_SETTLED) / max(fade, 1e-9)
        self._goal[row] = goal
        self._stir()

    def advance(self, dt: float) -> Points:
        if self.at_rest:
            return self.value
        self.value -= self._goal
        self.value *= np.exp(self._rate * -dt)
        self.value += self._goal
        self._rest_if((self.value, self._goal))
        return self.value


class Linear(_Rows):
    """At a steady speed, arriving after exactly `fade` seconds."""

    _remaining: Points

    def __init__(self, fade: float = 0.3) -> None:
        super().__init__()
        self._fade = fade
        self._keep("_remaining", single=0.0)

    def retarget(
        self, row: int, goal: Goal, fade: float | None, *, grows: bool | None = None
    ) -> None:
        self._remaining[row] = self._fade if fade is None else fade
        self._goal[row] = goal
        self._stir()

    def advance(self, dt: float) -> Points:
        if self.at_rest:
            return self.value
        arrived = self._remaining <= dt
        part = dt / np.where(arrived, 1.0, self._remaining)
        self.value += (self._goal - self.value) * part
        np.copyto(self.value, self._goal, where=arrived)
        self._remaining = np.maximum(self._remaining - dt, 0.0)
        self.at_rest = bool(arrived.all())
        return self.value


class OneEuro(_Rows):
    """The One Euro filter (Casiez et al., CHI 2012) for noisy sensors: steady hands, quick turns.

    Solved exactly for any time step, so that the frame rate does not matter: a new goal is an
    impulse of speed (the goal's own, as in the authors' first programs; the way left to the goal
    divided by the time step would grow with the frame rate), which then decays, and the way is
    smoothed with the cut-off that belongs to it. A `fade` does not apply.
    """

    _speed: Points

    def __init__(
        self, min_cutoff: float = 1.0, beta: float = 0.0, derivative_cutoff: float = 1.0
    ) -> None:
        """Cut-offs in hertz; `beta` raises the cut-off with speed (hertz per unit per second)."""
        super().__init__()
        self._min_cutoff, self._beta = min_cutoff, beta
        self._speed_rate = 2 * math.pi * derivative_cutoff
        self._keep("_speed")

    def start_at(self, row: int, value: Points, columns: slice = ALL) -> None:
        super().start_at(row, value, columns)
        self._speed[row, columns] = 0.0

    def retarget(
        self, row: int, goal: Goal, fade: float | None, *, grows: bool | None = None
    ) -> None:
        self._speed[row] += self._speed_rate * (np.asarray(goal) - self._goal[row])
        self._goal[row] = goal
        self._stir()

    def advance(self, dt: float) -> Points:
        if self.at_rest:
            return self.value
        decay = math.exp(-self._speed_rate * dt)
        travelled = np.abs(self._speed) * ((1.0 - decay) / self._speed_rate)
        self._speed *= decay
        turns = self._min_cutoff * dt + self._beta * travelled
        self.value += (self._goal - self.value) * -np.expm1(-2 * math.pi * turns)
        self._rest_if((self.value, self._goal), (self._speed, 0.0))
        return self.value


class Immediate(_Rows):
    """No movement at all: the goal, at once."""

    def retarget(
        self, row: int, goal: Goal, fade: float | None, *, grows: bool | None = None
    ) -> None:
        self._goal[row] = goal
        self._stir()

    def advance(self, dt: float) -> Points:
        self.value[:] = self._goal
        self.at_rest = True
        return self.value


KINDS: Mapping[str, Callable[..., Interpolation]] = {
    "spring": Spring,
    "exponential": Exponential,
    "linear": Linear,
    "one_euro": OneEuro,
    "none": Immediate,
}
"""Each kind by its name in the configuration, whose other settings are its arguments."""
