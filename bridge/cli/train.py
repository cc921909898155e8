"""`affect-bridge train`: make weights."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from bridge.cli import MISTAKE


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Train the network on FACS targets and write its weights. The same seed gives the same "
        "weights on the same machine. The weights that are shipped come from the defaults."
    )
    parser.epilog = "example:\n  affect-bridge train weights.safetensors --seed 0"
    parser.add_argument("output", type=Path, metavar="FILE", help="where to write the weights")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, help="times through the data")
    parser.add_argument("--samples", type=int, help="points to train on")
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    try:
        from bridge.training import fit  # noqa: PLC0415 - takes seconds, and may not be there
    except ImportError:
        print("training needs PyTorch: pip install 'affect-bridge[train]'", file=sys.stderr)
        return MISTAKE
    if not options.output.parent.is_dir():
        print(f"{options.output}: there is no folder {options.output.parent}", file=sys.stderr)
        return MISTAKE
    given = {k: getattr(options, k) for k in ("epochs", "samples") if getattr(options, k)}
    recipe = replace(fit.Recipe(seed=options.seed), **given)
    network, metrics = fit.train(
        recipe, lambda epoch, loss: print(f"epoch {epoch}/{recipe.epochs}: loss {loss:.6f}")
    )
    fit.save(options.output, network, recipe, metrics)
    print(
        f"{options.output}: validation MSE {metrics.validation_mse:.6f} "
        f"(a constant mean face: {metrics.constant_mean_mse:.6f}, "
        f"all zeros: {metrics.all_zero_mse:.6f})"
    )
    return 0
