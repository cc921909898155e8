"""The command `affect-bridge`: one file for each subcommand."""

import os

# Set before NumPy is imported: for matrices this small, threads cost more than they save.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")

import argparse
import importlib
import sys
from collections.abc import Sequence

from bridge import __version__
from bridge.cli.console import replace_what_cannot_be_written
from bridge.model.identity import identity

COMMANDS = {
    "run": "turn feelings into a face and send it to avatar programs",
    "init": "write the example configuration into this folder",
    "check": "validate a configuration and print it with every default",
    "render": "make the faces of a table or recording and write them to a file",
    "plot": "draw a recording or rendered faces as a figure",
    "compare": "compare two models, recordings or rendered files, shape by shape",
    "replay": "play a recording, a table or a take to avatar programs",
    "record": "record what a running bridge shows, through its HTTP interface",
    "status": "show the state of the running bridge: frames, inputs, outputs, streams",
    "view": "open the page of the running bridge in the browser",
    "doctor": "find out why no face moves, and say what to do",
    "listen": "receive a face as an avatar program would, and print it",
    "receivers": "list the known avatar programs with their dialects and ports",
    "emotions": "list the known emotions",
    "mcp": "serve tools that a language model calls (needs the extra `mcp`)",
    "predict": "print or draw the face of one feeling",
    "evaluate": "measure a model and compare it with others",
    "install-service": "write a systemd unit that runs a configuration",
    "convert": "convert a PyTorch checkpoint for use in a configuration",
    "train": "train a model and save it (needs the extra `train`)",
}

MISTAKE = 2
"""The exit status for a mistake in the command or the configuration."""

INTERRUPTED = 130
"""The exit status that shells expect after Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit status."""
    replace_what_cannot_be_written()
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = _parser(arguments).parse_args(arguments)
        return int(options.perform(options))
    except KeyboardInterrupt:  # before the daemon started; it handles Ctrl-C itself
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`| head`). Python would report it again at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


class _Version(argparse.Action):
    """Prints the versions of the program and of its model. The model's file is read only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"affect-bridge {__version__}\nmodel {identity()}")
        parser.exit()


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="affect-bridge",
        description="Turns valence, arousal and dominance into a face: 52 ARKit blendshape "
        "weights, streamed to VTuber programs, Unreal and Unity.",
        epilog="example: affect-bridge run --from demo --to vmc://127.0.0.1:39539",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the versions and exit")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    chosen = next((word for word in arguments if not word.startswith("-")), None)
    for name, summary in COMMANDS.items():
        subparser = commands.add_parser(
            name, help=summary, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if name == chosen:  # importing all of them would be slow, PyTorch most of all
            importlib.import_module(f"bridge.cli.{name.replace('-', '_')}").describe(subparser)
    return parser
