"""No jump where the settings of a stream change with the state of its character.

What the face showed last and what it shows with the new settings differ in the first frame. This
difference is added to the face, and goes to 0 meanwhile. So every layer may change at once.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.face.layer import Frame, moved_up
from protocols.arkit import BLENDSHAPES

SECONDS = 0.5
"""From the one face to the other. A judgement: eyes that fall asleep close within it."""

_HEAD = 3
_WIDTH = len(BLENDSHAPES) + _HEAD


class Transition:
    """Eases every weight and the head from one state to another, alike left and right."""

    def __init__(self) -> None:
        self._difference: NDArray[np.float32] = np.zeros((0, _WIDTH), np.float32)
        """[streams, 52 + 3]: what is left of the old face at the beginning, and the head's angles
        of it. In the first frame the old face itself."""
        self._age: NDArray[np.float32] = np.zeros((0, 1), np.float32)
        """[streams, 1]: seconds since the state changed; infinity where no face changes."""
        self._begun: list[int] = []
        """The rows whose state changes in this frame."""
        self._runs = False

    def add_rows(self, streams: Sequence[str]) -> None:
        count = len(streams)
        new = np.zeros((count, _WIDTH), np.float32)
        self._difference = np.concatenate([self._difference, new])
        self._age = np.concatenate([self._age, np.full((count, 1), np.inf, np.float32)])

    def remove_rows(self, rows: Sequence[int]) -> None:
        self._difference = np.delete(self._difference, rows, axis=0)
        self._age = np.delete(self._age, rows, axis=0)
        moved = (moved_up(row, rows) for row in self._begun)
        self._begun = [row for row in moved if row is not None]

    def configure(self, settings: None) -> None:
        """There is nothing to set."""

    def enter(self, row: int, state: str, frame: Frame) -> None:
        """Remember the face that was shown last."""
        self._difference[row, :-_HEAD] = frame.weights[row]
        self._difference[row, -_HEAD:] = frame.rotations[row, 0]
        self._begun.append(row)
        self._runs = True

    def apply(self, frame: Frame) -> None:
        if not self._runs:
            return
        weights, head = frame.weights, frame.rotations[:, 0]
        self._age += np.float32(frame.dt)
        for row in self._begun:
            self._difference[row, :-_HEAD] -= weights[row]
            self._difference[row, -_HEAD:] -= head[row]
            self._age[row] = 0.0
        self._begun.clear()
        way = np.minimum(self._age / np.float32(SECONDS), np.float32(1.0))
        left = self._difference * (1.0 - way * way * (3.0 - 2.0 * way))
        weights += left[:, :-_HEAD]
        head += left[:, -_HEAD:]
        np.maximum(weights, 0.0, out=weights)
        np.minimum(weights, 1.0, out=weights)
        self._runs = bool((way < 1.0).any())
