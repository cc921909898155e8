"""The options that several commands have: a feeling, and how a model's file is read."""

import argparse


def add_feeling(parser: argparse.ArgumentParser) -> None:
    """An emotion by name or as a point, and what is done with its face."""
    feeling = parser.add_mutually_exclusive_group(required=True)
    feeling.add_argument("--emotion", metavar="NAME", help="an emotion, or a mixture with +")
    feeling.add_argument(
        "--vad",
        nargs=3,
        type=float,
        metavar=("VALENCE", "AROUSAL", "DOMINANCE"),
        help="a point, each number from -1 to 1",
    )
    parser.add_argument(
        "--intensity",
        type=float,
        default=1.0,
        metavar="NUMBER",
        help="0 to 1, for --emotion; default 1",
    )
    parser.add_argument(
        "--enforce-symmetry", action="store_true", help="make left and right exactly equal"
    )


def add_checkpoint(parser: argparse.ArgumentParser) -> None:
    """A model, which the built-in one stands in for."""
    parser.add_argument(
        "--checkpoint",
        metavar="FILE",
        help="a safetensors file, a PyTorch file, or hf://owner/repository; default: the built-in "
        "model",
    )
    add_output_order(parser)


def add_output_order(parser: argparse.ArgumentParser) -> None:
    """What a model's outputs are. Its file does not say."""
    parser.add_argument(
        "--output-order",
        choices=("reference", "emo3d"),
        default="reference",
        help="what the model's 52 outputs are; emo3d starts with MediaPipe's _neutral",
    )


def add_prefer_and_leak(parser: argparse.ArgumentParser) -> None:
    """Which of a file's weights are used, and the slope that its network was trained with."""
    parser.add_argument(
        "--prefer",
        choices=("ema", "model"),
        help="which weights to use if the file has EMA weights beside the model's",
    )
    parser.add_argument(
        "--leak",
        type=_slope,
        metavar="SLOPE",
        help="the slope of the network's LeakyReLU, 0 to 1; default: found from the file",
    )


def _slope(text: str) -> float:
    try:
        slope = float(text)
    except ValueError:
        slope = -1.0
    if not 0.0 <= slope < 1.0:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number from 0 to 1, such as 0.2")
    return slope
