"""`affect-bridge convert`: turn a PyTorch file into a model that the daemon runs."""

import argparse
import sys
from pathlib import Path

from bridge.cli import MISTAKE
from bridge.inference.options import add_output_order, add_prefer_and_leak
from bridge.model import checkpoint
from bridge.model.layers import CheckpointError
from bridge.model.loading import load_checkpoint
from bridge.model.notes import notes_shown
from bridge.model.remarks import as_lines


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Convert a checkpoint of this network to safetensors, in reference order, for `model:` in "
        "a configuration. No code in the file is run."
    )
    parser.epilog = """examples:
  affect-bridge convert best_model.pt face.safetensors
  affect-bridge convert best_model.pt face.safetensors --prefer ema --leak 0.2
  affect-bridge convert theirs.safetensors face.safetensors --map norm_a=layers.1,norm_b=layers.9"""
    parser.add_argument(
        "source",
        metavar="SOURCE",
        help="a PyTorch file, a safetensors file, or hf://owner/repository",
    )
    add_output_order(parser)
    add_prefer_and_leak(parser)
    parser.add_argument(
        "--map",
        type=_places,
        metavar="NAME=LAYER,…",
        help="which layer of the network each layer of the file is; needed only if their names "
        "do not show it",
    )
    parser.add_argument("output", type=Path, metavar="FILE", help="the safetensors file to write")
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    if options.output.is_dir():
        print(f"{options.output} is a folder; expected a file to write", file=sys.stderr)
        return MISTAKE
    if not options.output.parent.is_dir():
        print(f"{options.output}: no such folder: {options.output.parent}", file=sys.stderr)
        return MISTAKE
    try:
        with notes_shown():
            arrays, header = load_checkpoint(
                options.source,
                options.output_order,
                prefer=options.prefer,
                layer_map=options.map,
                negative_slope=options.leak,
            )
    except CheckpointError as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    checkpoint.save(options.output, arrays, header)
    for line in as_lines(header.training.get("checkpoint", {})):
        print(f"  {line}")
    print(f"wrote {options.output}; to use it, put `model: {options.output}` into a configuration")
    return 0


def _places(text: str) -> dict[str, str]:
    places: dict[str, str] = {}
    for pair in filter(None, text.split(",")):
        name, equals, place = (part.strip() for part in pair.partition("="))
        if not (equals and name and place) or name in places:
            raise argparse.ArgumentTypeError(
                f"{pair!r}: expected each layer once, as in norm_a=layers.1,norm_b=layers.9"
            )
        places[name] = place
    return places
