"""The network on NumPy alone: what the daemon runs. Equal to the PyTorch one within 1e-5."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.model.checkpoint import SHAPES, Arrays
from protocols.arkit import BLENDSHAPES

_EPSILON = np.float32(1e-5)  # PyTorch's LayerNorm default
_LEAK = np.float32(0.01)  # PyTorch's LeakyReLU default

Floats = NDArray[np.float32]


class _Hidden(NamedTuple):
    """A linear layer whose outputs already have mean zero, and the scale and shift of its norm.

    Layer norm first subtracts the mean over a layer's outputs. That is linear, so it is folded
    into the weights once instead of being computed every frame.
    """

    matrix: Floats
    bias: Floats
    scale: Floats
    shift: Floats

    def run(self, activation: Floats, outputs: Floats, leaks: Floats) -> Floats:
        """One layer, norm and leaky ReLU. `outputs` and `leaks` are buffers of the same shape; the
        first is returned."""
        np.matmul(activation, self.matrix, out=outputs)
        np.add(outputs, self.bias, out=outputs)
        variance = np.einsum("ij,ij->i", outputs, outputs) / np.float32(outputs.shape[1])
        np.multiply(outputs, (1.0 / np.sqrt(variance + _EPSILON))[:, None], out=outputs)
        np.multiply(outputs, self.scale, out=outputs)
        np.add(outputs, self.shift, out=outputs)
        np.multiply(outputs, _LEAK, out=leaks)
        return np.maximum(outputs, leaks, out=outputs)


class Engine:
    """Runs the network for all streams at once, into buffers of its own."""

    def __init__(self, arrays: Arrays) -> None:
        """`arrays`: a checkpoint's tensors."""
        hidden = sum(1 for shape in SHAPES.values() if len(shape) == 2) - 1
        self._hidden = [
            _centred(
                arrays[f"layers.{4 * depth}.weight"],
                arrays[f"layers.{4 * depth}.bias"],
                arrays[f"layers.{4 * depth + 1}.weight"],
                arrays[f"layers.{4 * depth + 1}.bias"],
            )
            for depth in range(hidden)
        ]
        self._matrix = np.ascontiguousarray(arrays[f"layers.{4 * hidden}.weight"].T)
        self._bias = arrays[f"layers.{4 * hidden}.bias"]
        self._input: Floats = np.zeros((0, 3), np.float32)
        self._buffers: list[tuple[Floats, Floats]] = []
        self._output: Floats = np.zeros((0, len(BLENDSHAPES)), np.float32)

    def run(self, vad: NDArray[np.floating]) -> Floats:
        """[n, 3] valence, arousal, dominance to [n, 52] weights within [0, 1], reference order.

        The result is the engine's own buffer, overwritten by the next call.
        """
        if len(vad) != len(self._input):
            self._make_room(len(vad))
        self._input[:] = vad
        activation = self._input
        for layer, buffers in zip(self._hidden, self._buffers, strict=True):
            activation = layer.run(activation, *buffers)
        np.matmul(activation, self._matrix, out=self._output)
        self._output += self._bias
        return np.clip(self._output, 0.0, 1.0, out=self._output)

    def _make_room(self, streams: int) -> None:
        self._input = np.zeros((streams, 3), np.float32)
        sizes = [(streams, len(layer.bias)) for layer in self._hidden]
        self._buffers = [(np.zeros(s, np.float32), np.zeros(s, np.float32)) for s in sizes]
        self._output = np.zeros((streams, len(BLENDSHAPES)), np.float32)


def _centred(weight: Floats, bias: Floats, scale: Floats, shift: Floats) -> _Hidden:
    weight64, bias64 = weight.astype(np.float64), bias.astype(np.float64)
    matrix = (weight64 - weight64.mean(axis=0)).T
    return _Hidden(
        np.ascontiguousarray(matrix, dtype=np.float32),
        (bias64 - bias64.mean()).astype(np.float32),
        scale,
        shift,
    )
