"""Reading PyTorch's own `.pt` files, without executing anything in them. Needs PyTorch."""

import pickle
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from bridge.model.layers import Arrays, CheckpointError, arrange

_DEEPEST = 3
"""How many dictionaries deep a state dict may lie, as in {"checkpoint": {"model": {…}}}."""


def load_pt(path: Path) -> Arrays:
    """The network's tensors from a bare state dict, or from one somewhere inside a dictionary.

    Raises:
        CheckpointError: the file is no such thing, holds another network, or would need code to
            be run to be read.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as problem:  # whatever the unpickler stumbles over in a broken file
        if isinstance(problem, pickle.UnpicklingError) and "Unsupported" in str(problem):
            raise CheckpointError(
                f"{path}: refused, because reading it would run code that is stored in it. "
                "Save `model.state_dict()` instead of the whole model"
            ) from problem
        raise CheckpointError(f"{path}: cannot be read as a PyTorch file") from problem
    refusals = []
    for tensors in _state_dicts(content, _DEEPEST):
        try:
            return arrange(tensors)
        except CheckpointError as refusal:
            refusals.append(str(refusal))
    raise CheckpointError(f"{path}: {refusals[0] if refusals else 'holds no tensors'}")


def _state_dicts(content: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """Every dictionary in `content` that directly holds tensors, the outermost first."""
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
