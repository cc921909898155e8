"""Loads a model: the built-in one, a safetensors or PyTorch file, or one from the hub."""

from pathlib import Path

from bridge.model import checkpoint
from bridge.model.checkpoint import PYTORCH_SUFFIXES, Header
from bridge.model.layers import Arrays, CheckpointError, OutputOrder, in_reference_order


def load_checkpoint(
    source: str | Path | None, output_order: OutputOrder = "reference"
) -> tuple[Arrays, Header]:
    """Load the network's tensors in reference order, and the file's header.

    Args:
        source: a path, an `hf://` address, or None for the built-in model.

    Raises:
        CheckpointError: the message says what was found and what was expected.
    """
    if source is not None and str(source).startswith("hf://"):
        from bridge.model.hub import fetch  # noqa: PLC0415 - an extra

        source = fetch(str(source))
    path = checkpoint.BUILTIN if source is None else Path(source)
    if path.suffix.lower() in PYTORCH_SUFFIXES:
        if not path.is_file():
            raise CheckpointError(f"{path}: no such file")
        try:
            from bridge.model.pytorch_file import load_pt  # noqa: PLC0415 - takes seconds
        except ImportError as problem:
            raise CheckpointError(
                f"{path}: PyTorch is needed to read it; run: pip install 'affect-bridge[train]'"
            ) from problem
        arrays, header = load_pt(path), Header(training={"source": path.name})
    else:
        arrays, header = checkpoint.load(path)
    return in_reference_order(arrays, output_order), header
