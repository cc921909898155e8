"""Weights on disk: safetensors with a JSON header. Nothing in the file is ever executed."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from protocols.arkit import BLENDSHAPES

FORMAT_VERSION = 1
ARCHITECTURE = "mlp 3-256-512-256-52, layer norm, leaky ReLU, clamp"
BUILTIN = Path(str(files("bridge.model") / "weights.safetensors"))

_HEADER_KEY = "affect-bridge"
_SIZES = (3, 256, 512, 256, 52)

Arrays = Mapping[str, NDArray[np.float32]]


def _shapes() -> dict[str, tuple[int, ...]]:
    """The name and shape of every tensor, by its place in the network's layer list."""
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
    """A file that is no checkpoint of this network; says what was found and what was expected."""


@dataclass(frozen=True)
class Header:
    """What a checkpoint says about itself."""

    format_version: int = FORMAT_VERSION
    architecture: str = ARCHITECTURE
    names: tuple[str, ...] = BLENDSHAPES
    training: dict[str, Any] = field(default_factory=dict)
    """The recipe and its metrics, free-form."""


def save(path: Path, arrays: Arrays, header: Header) -> None:
    """Write a checkpoint. `arrays` are named and shaped as `SHAPES` says."""
    save_file(
        {name: np.ascontiguousarray(arrays[name], dtype=np.float32) for name in SHAPES},
        path,
        metadata={_HEADER_KEY: json.dumps(asdict(header), sort_keys=True)},
    )


def load(path: Path) -> tuple[dict[str, NDArray[np.float32]], Header]:
    """Read a checkpoint.

    Raises:
        CheckpointError: the file is missing, is no safetensors file, holds other layers, or holds
            a number that is not finite.
    """
    if not path.is_file():
        raise CheckpointError(f"{path}: no such file")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, TypeError) as problem:
        raise CheckpointError(f"{path}: cannot be read as safetensors: {problem}") from problem
    found = {name: array.shape for name, array in arrays.items()}
    if found != SHAPES:
        raise CheckpointError(f"{path}: {_difference(found)} (expected: {ARCHITECTURE})")
    with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused as such
        floats = {name: array.astype(np.float32) for name, array in arrays.items()}
    if not all(np.isfinite(array).all() for array in floats.values()):
        raise CheckpointError(f"{path}: holds numbers that are not finite")
    return floats, _header(path, metadata)


def _header(path: Path, metadata: Mapping[str, str]) -> Header:
    try:
        said = json.loads(metadata.get(_HEADER_KEY, "{}"))
        header = Header(**{**said, "names": tuple(said.get("names", BLENDSHAPES))})
    except (ValueError, TypeError, AttributeError) as problem:
        raise CheckpointError(f"{path}: its header cannot be read: {problem}") from problem
    if header.format_version != FORMAT_VERSION:
        raise CheckpointError(
            f"{path}: format version {header.format_version}; this program reads {FORMAT_VERSION}"
        )
    if header.names != BLENDSHAPES:
        raise CheckpointError(f"{path}: its outputs are not the 52 shapes in reference order")
    return header


def _difference(found: Mapping[str, tuple[int, ...]]) -> str:
    for name, shape in SHAPES.items():
        if name not in found:
            return f"has no tensor {name}"
        if found[name] != shape:
            return f"{name} has shape {found[name]} where {shape} is needed"
    return f"has a tensor too many: {min(found.keys() - SHAPES.keys())}"
