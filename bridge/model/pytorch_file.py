"""Reads PyTorch files (`.pt`) without running code in them. Needs PyTorch."""

import pickle
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from bridge.model.layers import Arrays, CheckpointError, arrange

_DEEPEST = 3
"""How deep a state dict may be nested: {"checkpoint": {"model": {…}}} is two levels."""


def load_pt(path: Path) -> Arrays:
    """Load the network's tensors from a state dict, which may be nested in other dictionaries.

    Raises:
        CheckpointError: the file is not a PyTorch file, has another network, or cannot be read
            without running code.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as problem:  # a broken file can raise almost anything
        if isinstance(problem, pickle.UnpicklingError) and "Unsupported" in str(problem):
            raise CheckpointError(
                f"{path}: refused, because reading it would run code from the file; "
                "save `model.state_dict()` instead of the whole model"
            ) from problem
        raise CheckpointError(f"{path}: not a readable PyTorch file") from problem
    refusals = []
    for tensors in _state_dicts(content, _DEEPEST):
        try:
            return arrange(tensors)
        except CheckpointError as refusal:
            refusals.append(str(refusal))
    raise CheckpointError(f"{path}: {refusals[0] if refusals else 'contains no tensors'}")


def _state_dicts(content: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """Yield every dictionary in `content` that directly contains tensors, the outermost first."""
    if not isinstance(content, Mapping):
        return
    tensors = {
        str(name): value.detach().float().numpy()
        for name, value in content.items()
        if isinstance(value, torch.Tensor)
        and value.is_floating_point()
        and value.layout is torch.strided
    }
    if tensors:
        yield tensors
    if depth:
        for value in content.values():
            yield from _state_dicts(value, depth - 1)
