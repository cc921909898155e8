"""Reads PyTorch files without running code in them. Needs PyTorch."""

import argparse
import pathlib
import pickle
import re
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import torch

from bridge.model.layers import CheckpointError

_DEEPEST = 6

_NEEDS_CODE = r"GLOBAL|call reduce for|Can only (build|create)"
"""What PyTorch says when a file asks for more than data."""

_NUMBER = re.compile(r"b1|[iu][1248]|f[248]")


class _ScalarType:
    """In place of a NumPy dtype, whose state a hostile file could set."""

    def __init__(self, code: str, *_: object) -> None:
        self._code, self._order = code, "<"

    def __setstate__(self, state: tuple[object, ...]) -> None:
        self._order = ">" if state[1] == ">" else "<"

    def value(self, data: bytes) -> Any:
        """A number or text; None for all else."""
        if _NUMBER.fullmatch(self._code):
            return np.frombuffer(data, self._order + self._code, count=1)[0].item()
        if self._code.startswith("U"):
            return data.decode("utf-32-be" if self._order == ">" else "utf-32-le")
        return None


def _scalar(kind: object, data: object) -> Any:
    """In place of the function with which NumPy makes one of its scalars."""
    if isinstance(kind, _ScalarType) and isinstance(data, bytes):
        return kind.value(data)
    return None


def _plain_dictionary(*_: object) -> dict[Any, Any]:
    """In place of a defaultdict, which PyTorch makes but does not fill."""
    return {}


_HARMLESS: list[Any] = [
    # What training scripts keep beside the weights. None of it runs code when it is made.
    argparse.Namespace,
    (_plain_dictionary, "collections.defaultdict"),
    # The factories of a defaultdict.
    *((kind, f"builtins.{kind.__name__}") for kind in (bool, dict, float, int, list, set, str)),
    # A path of another system cannot be made here, a pure one can.
    *(
        (pure, f"{module}.{name}")
        for module in ("pathlib", "pathlib._local")
        for pure, names in (
            (pathlib.PurePosixPath, ("PosixPath", "PurePosixPath")),
            (pathlib.PureWindowsPath, ("WindowsPath", "PureWindowsPath")),
        )
        for name in names
    ),
    # NumPy 2 calls the module _core.
    *((_scalar, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")),
    (_ScalarType, "numpy.dtype"),
]


def read_pytorch(path: Path) -> Mapping[str, Any]:
    """Read a PyTorch file as dictionaries of arrays and plain values.

    Returns:
        The content, with text keys. Tensors are arrays (floating ones float32), a Namespace is a
        dictionary, a path is text. Empty if the file holds no dictionary.

    Raises:
        CheckpointError: the file is damaged, or cannot be read without running code.
    """
    try:
        with torch.serialization.safe_globals(_HARMLESS):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as problem:  # a broken file can raise almost anything
        raise _refusal(path, problem) from problem
    content = _plain(content, _DEEPEST)
    return content if isinstance(content, Mapping) else {}


def _refusal(path: Path, problem: Exception) -> CheckpointError:
    said = str(problem)
    if isinstance(problem, pickle.UnpicklingError) and re.search(_NEEDS_CODE, said):
        found = re.search(r"GLOBAL (\S+)", said)
        what = f" ({found[1]})" if found else ""
        return CheckpointError(
            f"{path}: refused, because reading it would run code from the file{what}; "
            "save `model.state_dict()` instead of the whole model"
        )
    if "magic number" in said:
        return CheckpointError(
            f"{path}: this is a plain pickle, not a PyTorch file; write it with "
            "`torch.save(model.state_dict(), …)`"
        )
    return CheckpointError(
        f"{path}: not a readable PyTorch file; it is damaged or incomplete: download or copy it "
        "again"
    )


def _plain(value: Any, depth: int) -> Any:
    """The value without types of PyTorch; `depth` ends a dictionary that contains itself."""
    if isinstance(value, torch.Tensor):
        return _array(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, argparse.Namespace):
        value = vars(value)
    if isinstance(value, Mapping):
        items = value.items() if depth else ()
        return {str(key): _plain(item, depth - 1) for key, item in items}
    if isinstance(value, list | tuple):
        return [_plain(item, depth - 1) for item in value] if depth else []
    return value


def _array(tensor: torch.Tensor) -> Any:
    if tensor.layout is not torch.strided or tensor.is_quantized or tensor.is_meta:
        return None
    if tensor.is_floating_point() and tensor.dtype is not torch.float64:
        tensor = tensor.float()  # NumPy has no bfloat16
    return tensor.detach().resolve_conj().resolve_neg().numpy()
