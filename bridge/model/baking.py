"""Makes the table from the network, and measures how far the two differ."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.model.engine import AnyEngine, Engine
from bridge.model.table import MIDDLE, SIDE, Baked, Table, node_axis

LARGEST_ERROR = 4 / 255
"""How much any weight of the table may differ from the network's."""
USUAL_ERROR = 2 / 255
"""How much all weights may differ at 99.9 % of the points of the cube."""

_LARGEST_STEP = 32767
_POINTS = 20_000
_CHUNK = 500
"""Points at a time: few, so that no step keeps the interpreter from the frame thread for long."""


class Error(NamedTuple):
    """How far a table's weights are from the network's, 0 to 1."""

    largest: float
    usual: float
    """At 99.9 % of the points of the cube no weight differs by more."""

    @property
    def is_small(self) -> bool:
        """Whether the table may serve in place of the network."""
        return self.largest <= LARGEST_ERROR and self.usual <= USUAL_ERROR


def bake(network: Engine) -> Baked:
    """The network's output before the clamp at every node. Takes about a second of one core."""
    neutral = network.unclamped(np.zeros((1, 3)))[0].copy()
    axis = node_axis()
    outputs = np.empty((SIDE, SIDE * SIDE, len(neutral)), np.float32)
    rest = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    for plane, valence in zip(outputs, axis, strict=True):
        points = np.concatenate([np.full((len(rest), 1), valence), rest], axis=1)
        for start in range(0, len(points), _CHUNK):
            plane[start : start + _CHUNK] = network.unclamped(points[start : start + _CHUNK])
    varying = np.flatnonzero((outputs != outputs[0, 0]).any(axis=(0, 1)))
    # In the matrix product of many points the last bit may be another than in that of one.
    outputs[MIDDLE, MIDDLE * SIDE + MIDDLE] = neutral
    outputs -= neutral
    farthest = max(float(np.abs(plane).max()) for plane in outputs)
    scale = farthest / _LARGEST_STEP or 1.0
    values = np.empty((*outputs.shape[:2], len(varying)), np.int16)
    for plane, whole in zip(outputs, values, strict=True):
        whole[:] = np.rint(plane[:, varying] / np.float32(scale))
    return Baked(values.reshape(SIDE, SIDE, SIDE, len(varying)), scale, neutral, varying)


def error(baked: Baked, network: Engine, *, seed: int = 0) -> Error:
    """Compare the two at random points of the cube, and at as many around neutral, where most
    weights reach 0 and the network bends most."""
    table = Table(baked)
    chance = np.random.default_rng(seed)
    anywhere = chance.uniform(-1, 1, (_POINTS, 3))
    around_neutral = chance.uniform(-1, 1, (_POINTS, 3)) * chance.uniform(0, 1, (_POINTS, 1))
    found = _differences(table, network, anywhere)
    near = _differences(table, network, around_neutral)
    return Error(float(max(found.max(), near.max())), float(np.quantile(found, 0.999)))


def _differences(
    table: AnyEngine, network: AnyEngine, points: NDArray[np.float64]
) -> NDArray[np.float32]:
    """[points]: the largest difference of any weight."""
    found = [
        np.abs(table.run(some) - network.run(some)).max(axis=1)
        for some in np.array_split(points, len(points) // _CHUNK)
    ]
    return np.concatenate(found)
