"""Feelings of several emotions at once, on their way, and the faces that show all of them.

The mean of two points may be neutral where the mean of their faces is not: happiness and sadness
have opposite valence. So a stream has up to four weighted points, and its face is the weighted mean
of their faces. Most streams have one point, and cost no more than that.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.points import MOST_PARTS, Part
from bridge.frames.interpolation import Interpolation, Points
from bridge.model.engine import AnyEngine, Floats

_SLOTS = 3 * MOST_PARTS
"""Points of a stream: those that it heads for, and those that are fading meanwhile."""
_SLOT = 4
"""Numbers of a slot: valence, arousal, dominance and share."""
_WIDTH = _SLOTS * _SLOT
_NEAR = 0.4
"""How far a point may be from an emotion that stays, whose intensity has changed perhaps."""
_GONE = 1e-3
"""A share that counts as gone once it is fading: the face that it leaves changes by less than half
of a step of 1/255."""


class Mixture:
    """Every stream's points and shares, moved by one interpolation.

    An emotion that stays keeps its slot, and its point and share move. Where there was one emotion
    and there is to be one, it moves as well, whatever it is. Any other emotion starts at its own
    point with share 0, while what it replaces stays at its point and loses its share. So nothing
    jumps, and a face changes hardly faster than on the way from one emotion to another.
    """

    def __init__(self, interpolation: Interpolation) -> None:
        """`interpolation`: without rows yet."""
        interpolation.width = _WIDTH
        self.feelings: Points = np.zeros((0, 3))
        """[streams, 3]: the weighted mean of each stream's points."""
        self.parts: tuple[Points, Points, NDArray[np.intp]] = (
            np.zeros((0, 3)),
            np.zeros(0),
            np.zeros(0, np.intp),
        )
        """The points and shares of all parts, and the first part of each stream. Each frame makes
        new arrays, which nothing changes later."""
        self._interpolation = interpolation
        self._goals: Points = np.zeros((0, _WIDTH))
        self._used: NDArray[np.bool_] = np.zeros((0, _SLOTS), np.bool_)
        """[streams, slots]: whether a slot has a share or is to get one."""
        self._index()

    def add_rows(self, count: int) -> None:
        """Streams come, at neutral."""
        new = np.zeros((count, _WIDTH))
        new[:, _SLOT - 1] = 1.0
        first = len(self._goals)
        self._goals = np.concatenate([self._goals, new])
        self._used = np.concatenate([self._used, np.arange(_SLOTS) == np.zeros((count, 1))])
        self._interpolation.add_rows(count)
        for row in range(first, first + count):
            self._interpolation.start_at(row, self._goals[row])
        self._index()

    def remove_rows(self, rows: Sequence[int]) -> None:
        """The streams in these rows end; the others move up."""
        self._interpolation.remove_rows(rows)
        self._goals = np.delete(self._goals, rows, axis=0)
        self._used = np.delete(self._used, rows, axis=0)
        self._index()

    def retarget(self, row: int, parts: Sequence[Part], fade: float | None) -> None:
        """Head for these parts from the feeling shown now.

        Args:
            parts: 1 to `MOST_PARTS`, with shares that sum to 1.
            fade: seconds, None for the interpolation's own.
        """
        goals, values = _slots(self._goals[row]), _slots(self._interpolation.value[row])
        goals[:, :3] = values[:, :3]
        goals[:, 3] = 0.0
        used = np.flatnonzero(self._used[row]).tolist()
        for slot, part in _places(values, used, parts).items():
            goals[slot] = *part.point, part.share
            if slot not in used:
                self._interpolation.start_at(row, np.array([*part.point, 0.0]), _columns(slot))
                self._used[row, slot] = self._stale = True
        self._interpolation.retarget(row, self._goals[row], fade, grows=self._grows(row))

    def advance(self, dt: float) -> None:
        """Move `dt` seconds on."""
        self._interpolation.advance(dt)
        if self._stale:
            self._index()
        if self._mixed:
            self._forget_what_is_gone()
        slots = self._interpolation.value.reshape(-1, _SLOT)[self._slots]
        self.parts = (slots[:, :3], slots[:, 3], self._starts)
        if not self._mixed:
            np.copyto(self.feelings, slots[:, :3])
            return
        shares = slots[:, 3:]
        totals = np.add.reduceat(shares, self._starts, axis=0)
        np.divide(shares, np.repeat(totals, self._counts, axis=0), out=shares)
        np.add.reduceat(slots[:, :3] * shares, self._starts, axis=0, out=self.feelings)
        self._mixed_slots = slots

    def shift(self, offsets: Points) -> None:
        """Move each stream's points until the next `advance`: a neutral point by the whole offset,
        others less, a full emotion not at all.

        Args:
            offsets: [streams, 3]
        """
        if not self._mixed:
            self.feelings += offsets * _room(self.feelings)
            return
        self._mixed_slots = self._mixed_slots.copy()  # `parts` looks at the array before
        points = self._mixed_slots[:, :3]
        points += np.repeat(offsets, self._counts, axis=0) * _room(points)
        shares = self._mixed_slots[:, 3:]
        np.add.reduceat(points * shares, self._starts, axis=0, out=self.feelings)

    def faces(self, engine: AnyEngine) -> Floats:
        """[streams, 52]: the weighted mean of the faces of each stream's points. May be the
        engine's own buffer."""
        if not self._mixed:
            return engine.run(self.feelings)
        faces = engine.run(self._mixed_slots[self._order, :3])
        shares = self._mixed_slots[self._order, 3:].astype(np.float32)
        streams, rows = len(self._used), self._mixed_rows
        # Most streams have one point, whose face is theirs. The others are mixed here.
        mean, more = faces[:streams].copy(), faces[streams:] * shares[streams:]
        mean[rows] *= shares[rows]
        np.add.at(mean, self._owners, more)
        return mean

    def move_by(self, interpolation: Interpolation) -> None:
        """Go on with another interpolation, which has no rows yet, from where everything is."""
        interpolation.width = _WIDTH
        interpolation.add_rows(len(self._goals))
        for row, value in enumerate(self._interpolation.value):
            interpolation.start_at(row, value)
            interpolation.retarget(row, self._goals[row], None, grows=self._grows(row))
        self._interpolation = interpolation

    def _grows(self, row: int) -> bool:
        """Whether the goal is further from neutral than the feeling now, each part by its share."""
        used = np.flatnonzero(self._used[row]).tolist()
        return _size(self._goals[row], used) >= _size(self._interpolation.value[row], used)

    def _forget_what_is_gone(self) -> None:
        rows = self._mixed_rows
        shares = self._interpolation.value[rows, _SLOT - 1 :: _SLOT]
        goals = self._goals[rows, _SLOT - 1 :: _SLOT]
        gone = self._used[rows] & (goals == 0.0) & (np.abs(shares) < _GONE)
        if np.count_nonzero(gone):
            self._used[rows] &= ~gone
            shares[gone] = 0.0
            self._interpolation.value[rows, _SLOT - 1 :: _SLOT] = shares
            self._index()

    def _index(self) -> None:
        """Note where the slots in use are, among those of all streams."""
        streams = len(self._used)
        self._stale = False
        self._slots = np.flatnonzero(self._used)
        self._counts = np.count_nonzero(self._used, axis=1)
        self._starts = np.cumsum(self._counts) - self._counts
        self._mixed = len(self._slots) > streams
        self._mixed_rows = np.flatnonzero(self._counts > 1)
        """The streams with several points."""
        others = np.delete(np.arange(len(self._slots)), self._starts)
        self._order = np.concatenate([self._starts, others])
        """The parts: the first one of each stream, then the others."""
        self._owners = self._slots[others] // _SLOTS
        """The streams of these others."""
        if len(self.feelings) != streams:
            self.feelings = np.zeros((streams, 3))


