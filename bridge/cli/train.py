"""`affect-bridge train`: make weights."""

import argparse
import sys
from dataclasses import asdict, fields, replace
from pathlib import Path

from bridge.cli import MISTAKE
from bridge.offline.training.corpus import Corpus
from bridge.offline.training.recipe import Recipe

FAILED = 1


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Train the network and write its weights. The same seed gives the same weights on the "
        "same machine. The weights that are shipped come from the defaults."
    )
    parser.epilog = """examples:
  affect-bridge train face.safetensors
  affect-bridge train face.safetensors --data both:Emo3D/ --epochs 60 --plot loss.png
  affect-bridge train face.safetensors --resume"""
    parser.add_argument("output", type=Path, metavar="FILE", help="where to write the weights")
    parser.add_argument(
        "--data",
        default="facs",
        help="facs (default), emo3d:PATH to CSV or parquet as published, or both:PATH",
    )
    parser.add_argument("--plot", type=Path, metavar="PNG", help="draw the loss curves")
    parser.add_argument(
        "--resume", action="store_true", help="go on where an interrupted run stopped"
    )
    numbers = parser.add_argument_group("the recipe (defaults as the reference model's)")
    for number in fields(Recipe):
        numbers.add_argument(
            f"--{number.name.replace('_', '-')}",
            type=_count if isinstance(number.default, int) else _amount,
            default=number.default,
            metavar="N",
            help=f"default {number.default:g}",
        )
    parser.set_defaults(perform=perform)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number, 0 or more")
    return int(text)


def _amount(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0.0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number, 0 or more")
    return number


def _mistake(options: argparse.Namespace) -> str:
    """What would only come to light after minutes of work."""
    if options.output.is_dir() or not options.output.parent.is_dir():
        return f"{options.output}: cannot be written: no such folder, or one"
    if options.plot is not None and not options.plot.parent.is_dir():
        return f"{options.plot}: there is no folder {options.plot.parent}"
    if not (options.samples and options.epochs and options.batch):
        return "samples, epochs and batch have to be at least 1"
    if options.dropout >= 1 or options.validation_share >= 1:
        return "dropout and validation-share have to be below 1"
    return ""


def perform(options: argparse.Namespace) -> int:
    try:
        from bridge.offline.training.data import DataError, load_data  # noqa: PLC0415 - an extra
        from bridge.offline.training.emo3d import Emo3dError  # noqa: PLC0415
        from bridge.offline.training.fit import TrainingError  # noqa: PLC0415 - takes seconds
    except ImportError:
        print("training needs PyTorch: .venv/bin/pip install -e '.[train]'", file=sys.stderr)
        return MISTAKE
    if mistake := _mistake(options):
        print(mistake, file=sys.stderr)
        return MISTAKE
    recipe = replace(Recipe(), **{name: getattr(options, name) for name in asdict(Recipe())})
    try:
        corpus, reading = load_data(options.data, recipe.samples, recipe.seed)
        if reading is not None:
            print(f"Emo3D: {len(reading.corpus)} faces; skipped: {dict(reading.skipped) or 0}")
        return _train(options, recipe, corpus)
    except (DataError, Emo3dError) as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    except TrainingError as failure:
        print(failure, file=sys.stderr)
        return FAILED


def _train(options: argparse.Namespace, recipe: Recipe, corpus: Corpus) -> int:
    from tqdm import tqdm  # noqa: PLC0415 - comes with the extra

    from bridge.model.engine import Engine  # noqa: PLC0415
    from bridge.offline.evaluation.measures import errors  # noqa: PLC0415
    from bridge.offline.training.fit import Training, save_network  # noqa: PLC0415

    training = Training(recipe, corpus)
    state = options.output.with_suffix(".state.pt")
    if options.resume:
        training.resume(state)
    with tqdm(total=recipe.epochs, initial=training.epoch, unit="epoch") as progress:

        def after_epoch(run: Training) -> None:
            run.save_state(state)
            progress.set_postfix(
                loss=f"{run.history.training[-1]:.6f}",
                validation=f"{run.history.validation[-1]:.6f}",
            )
            progress.update()

        training.run(after_epoch)
    arrays = {name: tensor.numpy() for name, tensor in training.network.state_dict().items()}
    found = errors(Engine(arrays), training.held_out)
    save_network(options.output, training.network, recipe, options.data, asdict(found))
    state.unlink()
    if options.plot is not None:
        from bridge.offline.training.plot import plot_history  # noqa: PLC0415 - an extra

        plot_history(training.history, options.plot)
    print(
        f"{options.output}: validation MSE {found.mse:.5f} (a constant mean face "
        f"{found.constant_mean_mse:.5f}, all zeros {found.all_zero_mse:.5f}), "
        f"asymmetry {found.asymmetry:.5f} (the data's {found.data_asymmetry:.3f})"
    )
    return 0
