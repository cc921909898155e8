"""`affect-bridge predict`: the face of one feeling."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.cli import MISTAKE
from bridge.emotion.names import EmotionError, parts_of
from bridge.emotion.points import Part, Vad, mean_point
from bridge.inference import enforce_symmetry, load_model, predict
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
    feeling = parser.add_mutually_exclusive_group(required=True)
    feeling.add_argument("--emotion", metavar="NAME", help="a name, or a mixture with +")
    feeling.add_argument(
        "--vad",
        nargs=3,
        type=float,
        metavar=("VALENCE", "AROUSAL", "DOMINANCE"),
        help="a point, each number from -1 to 1",
    )
    parser.add_argument("--intensity", type=float, default=1.0, help="0 to 1, with --emotion")
    parser.add_argument(
        "--enforce-symmetry", action="store_true", help="make left and right exactly equal"
    )
    parser.add_argument(
        "--checkpoint",
        metavar="FILE",
        help="safetensors, a PyTorch .pt, or hf://owner/repository; the shipped model if not given",
    )
    add_output_order(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON instead of a table")
    form.add_argument("--plot", type=Path, metavar="FILE", help="draw the face as .png")
    parser.set_defaults(perform=perform)


def add_output_order(parser: argparse.ArgumentParser) -> None:
    """The option that says what a model's outputs are, which its file cannot tell."""
    parser.add_argument(
        "--output-order",
        choices=("reference", "emo3d"),
        default="reference",
        help="what the model's 52 outputs are; emo3d begins with MediaPipe's _neutral",
    )


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
        print(json.dumps(_as_json(point, weights), indent=2))
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


def _as_json(point: Vad, weights: NDArray[np.float32]) -> dict[str, object]:
    named = zip(BLENDSHAPES, weights.tolist(), strict=True)
    return {**point._asdict(), "weights": {name: round(weight, 6) for name, weight in named}}


def _print_table(point: Vad, weights: NDArray[np.float32]) -> None:
    print(
        f"valence {point.valence:+.2f}, arousal {point.arousal:+.2f}, "
        f"dominance {point.dominance:+.2f}"
    )
    for name, weight in zip(BLENDSHAPES, weights.tolist(), strict=True):
        print(f"{name:20} {weight:6.4f} {'█' * round(weight * _BAR)}".rstrip())
