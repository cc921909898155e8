"""`affect-bridge train`: make weights."""

import argparse
import sys
from dataclasses import asdict, fields, replace
from pathlib import Path

from bridge.cli import MISTAKE
from bridge.offline.training.blend import Blend
from bridge.offline.training.corpus import Corpus
from bridge.offline.training.recipe import Recipe
from bridge.offline.training.targets import SHIPPED, TargetsError, read_targets

FAILED = 1


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Train the network and write its weights. The same seed and targets give the same weights "
        "on the same machine. The shipped weights come from the defaults."
    )
    parser.epilog = """examples:
  affect-bridge train face.safetensors
  affect-bridge train --print-targets > mine.yaml
  affect-bridge train face.safetensors --targets mine.yaml --plot loss.png
  affect-bridge train face.safetensors --data both:Emo3D/ --jitter 0.06
  affect-bridge train face.safetensors --resume"""
    parser.add_argument("output", type=Path, metavar="FILE", help="the file to write")
    parser.add_argument(
        "--targets",
        type=Path,
        default=SHIPPED,
        metavar="YAML",
        help="the words and their faces (default: those of the shipped model)",
    )
    parser.add_argument(
        "--print-targets",
        action=_PrintTargets,
        nargs=0,
        help="print the targets of the shipped model and exit; edit a copy for --targets",
    )
    parser.add_argument(
        "--data",
        default="facs",
        help="facs (the targets; default), emo3d:PATH to CSV or parquet as published, or both:PATH",
    )
    parser.add_argument("--plot", type=Path, metavar="PNG", help="draw the loss curves")
    parser.add_argument("--resume", action="store_true", help="continue an interrupted run")
    numbers = parser.add_argument_group("recipe")
    for number in fields(Recipe):
        option = f"--{number.name.replace('_', '-')}"
        if isinstance(number.default, bool):
            numbers.add_argument(
                option,
                action=argparse.BooleanOptionalAction,
                default=number.default,
                help="give left and right the same weight in the last layer (default: yes)",
            )
        else:
            numbers.add_argument(
                option,
                type=_count if isinstance(number.default, int) else _amount,
                default=number.default,
                metavar="N",
                help=f"default {number.default:g}",
            )
    parser.set_defaults(perform=perform)


class _PrintTargets(argparse.Action):
    """Prints the shipped targets, as `--version` prints a version."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(SHIPPED.read_text(encoding="utf-8"), end="")
        parser.exit()


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
    """What is wrong with the options and would otherwise fail only after minutes of work."""
    if options.output.is_dir():
        return f"{options.output} is a folder; expected a file to write"
    if not options.output.parent.is_dir():
        return f"{options.output}: no such folder: {options.output.parent}"
    if options.plot is not None and not options.plot.parent.is_dir():
        return f"{options.plot}: no such folder: {options.plot.parent}"
    if not (options.samples and options.epochs and options.batch):
        return "--samples, --epochs and --batch must be at least 1"
    if options.dropout >= 1 or options.validation_share >= 1:
        return "--dropout and --validation-share must be below 1"
    return ""


def perform(options: argparse.Namespace) -> int:
    try:
        from bridge.offline.training.data import (  # noqa: PLC0415 - an extra
            DataError,
            Generated,
            load_data,
        )
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
        blend = Blend(read_targets(options.targets))
        corpus, reading = load_data(options.data, Generated(blend, recipe.samples, recipe.seed))
        if reading is not None:
            print(f"Emo3D: {len(reading.corpus)} faces; skipped: {dict(reading.skipped) or 0}")
        return _train(options, recipe, corpus)
    except (TargetsError, DataError, Emo3dError) as mistake:
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
    data = {"data": options.data, "targets": options.targets.name}
    save_network(options.output, training.network, recipe, data, asdict(found))
    state.unlink()
    if options.plot is not None:
        from bridge.offline.training.plot import plot_history  # noqa: PLC0415 - an extra

        plot_history(training.history, options.plot)
    print(
        f"{options.output}: mean squared error {found.mse:.6f} on data it was "
        f"not trained on (a constant mean face {found.constant_mean_mse:.5f}, "
        f"all zeros {found.all_zero_mse:.5f}); "
        f"mean |left - right| {found.asymmetry:.5f} (of the data {found.data_asymmetry:.3f})"
    )
    return 0
