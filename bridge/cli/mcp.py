"""`affect-bridge mcp`: tools with which a language model moves the face of a running bridge."""

import argparse
import sys
from pathlib import Path

from bridge.cli import MISTAKE
from bridge.config.web import TokenSettings
from bridge.tools.running_bridge import USUAL_ADDRESS, Place, RunningBridge, place

_TOKEN = "AFFECT_BRIDGE_TOKEN"  # noqa: S105 - the name of a variable


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Serve tools to a language model by the Model Context Protocol, on standard input and "
        "output. They change the face of a running bridge: start it with `affect-bridge run "
        "--web`. A chat client or another program starts this command. You do not need to run it "
        "yourself."
    )
    parser.epilog = f"""tools:
  set_emotion, gesture, look_at, set_state, what_is_shown

example of a client's configuration:
  {{"mcpServers": {{"face": {{"command": "affect-bridge", "args": ["mcp"]}}}}}}

If the bridge needs a token, set {_TOKEN}, or use --token-file."""
    parser.add_argument(
        "--bridge",
        type=_place,
        default=USUAL_ADDRESS,
        metavar="URL",
        help=f"where the bridge serves HTTP (default: {USUAL_ADDRESS})",
    )
    parser.add_argument(
        "--stream",
        default="main",
        metavar="NAME",
        help="the face that the tools change if the model names none (default: main)",
    )
    token = parser.add_mutually_exclusive_group()
    token.add_argument(
        "--token-env",
        default=_TOKEN,
        metavar="NAME",
        help=f"the environment variable with the token of the bridge (default: {_TOKEN})",
    )
    token.add_argument(
        "--token-file", type=Path, metavar="FILE", help="a file with the token of the bridge"
    )
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    try:
        from bridge.tools.server import server  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as problem:
        if not (problem.name or "").startswith("mcp"):
            raise
        print(
            "affect-bridge mcp needs the package mcp, version 2 or newer; run: "
            f'{sys.executable} -m pip install "mcp>=2"',
            file=sys.stderr,
        )
        return MISTAKE
    token = TokenSettings("bearer", options.token_env, options.token_file, None)
    if sys.stdin.isatty():
        print(
            "waiting for a client of the Model Context Protocol on standard input; "
            "press Ctrl-C to stop",
            file=sys.stderr,
        )
    server(RunningBridge(options.bridge, token), options.stream).run("stdio")
    return 0


def _place(text: str) -> Place:
    try:
        return place(text)
    except ValueError as mistake:
        raise argparse.ArgumentTypeError(str(mistake)) from None
