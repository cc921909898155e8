"""The network's answers on a grid over the cube, and a face from those around a feeling.

A frame at 60 a second finds cold caches, and the network reads 1.1 MB of weights. A face from the
table reads the 4 × 4 × 4 nodes around its point: 5 KB. The interpolation is cubic convolution (Keys
1981): smooth, and exact at every node, so that the neutral face is the network's own.

The nodes lie closer together near neutral, where the network bends most.
"""

from typing import ClassVar, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from bridge.model.engine import Floats
from protocols.arkit import BLENDSHAPES

NODES = 47
"""Along each axis from -1 to 1. The one in the middle is neutral."""
SIDE = NODES + 2
"""Nodes along each axis with one more beyond each end, which the interpolation needs there."""
MIDDLE = SIDE // 2

_BEND = 0.4
"""How much closer than on average the nodes lie around neutral: 1.4 times."""
_HALF = (NODES - 1) / 2
_LAST_CELL = NODES - 2
_CHUNK = 64
"""Streams at a time: few enough that their nodes stay in the cache."""
_ZERO, _ONE = np.array(0.0, np.float32), np.array(1.0, np.float32)
_AROUND = np.ravel_multi_index(tuple(np.indices((4, 4, 4)).reshape(3, -1)), (SIDE, SIDE, SIDE))
"""The 64 nodes around a point, counted from the first of them."""

Number = TypeVar("Number", float, NDArray[np.float64])


class Baked(NamedTuple):
    """What is kept of a network."""

    values: NDArray[np.int16]
    """[SIDE, SIDE, SIDE, varying outputs]: how far the network's output before the clamp is from
    that at neutral, in steps of `scale`."""
    scale: float
    neutral: Floats
    """[52]: the network's output at neutral, before the clamp."""
    varying: NDArray[np.intp]
    """Which of the 52 outputs depend on the feeling."""


def node_axis() -> NDArray[np.float64]:
    """[SIDE]: where the nodes lie on each axis."""
    steps = (np.arange(SIDE) - MIDDLE) / _HALF
    root = np.sqrt((1 + _BEND) ** 2 - 4 * _BEND * np.abs(steps))
    axis: NDArray[np.float64] = np.sign(steps) * (1 + _BEND - root) / (2 * _BEND)
    return axis


class Table:
    """Looks faces up for all streams at once. The buffers belong to the table."""

    name: ClassVar[str] = "table"

    def __init__(self, baked: Baked) -> None:
        values, self._scale, neutral, varying = baked
        count = len(varying)
        self._values = values
        self._neutral, self._varying = neutral[varying], varying
        self._constant = neutral
        # For a single stream: one axis after the other is summed up, each into the next buffer.
        self._nodes = np.zeros((4, 4, 4, count), np.float32)
        planes, lines = np.zeros(16 * count, np.float32), np.zeros((5, count), np.float32)
        lines[4] = self._neutral
        self._shares = np.zeros(13, np.float32)
        self._found = np.concatenate([np.zeros(count, np.float32), neutral])
        self._sums = (
            (self._shares[:4], self._nodes.reshape(4, -1), planes),
            (self._shares[4:8], planes.reshape(4, -1), lines[:4].reshape(-1)),
            (self._shares[8:], lines, self._found[:count]),
        )
        self._places = count + np.arange(len(BLENDSHAPES))
        self._places[varying] = np.arange(count)
        self._output = np.zeros((1, len(BLENDSHAPES)), np.float32)
        self._face = self._output[0]

    def run(self, vad: NDArray[np.floating]) -> Floats:
        """As `AnyEngine.run`."""
        if len(vad) == 1:
            return self._run_one(*vad[0].tolist())
        return self._run_many(vad)

    def _run_one(self, valence: float, arousal: float, dominance: float) -> Floats:
        """One stream by few calls: at a real frame rate each of them costs more than its work."""
        first, along = _cell(valence)
        second, across = _cell(arousal)
        third, up = _cell(dominance)
        scale = self._scale
        self._shares[:] = (*along, *across, *[share * scale for share in up], 1.0)
        self._nodes[...] = self._values[first : first + 4, second : second + 4, third : third + 4]
        for shares, nodes, out in self._sums:
            np.dot(shares, nodes, out=out)
        found = self._found
        np.maximum(found, _ZERO, out=found)
        np.minimum(found, _ONE, out=found)
        found.take(self._places, out=self._face, mode="clip")
        return self._output

    def _run_many(self, vad: NDArray[np.floating]) -> Floats:
        faces = np.empty((len(vad), len(BLENDSHAPES)), np.float32)
        faces[:] = self._constant
        flat = self._values.reshape(SIDE**3, -1)
        # fmax and fmin, because unlike clip they also turn a NaN into a number.
        points = np.fmax(np.fmin(vad, 1.0), -1.0)
        steps = (points * (1 + _BEND - _BEND * np.abs(points)) + 1.0) * _HALF
        cells = np.minimum(steps.astype(np.intp), _LAST_CELL)
        shares = np.stack(_shares(steps - cells), axis=-1).astype(np.float32)
        shares[:, 2] *= np.float32(self._scale)
        firsts = (cells[:, 0] * SIDE + cells[:, 1]) * SIDE + cells[:, 2]
        for start in range(0, len(vad), _CHUNK):
            some = slice(start, start + _CHUNK)
            nodes = flat.take(firsts[some, None] + _AROUND, axis=0).astype(np.float32)
            along, across, up = shares[some].transpose(1, 0, 2)
            share = along[:, :, None, None] * across[:, None, :, None] * up[:, None, None, :]
            found = np.matmul(share.reshape(-1, 1, 64), nodes)[:, 0]
            faces[some, self._varying] = found + self._neutral
        np.maximum(faces, _ZERO, out=faces)
        return np.minimum(faces, _ONE, out=faces)


def _cell(place: float) -> tuple[int, tuple[float, ...]]:
    """The first of the four nodes around a place on an axis, and the share of each."""
    place = max(-1.0, min(1.0, place))  # a NaN becomes 1
    steps = (place * (1 + _BEND - _BEND * abs(place)) + 1.0) * _HALF
    cell = min(int(steps), _LAST_CELL)
    return cell, _shares(steps - cell)


def _shares(past: Number) -> tuple[Number, Number, Number, Number]:
    """The shares of four nodes in a row, at a place 0 to 1 past the second of them."""
    square = past * past
    cube = square * past
    return (
        0.5 * (2 * square - past - cube),
        1.0 - 2.5 * square + 1.5 * cube,
        0.5 * (past - 3 * cube) + 2 * square,
        0.5 * (cube - square),
    )
