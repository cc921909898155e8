"""`affect-bridge convert`: turn a PyTorch file into a model that the daemon runs."""

import argparse
import sys
from pathlib import Path

from bridge.cli import MISTAKE
from bridge.cli.predict import add_output_order
from bridge.model import checkpoint
from bridge.model.layers import CheckpointError
from bridge.model.loading import load_checkpoint


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Convert a checkpoint of this network to safetensors, in reference order, for `model:` in "
        "a configuration. No code in the file is run."
    )
    parser.epilog = "example:\n  affect-bridge convert best_model.pt face.safetensors"
    parser.add_argument(
        "source",
        metavar="SOURCE",
        help="a PyTorch file, a safetensors file, or hf://owner/repository",
    )
    add_output_order(parser)
    parser.add_argument("output", type=Path, metavar="FILE", help="the safetensors file to write")
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    if options.output.is_dir() or not options.output.parent.is_dir():
        print(
            f"{options.output}: cannot write: its folder does not exist, or it is a folder",
            file=sys.stderr,
        )
        return MISTAKE
    try:
        arrays, header = load_checkpoint(options.source, options.output_order)
    except CheckpointError as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    checkpoint.save(options.output, arrays, header)
    print(f"wrote {options.output}; to use it, put `model: {options.output}` into a configuration")
    return 0
