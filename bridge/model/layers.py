"""Finds the network's layers among tensors with any names, by their shapes.

A checkpoint's tensors have the names that the training code gave to its layers. The shapes are the
same in every checkpoint: four linear layers of different shapes and three norms.
"""

import itertools
from collections import Counter
from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import BLENDSHAPES

ARCHITECTURE = "mlp 3-256-512-256-52, layer norm, leaky ReLU, clamp"

_SIZES = (3, 256, 512, 256, len(BLENDSHAPES))

Arrays = Mapping[str, NDArray[np.float32]]

OutputOrder = Literal["reference", "emo3d"]
"""What the 52 outputs of a network are: the blendshapes in reference order, or, as in Emo3D,
MediaPipe's `_neutral` and 51 blendshapes without `tongueOut`. A file does not say which; the user
does."""

_MOST_LISTED = 6


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


def arrange(tensors: Mapping[str, NDArray[np.floating]]) -> Arrays:
    """Give the tensors this project's names and order.

    Tensors are grouped by the part of their name before the last dot, which is how PyTorch names
    the weight and bias of a module. Linear layers are identified by their shapes. Norms of the same
    size are used in the order of the file. Tensors whose names have no dots are used in the order
    of the file.

    Raises:
        CheckpointError: these are not the layers of this network, or a number is not finite. The
            message says what was found.
    """
    with np.errstate(over="ignore"):  # a number too large becomes infinite and is refused below
        floats = {
            name: np.asarray(tensor, dtype=np.float32)
            for name, tensor in tensors.items()
            if np.issubdtype(tensor.dtype, np.floating) and tensor.ndim > 0
        }
    arranged = _by_modules(floats)
    if arranged is None or {name: array.shape for name, array in arranged.items()} != SHAPES:
        raise CheckpointError(
            f"not a checkpoint of this network ({ARCHITECTURE}): {_difference(floats)}"
        )
    if not all(np.isfinite(array).all() for array in arranged.values()):
        raise CheckpointError("contains numbers that are not finite")
    return arranged


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


def _by_modules(floats: Arrays) -> Arrays | None:
    if len(floats) != len(SHAPES):
        return None
    modules: dict[str, list[NDArray[np.float32]]] = {}
    # Only the names distinguish the two vectors of a norm. The sort is stable.
    for name in sorted(floats, key=lambda name: _is_bias(name, floats[name])):
        module, dot, _ = name.rpartition(".")
        modules.setdefault(module if dot else name, []).append(floats[name])
    if all(len(members) == 1 for members in modules.values()):
        return dict(zip(SHAPES, floats.values(), strict=True))
    arranged: dict[str, NDArray[np.float32]] = {}
    unused = list(modules.values())
    for weight_name in (name for name in SHAPES if name.endswith(".weight")):
        bias_name = weight_name.removesuffix("weight") + "bias"
        wanted = [SHAPES[weight_name], SHAPES[bias_name]]
        fitting = [i for i, m in enumerate(unused) if [part.shape for part in m] == wanted]
        if not fitting:
            return None
        arranged[weight_name], arranged[bias_name] = unused.pop(fitting[0])
    return arranged


def _is_bias(name: str, array: NDArray[np.float32]) -> bool:
    return array.ndim == 1 and name.rpartition(".")[2] in {"bias", "beta", "shift", "b"}


def _difference(floats: Arrays) -> str:
    wanted = Counter(SHAPES.values())
    found = Counter(array.shape for array in floats.values())
    missing, surplus = wanted - found, found - wanted
    if not missing and not surplus:
        return "its tensors have the right shapes, but their names do not form layers"
    parts = []
    if missing:
        parts.append(f"missing shapes {_listing(missing)}")
    if surplus:
        parts.append(f"unexpected shapes {_listing(surplus)}")
    return "; ".join(parts)


def _listing(shapes: Counter[tuple[int, ...]]) -> str:
    some = [str(list(shape)) for shape in list(shapes)[:_MOST_LISTED]]
    return ", ".join(some) + (" and others" if len(shapes) > _MOST_LISTED else "")
