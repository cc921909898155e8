"""The command `affect-bridge`: one file per subcommand."""

import os

# Before NumPy is first imported: threads cost more than they bring for matrices this small.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")

import argparse
import importlib
import sys
from collections.abc import Sequence

from bridge import __version__

COMMANDS = {
    "run": "stream a face: feelings in, blendshapes out",
    "check": "validate a configuration and print it with every default",
    "status": "show how the running bridge is: frames, inputs, outputs, streams",
    "listen": "receive a stream and print what arrives, decoded",
    "receivers": "list the programs that are known by name, with dialect and port",
    "emotions": "list the emotions that are known by name",
    "predict": "print or draw the face of one feeling",
    "evaluate": "measure how good a model is, beside others",
    "install-service": "write a systemd unit that runs a configuration",
    "convert": "turn a PyTorch checkpoint into one that the daemon runs",
    "train": "train a model and write its weights (needs the extra `train`)",
}

MISTAKE = 2
"""The exit status for a mistake in the command or the configuration."""

INTERRUPTED = 130
"""The exit status that shells expect of a command ended by Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = _parser(arguments).parse_args(arguments)
        return int(options.perform(options))
    except KeyboardInterrupt:  # before the daemon, which has its own way to stop, has begun
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output is gone (`| head`); keep Python from saying so once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="affect-bridge",
        description="Turns valence, arousal and dominance into a face: 52 ARKit blendshape "
        "weights, streamed to VTuber programs, Unreal and Unity.",
        epilog="example: affect-bridge run --from demo --to vmc://127.0.0.1:39539",
    )
    parser.add_argument("--version", action="version", version=f"affect-bridge {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    chosen = next((word for word in arguments if not word.startswith("-")), None)
    for name, summary in COMMANDS.items():
        subparser = commands.add_parser(
            name, help=summary, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if name == chosen:  # the others need not be imported, least of all PyTorch
            importlib.import_module(f"bridge.cli.{name.replace('-', '_')}").describe(subparser)
    return parser
