"""Weights as a network would have them, without PyTorch."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.model import checkpoint
from bridge.model.baking import bake
from bridge.model.engine import Engine
from bridge.model.layers import SHAPES
from bridge.model.table import Baked

Arrays = dict[str, NDArray[np.float32]]


@pytest.fixture
def random_arrays() -> Callable[[int], Arrays]:
    """Random tensors of the right names and shapes, scaled so that outputs fill 0 to 1."""

    def arrays(seed: int) -> Arrays:
        rng = np.random.default_rng(seed)
        made = {
            name: (rng.normal(0, shape[-1] ** -0.5, shape)).astype(np.float32)
            for name, shape in SHAPES.items()
        }
        for norm in ("layers.1.weight", "layers.5.weight", "layers.9.weight"):
            made[norm] += 1.0
        made["layers.12.bias"] += 0.5
        return made

    return arrays


@pytest.fixture(scope="session")
def network() -> Engine:
    """The network with the weights that are shipped."""
    return Engine(checkpoint.load(checkpoint.BUILTIN)[0])


@pytest.fixture(scope="session")
def baked(network: Engine) -> Baked:
    """What is kept of it."""
    return bake(network)