def _places(values: Points, used: Sequence[int], parts: Sequence[Part]) -> dict[int, Part]:
    """A slot for each part."""
    if len(used) == len(parts) == 1:
        return {used[0]: parts[0]}
    places: dict[int, Part] = {}
    waiting = list(range(len(parts)))
    for distance, slot, number in sorted(
        (math.dist(values[slot, :3], part.point), slot, number)
        for slot in used
        for number, part in enumerate(parts)
    ):
        if distance <= _NEAR and slot not in places and number in waiting:
            places[slot] = parts[number]
            waiting.remove(number)
    # Free slots first; where there is none, the one that shows least.
    shares = [values[slot, 3] if slot in used else -1.0 for slot in range(_SLOTS)]
    least = (slot for slot in sorted(range(_SLOTS), key=shares.__getitem__) if slot not in places)
    taken = zip(list(least), waiting, strict=False)
    return places | {slot: parts[number] for slot, number in taken}


def _slots(row: Points) -> Points:
    """[slots, 4] of one stream, to read and write."""
    return row.reshape(_SLOTS, _SLOT)


def _size(row: Points, used: Sequence[int]) -> float:
    size = 0.0
    for slot in used:
        valence, arousal, dominance, share = row[_columns(slot)].tolist()
        size += math.hypot(valence, arousal, dominance) * share
    return size


def _room(points: Points) -> Points:
    """[points, 1]: how near to neutral each point is, from 0 to 1."""
    size: Points = np.linalg.norm(points, axis=1, keepdims=True)
    return np.maximum(1.0 - size, 0.0)


def _columns(slot: int) -> slice:
    return slice(slot * _SLOT, (slot + 1) * _SLOT)
