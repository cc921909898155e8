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
from bridge.frames.interpolation import Interpolation, Points, resized
from bridge.model.engine import AnyEngine, Floats
from protocols.arkit import BLENDSHAPES

_SLOTS = 3 * MOST_PARTS
"""Points of a stream: those that it heads for, and those that are fading meanwhile."""
_SLOT = 4
"""Numbers of a slot: valence, arousal, dominance and share."""
_NEAR = 0.4
"""How far a point may be from an emotion that stays, whose intensity has changed perhaps."""
_GONE = 1e-3
"""A share that counts as gone once it is fading: the face that it leaves changes by less than half
of a step of 1/255."""


_NONE_ASKED: tuple[Points, Floats] = (np.zeros((0, 3)), np.zeros((0, len(BLENDSHAPES)), np.float32))


class Mixture:
    """Every stream's points and shares, moved by one interpolation.

    An emotion that stays keeps its slot, and its point and share move. Where there was one emotion
    and there is to be one, it moves as well, whatever it is. Any other emotion starts at its own
    point with share 0, while what it replaces stays at its point and loses its share. So nothing
    jumps, and a face changes hardly faster than on the way from one emotion to another.

    While no stream has several points, each has a single slot.
    """

    def __init__(self, interpolation: Interpolation) -> None:
        """`interpolation`: without rows yet."""
        interpolation.resize(_SLOT)
        self.feelings: Points = np.zeros((0, 3))
        """[streams, 3]: the weighted mean of each stream's points."""
        self.parts: tuple[Points, Points, NDArray[np.intp]] = (
            np.zeros((0, 3)),
            np.zeros(0),
            np.zeros(0, np.intp),
        )
        """The points and shares of all parts, and the first part of each stream. Each frame makes
        new arrays, which nothing changes later."""
        self._unshifted = self._points = self.feelings
        """[streams, 3] without moods, and [parts, 3] with them."""
        self._shares: Floats = np.zeros((0, 1), np.float32)
        self._asked = _NONE_ASKED
        """Points and their faces in the latest frame, unless there was a single one."""
        self._interpolation = interpolation
        self._goals: Points = np.zeros((0, _SLOT))
        self._used: NDArray[np.bool_] = np.zeros((0, 1), np.bool_)
        """[streams, slots]: whether a slot has a share or is to get one."""
        self.still = False
        """Whether the latest `advance` changed nothing."""
        self.shifted = False
        """Whether `shift` was called since the latest `advance`."""
        self._was_at_rest = False
        self._index()

    def add_rows(self, count: int) -> None:
        """Streams come, at neutral."""
        first, slots = self._used.shape
        new = np.zeros((count, slots * _SLOT))
        new[:, _SLOT - 1] = 1.0
        self._goals = np.concatenate([self._goals, new])
        self._used = np.concatenate([self._used, np.arange(slots) == np.zeros((count, 1))])
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
        if len(parts) > 1:
            self._resize(_SLOTS * _SLOT)
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
        interpolation = self._interpolation
        if self._stale:
            self._index()
        self.still = interpolation.at_rest and self._was_at_rest
        self._was_at_rest = interpolation.at_rest
        if self.still:
            if self.shifted:
                self._points, self.feelings, self.shifted = self.parts[0], self._unshifted, False
            return
        self.shifted = False
        interpolation.advance(dt)
        if self._mixed:
            self._forget_what_is_gone()
        if not self._mixed and interpolation.width > _SLOT:
            self._narrow()
        if interpolation.width == _SLOT:
            slots = interpolation.value.copy()
        else:
            slots = interpolation.value.reshape(-1, _SLOT)[self._slots]
        self.parts = (slots[:, :3], slots[:, 3], self._starts)
        self._points = slots[:, :3]
        if not self._mixed:
            self.feelings = self._unshifted = self._points
            return
        shares = slots[:, 3:]
        totals = np.add.reduceat(shares, self._starts, axis=0)
        np.divide(shares, np.repeat(totals, self._counts, axis=0), out=shares)
        self._shares = shares.astype(np.float32)
        self.feelings = self._unshifted = np.add.reduceat(
            slots[:, :3] * shares, self._starts, axis=0
        )

    def shift(self, offsets: Points) -> None:
        """Move each stream's points until the next `advance`: a neutral point by the whole offset,
        others less, a full emotion not at all.

        Args:
            offsets: [streams, 3]
        """
        self.still, self.shifted = False, True
        points = self.parts[0]
        self._points = points + np.repeat(offsets, self._counts, axis=0) * _room(points)
        self.feelings = self._points
        if self._mixed:
            shares = self.parts[1][:, None]
            self.feelings = np.add.reduceat(self._points * shares, self._starts, axis=0)

    def faces(self, engine: AnyEngine) -> Floats:
        """[streams, 52]: the weighted mean of the faces of each stream's points. May be the
        engine's own buffer."""
        faces = self._of_each_point(engine)
        if not self._mixed:
            return faces
        # Most streams have one point, whose face is theirs. The others are mixed here.
        rows, others = self._mixed_rows, self._others
        mean: Floats = faces[self._starts]
        mean[rows] *= self._shares[self._starts[rows]]
        np.add.at(mean, self._owners, faces[others] * self._shares[others])
        return mean

    def _of_each_point(self, engine: AnyEngine) -> Floats:
        """[parts, 52]. Points that stand still keep their faces."""
        points = self._points
        if len(points) == 1:
            return engine.run(points)
        asked, faces = self._asked
        if len(asked) != len(points):
            faces = engine.run(points).copy()
        elif (moved := (points != asked).any(axis=1)).any():
            faces[moved] = engine.run(points[moved])
        self._asked = points, faces
        return faces

    def forget_faces(self) -> None:
        """Another engine gives other faces."""
        self._asked = _NONE_ASKED

    def move_by(self, interpolation: Interpolation) -> None:
        """Go on with another interpolation, which has no rows yet, from where everything is."""
        interpolation.resize(self._interpolation.width)
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

    def _narrow(self) -> None:
        """Let each stream have its one point in the first slot, and no other."""
        for row, slot in np.argwhere(self._used[:, 1:]).tolist():
            columns = _columns(slot + 1)
            self._interpolation.move_columns(row, columns.start, _SLOT)
            self._goals[row, :_SLOT] = self._goals[row, columns]
            self._used[row, 0] = True
        self._resize(_SLOT)

    def _resize(self, width: int) -> None:
        """Have so many numbers a row."""
        if width == self._interpolation.width:
            return
        self._interpolation.resize(width)
        self._goals = resized(self._goals, width)
        self._used = resized(self._used, width // _SLOT)
        self._index()

    def _index(self) -> None:
        """Note where the slots in use are, among those of all streams."""
        streams, slots = self._used.shape
        self._stale = self._was_at_rest = False
        self._slots = np.flatnonzero(self._used)
        self._counts = np.count_nonzero(self._used, axis=1)
        self._starts = np.cumsum(self._counts) - self._counts
        self._mixed = len(self._slots) > streams
        self._mixed_rows = np.flatnonzero(self._counts > 1)
        """The streams with several points."""
        self._others = np.delete(np.arange(len(self._slots)), self._starts)
        """The parts except the first one of each stream."""
        self._owners = self._slots[self._others] // slots
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
    return row.reshape(-1, _SLOT)


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
