"""Weights on disk: safetensors with a JSON header. Nothing in the file is ever executed."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from bridge.model.layers import ARCHITECTURE, SHAPES, Arrays, CheckpointError, arrange
from protocols.arkit import BLENDSHAPES

FORMAT_VERSION = 1
BUILTIN = Path(str(files("bridge.model") / "weights.safetensors"))

PYTORCH_SUFFIXES = frozenset({".pt", ".pth", ".ckpt", ".bin"})

_HEADER_KEY = "affect-bridge"


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
    tensors = {name: np.ascontiguousarray(arrays[name], dtype=np.float32) for name in SHAPES}
    metadata = {_HEADER_KEY: json.dumps(asdict(header), sort_keys=True)}
    path.write_bytes(to_bytes(tensors, metadata=metadata))


def load(path: Path) -> tuple[Arrays, Header]:
    """Read a checkpoint.

    Raises:
        CheckpointError: the file is missing, is no safetensors file, holds other layers (whatever
            their names), or holds a number that is not finite.
    """
    if not path.is_file():
        raise CheckpointError(f"{path}: no such file")
    if path.suffix.lower() in PYTORCH_SUFFIXES:
        raise CheckpointError(
            f"{path}: a PyTorch file; turn it into safetensors once: "
            f"affect-bridge convert {path} {path.with_suffix('.safetensors').name}"
        )
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, TypeError) as problem:
        raise CheckpointError(f"{path}: cannot be read as safetensors: {problem}") from problem
    try:
        arrays = arrange({name: tensors[name] for name in sorted(tensors, key=_by_number)})
    except CheckpointError as refusal:
        raise CheckpointError(f"{path}: {refusal}") from refusal
    return arrays, _header(path, metadata)


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


def _by_number(name: str) -> list[str | int]:
    """safetensors forgets the order of tensors; this one puts layer 10 behind layer 9."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]
