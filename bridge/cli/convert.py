"""`affect-bridge convert`: from PyTorch's files to one that the daemon runs."""

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
        "Read a checkpoint of this network in any form that is known, and write it as safetensors "
        "in reference order, for `model:` in a configuration. Nothing in the file is executed."
    )
    parser.epilog = "example:\n  affect-bridge convert best_model.pt face.safetensors"
    parser.add_argument(
        "source", metavar="SOURCE", help="a PyTorch .pt, safetensors, or hf://owner/repository"
    )
    add_output_order(parser)
    parser.add_argument("output", type=Path, metavar="FILE", help="where to write it")
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    if options.output.is_dir() or not options.output.parent.is_dir():
        print(f"{options.output}: cannot be written: no such folder, or one", file=sys.stderr)
        return MISTAKE
    try:
        arrays, header = load_checkpoint(options.source, options.output_order)
    except CheckpointError as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    checkpoint.save(options.output, arrays, header)
    print(f"{options.output}: written; use it with `model: {options.output}` in a configuration")
    return 0
