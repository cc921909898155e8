"""Loads a model: the built-in one, a safetensors or PyTorch file, or one from the hub."""

from dataclasses import replace
from pathlib import Path

from bridge.model import checkpoint
from bridge.model.arranging import Places
from bridge.model.checkpoint import Header, foreign_header
from bridge.model.file_kind import FileKind, file_kind
from bridge.model.foreign import Prefer, find_network
from bridge.model.layers import Arrays, CheckpointError, OutputOrder, in_reference_order
from bridge.model.slope import settled_slope


def load_checkpoint(
    source: str | Path | None,
    output_order: OutputOrder = "reference",
    *,
    prefer: Prefer | None = None,
    layer_map: Places | None = None,
    negative_slope: float | None = None,
) -> tuple[Arrays, Header]:
    """Load the network's tensors in reference order, and the file's header.

    What had to be decided about a file of another program is logged.

    Args:
        source: a path, an `hf://` address, or None for the built-in model.
        prefer: which network to take if there are EMA weights beside the model.
        layer_map: names of layers in the file, for those that cannot be told apart, to names in
            this network: `{"norm_a": "layers.1"}`.
        negative_slope: the slope of the leaky ReLU; None for what the file says, or else what the
            weights tell.

    Raises:
        CheckpointError: the message says what was found and what was expected.
    """
    if source is not None and str(source).startswith("hf://"):
        from bridge.model.hub import fetch  # noqa: PLC0415 - an extra

        source = fetch(str(source))
    path = checkpoint.BUILTIN if source is None else Path(source)
    header = None
    if file_kind(path) is FileKind.PYTORCH:
        try:
            from bridge.model.pytorch_file import read_pytorch  # noqa: PLC0415 - takes seconds
        except ImportError as problem:
            raise CheckpointError(
                f"{path}: PyTorch is needed to read it; run: pip install 'affect-bridge[train]'"
            ) from problem
        content, ordered = read_pytorch(path), True
    else:
        (content, header), ordered = checkpoint.read_safetensors(path), False
    try:
        found = find_network(content, ordered=ordered, prefer=prefer, places=layer_map)
    except CheckpointError as refusal:
        raise CheckpointError(f"{path}: {refusal}") from refusal
    header = header or foreign_header(path, found)
    arrays = in_reference_order(found.arrays, output_order)
    slope = header.negative_slope if negative_slope is None else negative_slope
    return arrays, replace(header, negative_slope=settled_slope(arrays, slope))
