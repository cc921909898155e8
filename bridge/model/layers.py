"""The tensors of the network: their names, their shapes, and the order of the outputs."""

import itertools
from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import BLENDSHAPES

ARCHITECTURE = "mlp 3-256-512-256-52, layer norm, leaky ReLU, clamp"

NEGATIVE_SLOPE = 0.01
"""The slope of the leaky ReLU below 0 in this project's networks. It is PyTorch's default."""

_SIZES = (3, 256, 512, 256, len(BLENDSHAPES))

Arrays = Mapping[str, NDArray[np.float32]]

OutputOrder = Literal["reference", "emo3d"]
"""What the 52 outputs of a network are: the blendshapes in reference order, or, as in Emo3D,
MediaPipe's `_neutral` and 51 blendshapes without `tongueOut`. A file does not say which; the user
does."""


def _shapes() -> dict[str, tuple[int, ...]]:
    """The name and shape of every tensor. A name has the index in the network's list of layers."""
    shapes: dict[str, tuple[int, ...]] = {}
    for depth, (size_in, size_out) in enumerate(itertools.pairwise(_SIZES)):
        shapes[f"layers.{4 * depth}.weight"] = (size_out, size_in)
        shapes[f"layers.{4 * depth}.bias"] = (size_out,)
        if depth < len(_SIZES) - 2:  # the last layer has no norm
            shapes[f"layers.{4 * depth + 1}.weight"] = (size_out,)
            shapes[f"layers.{4 * depth + 1}.bias"] = (size_out,)
    return shapes


SHAPES: Mapping[str, tuple[int, ...]] = _shapes()


class CheckpointError(ValueError):
    """A file is not a checkpoint of this network. The message says what was found and expected."""


def in_reference_order(arrays: Arrays, output_order: OutputOrder) -> Arrays:
    """Put the outputs of the last layer into reference order.

    `emo3d` outputs lose `_neutral` and gain `tongueOut`, which is always 0.
    """
    if output_order == "reference":
        return arrays
    weight_name, bias_name = list(SHAPES)[-2:]
    matrix, bias = arrays[weight_name], arrays[bias_name]
    # Both orders are alphabetical, so the 51 blendshapes move up by one place.
    return {
        **arrays,
        weight_name: np.concatenate([matrix[1:], np.zeros_like(matrix[:1])]),
        bias_name: np.append(bias[1:], np.float32(0.0)),
    }
