"""`affect-bridge predict`: the face of one feeling."""

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.cli import MISTAKE
from bridge.emotion.names import EmotionError, parts_of
from bridge.emotion.points import Part, Vad, mean_point
from bridge.inference import enforce_symmetry, load_model, predict
from bridge.inference.model import as_json
from bridge.inference.options import add_checkpoint, add_feeling
from bridge.model.layers import CheckpointError
from bridge.model.notes import notes_shown
from protocols.arkit import BLENDSHAPES

_BAR = 40


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = "Print or draw the 52 blendshape weights of one feeling."
    parser.epilog = """examples:
  affect-bridge predict --emotion happiness --intensity 0.9 --enforce-symmetry
  affect-bridge predict --vad 0.8 0.6 0.5 --json
  affect-bridge predict --emotion sadness+fear --plot face.png"""
    add_feeling(parser)
    add_checkpoint(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON instead of a table")
    form.add_argument("--plot", type=Path, metavar="FILE", help="draw the face as .png")
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    try:
        with notes_shown():
            model, _ = load_model(options.checkpoint, output_order=options.output_order)
        if options.emotion is not None:
            parts = parts_of(options.emotion, options.intensity)
        else:
            parts = (Part(Vad(*options.vad), 1.0),)
        # As the bridge shows a mixture: the mean of the faces, not the face of the mean.
        faces = predict(model, [part.point for part in parts])
        weights = np.average(faces, axis=0, weights=[part.share for part in parts])
        weights = weights.astype(np.float32)
        point = mean_point(parts).clamped()
        if options.enforce_symmetry:
            weights = enforce_symmetry(weights)
        if options.plot is not None:
            return _plot(weights, options.plot)
    except (CheckpointError, EmotionError, ValueError) as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    if options.json:
        print(as_json(point, weights))
    else:
        _print_table(point, weights)
    return 0


def _plot(weights: NDArray[np.float32], path: Path) -> int:
    from bridge.offline.portrait import save_portrait  # noqa: PLC0415 - an extra

    try:
        save_portrait(weights, path)
    except (ImportError, OSError) as problem:
        print(problem, file=sys.stderr)
        return MISTAKE
    print(path)
    return 0


def _print_table(point: Vad, weights: NDArray[np.float32]) -> None:
    print(
        f"valence {point.valence:+.2f}, arousal {point.arousal:+.2f}, "
        f"dominance {point.dominance:+.2f}"
    )
    for name, weight in zip(BLENDSHAPES, weights.tolist(), strict=True):
        print(f"{name:20} {weight:6.4f} {'█' * round(weight * _BAR)}".rstrip())
