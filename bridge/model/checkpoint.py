"""Model files: safetensors with a JSON header. Nothing in the file is executed."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, deserialize, safe_open
from safetensors.numpy import save as to_bytes

from bridge.model import identity
from bridge.model.file_kind import FileKind, file_kind
from bridge.model.foreign import Found, count_networks, find_network
from bridge.model.layers import ARCHITECTURE, NEGATIVE_SLOPE, SHAPES, Arrays, CheckpointError
from bridge.model.remarks import said_slope
from protocols.arkit import BLENDSHAPES

FORMAT_VERSION = 1
BUILTIN = identity.BUILTIN

_HEADER_KEY = "affect-bridge"
_LARGEST = 256 * 1024 * 1024
"""Bytes. A network has 1.1 MB; a training's state beside it several times that."""

_KINDS = {
    "F16": "<f2",
    "F32": "<f4",
    "F64": "<f8",
    "I8": "<i1",
    "I16": "<i2",
    "I32": "<i4",
    "I64": "<i8",
    "U8": "<u1",
}


@dataclass(frozen=True)
class Header:
    """What a checkpoint says about itself."""

    format_version: int = FORMAT_VERSION
    architecture: str = ARCHITECTURE
    names: tuple[str, ...] = BLENDSHAPES
    negative_slope: float | None = NEGATIVE_SLOPE
    """The slope of the leaky ReLU below 0, 0 to 1; None if a foreign file does not say it."""
    training: dict[str, Any] = field(default_factory=dict)
    """How the model was trained, and its metrics. Free-form."""


def save(path: Path, arrays: Arrays, header: Header) -> None:
    """Write a checkpoint. `arrays` have the names and shapes of `SHAPES`."""
    tensors = {name: np.ascontiguousarray(arrays[name], dtype=np.float32) for name in SHAPES}
    metadata = {_HEADER_KEY: json.dumps(asdict(header), sort_keys=True)}
    path.write_bytes(to_bytes(tensors, metadata=metadata))


def load(path: Path) -> tuple[Arrays, Header]:
    """Read a safetensors file, of this program or of another.

    Raises:
        CheckpointError: the file is missing, is not a safetensors file, has other layers or more
            than one network, has layers that cannot be told apart, or has a number that is not
            finite.
    """
    if file_kind(path) is FileKind.PYTORCH:
        raise CheckpointError(f"{path}: this is a PyTorch file; {_convert_first(path)}")
    content, header = read_safetensors(path)
    if header is None and count_networks(content) > 1:
        raise CheckpointError(
            f"{path}: contains more than one network; {_convert_first(path)} --prefer ema|model"
        )
    try:
        found = find_network(content, ordered=False)
    except CheckpointError as refusal:
        raise CheckpointError(f"{path}: {refusal}") from refusal
    return found.arrays, header or foreign_header(path, found)


def read_safetensors(path: Path) -> tuple[dict[str, Any], Header | None]:
    """The arrays in a safetensors file, with what else it says, and this program's header if it
    has one.

    Raises:
        CheckpointError: the file cannot be read, or its header is wrong.
    """
    if path.stat().st_size > _LARGEST:
        raise CheckpointError(
            f"{path}: {path.stat().st_size} bytes, more than {_LARGEST}; a model has 1.1 MB"
        )
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = dict(file.metadata() or {})
        entries = deserialize(path.read_bytes())  # type: ignore[no-untyped-call]
        tensors = {name: _array(entry) for name, entry in entries}
    except (SafetensorError, OSError, ValueError, TypeError) as problem:
        raise CheckpointError(f"{path}: not a readable safetensors file: {problem}") from problem
    if _HEADER_KEY in metadata:
        return tensors, _header(path, metadata[_HEADER_KEY])
    said = {key: _parsed(value) for key, value in metadata.items() if key != "format"}
    return {**said, **tensors}, None


def foreign_header(path: Path, found: Found) -> Header:
    """The header of a network from a file that another program wrote."""
    training: dict[str, Any] = {"source": path.name}
    if found.key:
        training["key"] = found.key
    if found.remarks:
        training["checkpoint"] = found.remarks
    return Header(training=training, negative_slope=said_slope(found.remarks))


def _convert_first(path: Path) -> str:
    name = path.name.partition(".")[0] or "model"
    return f"convert it first: affect-bridge convert {path} {name}.safetensors"


def _array(entry: Mapping[str, Any]) -> NDArray[np.generic]:
    """One tensor; NumPy has no bfloat16, which is the upper half of a float32."""
    kind, shape, data = entry["dtype"], entry["shape"], entry["data"]
    if kind == "BF16":
        upper = np.frombuffer(data, "<u2").astype(np.uint32) << 16
        return upper.view(np.float32).reshape(shape)
    if kind not in _KINDS:
        return np.zeros(shape, np.bool_)  # counts for nothing
    return np.frombuffer(data, _KINDS[kind]).reshape(shape)


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _header(path: Path, text: str) -> Header:
    try:
        said = json.loads(text)
        header = Header(**{**said, "names": tuple(said.get("names", BLENDSHAPES))})
    except (ValueError, TypeError, AttributeError) as problem:
        raise CheckpointError(f"{path}: cannot read its header: {problem}") from problem
    if header.format_version != FORMAT_VERSION:
        raise CheckpointError(
            f"{path}: format version {header.format_version}; this program reads version "
            f"{FORMAT_VERSION}"
        )
    slope = header.negative_slope
    if not isinstance(slope, int | float) or not 0.0 <= slope < 1.0:
        raise CheckpointError(f"{path}: negative_slope {slope!r} is not a number from 0 to 1")
    if header.names != BLENDSHAPES:
        raise CheckpointError(f"{path}: its outputs are not the 52 blendshapes in reference order")
    return header
