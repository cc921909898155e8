"""What a layer is: a step after the model that changes every stream's face, once a frame."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Frame:
    """One frame of every stream, which layers change in place. Row n of each array is stream n."""

    weights: NDArray[np.float32]
    """[streams, 52] in reference order, within [0, 1] when the first layer gets them."""
    rotations: NDArray[np.float32]
    """[streams, 3, 3]: head, left eye and right eye, as `protocols.face.Face` has them."""
    feelings: NDArray[np.float64]
    """[streams, 3]: valence, arousal and dominance now. Layers only read it."""
    now: float = 0.0
    """Seconds on the frame clock. A layer reads no clock."""
    dt: float = 0.0
    """Seconds since the frame before, 0 in the first."""


class Layer(Protocol):
    """One step. All calls come from the frame thread; none may wait, log or raise."""

    def add_row(self, stream: str) -> None:
        """A stream has come; its row is the last one."""
        ...

    def remove_row(self, row: int) -> None:
        """A stream has ended; the rows after it move up by one."""
        ...

    def apply(self, frame: Frame) -> None:
        """Change the frame in place. Called once a frame."""
        ...

    def configure(self, settings: Any) -> None:
        """Go on with other settings, from the face as it is. Each layer says what it takes."""
        ...


class Layers:
    """Layers by their names, applied in the order in which they are given."""

    def __init__(self, **layers: Layer) -> None:
        self._layers = layers

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def add_row(self, stream: str) -> None:
        for layer in self._layers.values():
            layer.add_row(stream)

    def remove_row(self, row: int) -> None:
        for layer in self._layers.values():
            layer.remove_row(row)

    def apply(self, frame: Frame) -> None:
        for layer in self._layers.values():
            layer.apply(frame)

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Hand each layer named in `settings` its new ones; the others keep theirs."""
        for name, value in settings.items():
            self._layers[name].configure(value)
