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
        interpolation.width = _SLOT
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
        self._active: list[list[int]] = []
        """The slots of each stream that have a share or are to get one."""
        self.still = False
        """Whether the latest `advance` changed nothing."""
        self.shifted = False
        """Whether `shift` was called since the latest `advance`."""
        self._was_at_rest = False
        self._index()

    def add_row(self) -> None:
        """A stream comes, at neutral."""
        self._interpolation.add_row()
        self._goals = np.concatenate([self._goals, np.zeros((1, self._interpolation.width))])
        self._goals[-1, _SLOT - 1] = 1.0
        self._interpolation.start_at(len(self._active), self._goals[-1])
        self._active.append([0])
        self._index()

    def remove_row(self, row: int) -> None:
        """A stream ends; those after it move up by one."""
        self._interpolation.remove_row(row)
        self._goals = np.delete(self._goals, row, axis=0)
        del self._active[row]
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
        for slot, part in _places(values, self._active[row], parts).items():
            goals[slot] = *part.point, part.share
            if slot not in self._active[row]:
                self._interpolation.start_at(row, np.array([*part.point, 0.0]), _columns(slot))
                self._active[row].append(slot)
        self._active[row].sort()
        self._interpolation.retarget(row, self._goals[row], fade, grows=self._grows(row))
        self._index()

    def advance(self, dt: float) -> None:
        """Move `dt` seconds on."""
        interpolation = self._interpolation
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
        mean: Floats = np.add.reduceat(faces * self._shares, self._starts, axis=0)
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
        interpolation.width = self._interpolation.width
        for row, value in enumerate(self._interpolation.value):
            interpolation.add_row()
            interpolation.start_at(row, value)
            interpolation.retarget(row, self._goals[row], None, grows=self._grows(row))
        self._interpolation = interpolation

    def _grows(self, row: int) -> bool:
        """Whether the goal is further from neutral than the feeling now, each part by its share."""
        return _size(self._goals[row]) >= _size(self._interpolation.value[row])

    def _forget_what_is_gone(self) -> None:
        values = self._interpolation.value
        gone = False
        for row, active in enumerate(self._active):
            for slot in active[:] if len(active) > 1 else ():
                share = _columns(slot).stop - 1
                if self._goals[row, share] == 0.0 and abs(values[row, share]) < _GONE:
                    active.remove(slot)
                    values[row, share] = 0.0
                    gone = True
        if gone:
            self._index()

    def _narrow(self) -> None:
        """Let each stream have its one point in the first slot, and no other."""
        for row, [slot] in enumerate(self._active):
            if slot:
                self._interpolation.move_columns(row, slot * _SLOT, _SLOT)
                self._goals[row, :_SLOT] = self._goals[row, _columns(slot)]
                self._active[row] = [0]
        self._resize(_SLOT)
        self._index()

    def _resize(self, width: int) -> None:
        """Have so many numbers a row."""
        kept = min(width, self._interpolation.width)
        if width == self._interpolation.width:
            return
        self._interpolation.resize(width)
        goals, self._goals = self._goals, np.zeros((len(self._goals), width))
        self._goals[:, :kept] = goals[:, :kept]
        self._index()

    def _index(self) -> None:
        """Note where the slots in use are, among those of all streams."""
        slots = self._interpolation.width // _SLOT
        self._slots = np.array(
            [row * slots + slot for row, active in enumerate(self._active) for slot in active],
            dtype=np.intp,
        )
        self._counts = np.array([len(active) for active in self._active], dtype=np.intp)
        self._starts = np.cumsum(self._counts) - self._counts
        self._mixed = len(self._slots) > len(self._active)
        if len(self.feelings) != len(self._active):
            self.feelings = np.zeros((len(self._active), 3))
        self._was_at_rest = False


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


def _size(row: Points) -> float:
    slots = _slots(row)
    return float(np.linalg.norm(slots[:, :3], axis=1) @ slots[:, 3])


def _room(points: Points) -> Points:
    """[points, 1]: how near to neutral each point is, from 0 to 1."""
    size: Points = np.linalg.norm(points, axis=1, keepdims=True)
    return np.maximum(1.0 - size, 0.0)


def _columns(slot: int) -> slice:
    return slice(slot * _SLOT, (slot + 1) * _SLOT)
