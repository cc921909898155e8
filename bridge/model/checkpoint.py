"""Model files: safetensors with a JSON header. Nothing in the file is executed."""

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
    """How the model was trained, and its metrics. Free-form."""


def save(path: Path, arrays: Arrays, header: Header) -> None:
    """Write a checkpoint. `arrays` have the names and shapes of `SHAPES`."""
    tensors = {name: np.ascontiguousarray(arrays[name], dtype=np.float32) for name in SHAPES}
    metadata = {_HEADER_KEY: json.dumps(asdict(header), sort_keys=True)}
    path.write_bytes(to_bytes(tensors, metadata=metadata))


def load(path: Path) -> tuple[Arrays, Header]:
    """Read a checkpoint.

    Raises:
        CheckpointError: the file is missing, is not a safetensors file, has other layers, or has
            a number that is not finite.
    """
    if not path.is_file():
        raise CheckpointError(f"{path}: no such file")
    if path.suffix.lower() in PYTORCH_SUFFIXES:
        raise CheckpointError(
            f"{path}: this is a PyTorch file; convert it first: "
            f"affect-bridge convert {path} {path.with_suffix('.safetensors').name}"
        )
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError, TypeError) as problem:
        raise CheckpointError(f"{path}: not a readable safetensors file: {problem}") from problem
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
        raise CheckpointError(f"{path}: cannot read its header: {problem}") from problem
    if header.format_version != FORMAT_VERSION:
        raise CheckpointError(
            f"{path}: format version {header.format_version}; this program reads version "
            f"{FORMAT_VERSION}"
        )
    if header.names != BLENDSHAPES:
        raise CheckpointError(f"{path}: its outputs are not the 52 blendshapes in reference order")
    return header


def _by_number(name: str) -> list[str | int]:
    """A sort key that puts layer 10 after layer 9. safetensors does not keep the tensors' order."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]
