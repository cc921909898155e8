"""The network in NumPy, which the daemon runs. It equals the PyTorch network within 1e-5.

The matrix products take a quarter of the time and the overhead of NumPy calls takes the rest.
Therefore all linear steps are folded into the weights, and every call writes into a buffer that is
kept between frames.
"""

import hashlib
from copy import copy
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.model.layers import NEGATIVE_SLOPE, SHAPES, Arrays
from protocols.arkit import BLENDSHAPES

_EPSILON = 1e-5  # PyTorch's LayerNorm default
_ZERO, _ONE = np.float32(0.0), np.float32(1.0)

Floats = NDArray[np.float32]


class AnyEngine(Protocol):
    """What turns feelings into faces: the network, or the table that is made from it."""

    @property
    def name(self) -> str:
        """`network` or `table`."""
        ...

    def run(self, vad: NDArray[np.floating]) -> Floats:
        """Turn [n, 3] valence, arousal, dominance into [n, 52] weights, 0 to 1, reference order.

        The result is the engine's own buffer. The next call overwrites it.
        """
        ...


class _Buffers(NamedTuple):
    """The buffers of one hidden layer for a given number of streams."""

    with_one: Floats
    """[streams, size + 1]; the last column is always 1, which adds the next layer's bias."""
    outputs: Floats
    """[streams, size], a view of `with_one` without its last column."""
    leaks: Floats
    norms: Floats
    """[streams, 1]"""


class _Hidden(NamedTuple):
    """A linear layer, its norm and its leaky ReLU.

    Layer norm subtracts the mean of a layer's outputs. That step is linear, so `matrix` already
    includes it and its outputs have mean zero. Layer norm then divides by
    sqrt(sum of squares / size + epsilon), which equals
    sqrt(sum of squares + size · epsilon) / sqrt(size). `scale` includes the factor sqrt(size).
    """

    matrix: Floats
    """[inputs + 1, size]; the last row is the bias."""
    scale: Floats
    shift: Floats

    def run(self, activation: Floats, buffers: _Buffers, negative_slope: np.float32) -> Floats:
        _, outputs, leaks, norms = buffers
        np.matmul(activation, self.matrix, out=outputs)
        np.vecdot(outputs, outputs, out=norms[:, 0])
        np.add(norms, np.float32(_EPSILON * len(self.scale)), out=norms)
        np.sqrt(norms, out=norms)
        np.divide(outputs, norms, out=outputs)
        np.multiply(outputs, self.scale, out=outputs)
        np.add(outputs, self.shift, out=outputs)
        np.multiply(outputs, negative_slope, out=leaks)
        np.maximum(outputs, leaks, out=outputs)
        return buffers.with_one

    def buffers(self, streams: int) -> _Buffers:
        size = len(self.scale)
        with_one = np.ones((streams, size + 1), np.float32)
        leaks = np.zeros((streams, size), np.float32)
        return _Buffers(with_one, with_one[:, :size], leaks, np.zeros((streams, 1), np.float32))


class Engine:
    """Runs the network for all streams at once. The buffers belong to the engine."""

    name: ClassVar[str] = "network"

    def __init__(self, arrays: Arrays, negative_slope: float = NEGATIVE_SLOPE) -> None:
        """
        Args:
            arrays: the tensors of a checkpoint, as `checkpoint.load` returns them.
            negative_slope: the slope of the leaky ReLU below 0, 0 to 1.
        """
        self._negative_slope = np.float32(negative_slope)
        hidden = sum(1 for shape in SHAPES.values() if len(shape) == 2) - 1
        self._hidden = [
            _folded(
                arrays[f"layers.{4 * depth}.weight"],
                arrays[f"layers.{4 * depth}.bias"],
                arrays[f"layers.{4 * depth + 1}.weight"],
                arrays[f"layers.{4 * depth + 1}.bias"],
            )
            for depth in range(hidden)
        ]
        self._matrix = _with_bias(
            arrays[f"layers.{4 * hidden}.weight"], arrays[f"layers.{4 * hidden}.bias"]
        )
        self._make_room(0)

    def run(self, vad: NDArray[np.floating]) -> Floats:
        """As `AnyEngine.run`."""
        np.maximum(self.unclamped(vad), _ZERO, out=self._output)
        return np.minimum(self._output, _ONE, out=self._output)

    def unclamped(self, vad: NDArray[np.floating]) -> Floats:
        """The last layer's output, [n, 52], in the buffer that `run` returns."""
        if len(vad) != len(self._input):
            self._make_room(len(vad))
        self._input[:, :3] = vad
        activation = self._input
        for layer, buffers in zip(self._hidden, self._buffers, strict=True):
            activation = layer.run(activation, buffers, self._negative_slope)
        return np.matmul(activation, self._matrix, out=self._output)

    def twin(self) -> "Engine":
        """The same network with buffers of its own, for another thread."""
        twin = copy(self)
        twin._make_room(0)
        return twin

    def digest(self) -> str:
        """The SHA-256 of everything that its answers depend on, in hexadecimal."""
        digest = hashlib.sha256(self._negative_slope.tobytes())
        for array in (*(part for layer in self._hidden for part in layer), self._matrix):
            digest.update(str(array.shape).encode() + array.tobytes())
        return digest.hexdigest()

    def _make_room(self, streams: int) -> None:
        self._input = np.ones((streams, 4), np.float32)
        self._buffers = [layer.buffers(streams) for layer in self._hidden]
        self._output = np.zeros((streams, len(BLENDSHAPES)), np.float32)


def _folded(weight: Floats, bias: Floats, scale: Floats, shift: Floats) -> _Hidden:
    weight64, bias64 = weight.astype(np.float64), bias.astype(np.float64)
    matrix = _with_bias(weight64 - weight64.mean(axis=0), bias64 - bias64.mean())
    return _Hidden(matrix, scale * np.float32(np.sqrt(len(scale))), shift)


def _with_bias(weight: NDArray[np.floating], bias: NDArray[np.floating]) -> Floats:
    return np.vstack([weight.T, bias]).astype(np.float32)
