"""Finds the slope of the leaky ReLU that a network was trained with.

A checkpoint holds no slope, and with another one than that of the training every face is wrong.
But a network that was trained to give left and right alike does so best with its own slope.
"""

import logging
from typing import NamedTuple

import numpy as np

from bridge.model.engine import Engine
from bridge.model.layers import NEGATIVE_SLOPE, Arrays, CheckpointError
from protocols.arkit import PAIRS

log = logging.getLogger(__name__)

USUAL = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.3, 0.5)
"""The slopes that are tried."""

_CLEARLY = 1.1
"""How many times smaller than the next best difference the best one must be. Networks trained with
a symmetry loss reach 1.1 to 4, untrained ones 1.00."""

_POINTS = np.random.default_rng(0).uniform(-1, 1, (2000, 3)).astype(np.float32)
_LEFT, _RIGHT = np.array(PAIRS).T


class Finding(NamedTuple):
    """The slope with the smallest difference, that difference, and the next best of both."""

    slope: float
    difference: float
    next_slope: float
    next_difference: float

    @property
    def clear(self) -> bool:
        """Whether the network tells its slope."""
        return self.difference * _CLEARLY < self.next_difference


def asymmetry(arrays: Arrays, negative_slope: float) -> float:
    """The mean difference of left and right weights over the cube, with this slope.

    `arrays`: the network with its outputs in reference order.
    """
    faces = Engine(arrays, negative_slope).run(_POINTS)
    return float(np.abs(faces[:, _LEFT] - faces[:, _RIGHT]).mean())


def find_slope(arrays: Arrays) -> Finding:
    """Try the usual slopes.

    `arrays`: the network with its outputs in reference order.
    """
    (best, slope), (second, other), *_ = sorted((asymmetry(arrays, s), s) for s in USUAL)
    return Finding(slope, best, other, second)


def settled_slope(arrays: Arrays, said: float | None) -> float:
    """The slope that was said, or else the one that the network shows, or else PyTorch's default.

    Logs which one it is if it was not said.

    Raises:
        CheckpointError: the slope that was said is not one.
    """
    if said is not None:
        if not 0.0 <= said < 1.0:
            raise CheckpointError(f"slope {said:g} is not a number from 0 to 1")
        return said
    found = find_slope(arrays)
    if found.clear:
        log.info(
            "LeakyReLU slope %g: with it left and right differ by %.5f, with the next best (%g) "
            "by %.5f",
            *(found.slope, found.difference, found.next_slope, found.next_difference),
        )
        return found.slope
    log.warning(
        "the file does not say the slope of its LeakyReLU, and the weights do not show it; using "
        "%g, PyTorch's default (`affect-bridge convert --leak` sets another)",
        NEGATIVE_SLOPE,
    )
    return NEGATIVE_SLOPE
