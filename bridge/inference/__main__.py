"""`python -m bridge.inference`: the reference model's script, which prints the 52 weights."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bridge.emotion.names import emotion_to_vad
from bridge.emotion.points import Vad
from bridge.inference.model import Floats, as_json, enforce_symmetry, load_model, predict
from bridge.inference.options import add_checkpoint, add_feeling, add_prefer_and_leak
from bridge.model.notes import notes_shown
from bridge.model.remarks import as_lines
from protocols.arkit import BLENDSHAPES

MISTAKE = 2
"""The exit status for a mistake in the options or the checkpoint."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        with notes_shown():
            model, meta = load_model(
                options.checkpoint,
                output_order=options.output_order,
                prefer=options.prefer,
                negative_slope=options.leak,
            )
        point = (
            Vad(*options.vad) if options.vad else emotion_to_vad(options.emotion, options.intensity)
        )
        weights = predict(model, point)
        if options.enforce_symmetry:
            weights = enforce_symmetry(weights)
        text = as_json(point.clamped(), weights)
        if options.output is not None:
            options.output.write_text(text + "\n", encoding="utf-8")
    except (ValueError, OSError) as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    for line in as_lines(meta["training"].get("checkpoint", {})):
        print(f"{options.checkpoint}: {line}", file=sys.stderr)
    print(text if options.json else _as_table(weights))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bridge.inference",
        description="Print the 52 blendshape weights of one feeling, by name.",
        epilog="example: python -m bridge.inference --checkpoint best_model.pt --emotion happiness "
        "--intensity 0.9 --enforce-symmetry",
    )
    add_checkpoint(parser)
    add_feeling(parser)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="also write the weights to a JSON file"
    )
    add_prefer_and_leak(parser)
    return parser


def _as_table(weights: Floats) -> str:
    named = zip(BLENDSHAPES, weights.tolist(), strict=True)
    return "\n".join(f"{name:20} {weight:.4f}" for name, weight in named)


if __name__ == "__main__":
    sys.exit(main())
