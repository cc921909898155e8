"""Models whose figures can be known beforehand."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.model.engine import Engine
from bridge.offline.training.blend import shipped_blend

Floats = NDArray[np.float32]
Faces = Callable[[Floats], Floats]


class Known(Engine):
    """In place of a network, a function from [n, 3] feelings to [n, 52] faces."""

    def __init__(self, faces: Faces) -> None:
        self._faces = faces

    def run(self, vad: NDArray[np.floating]) -> Floats:
        return self._faces(np.asarray(vad, np.float32))


@pytest.fixture
def known() -> Callable[[Faces], Engine]:
    return Known


@pytest.fixture(scope="module")
def perfect() -> Engine:
    """Every feeling has exactly its target face."""
    return Known(shipped_blend().faces)
