"""`affect-bridge status`: the state of the bridge that runs on this machine."""

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path

from bridge.cli import MISTAKE
from bridge.cli.console import writes_every_character
from bridge.cli.status_table import table
from bridge.config.address import Address
from bridge.config.health import USUAL_HOST, USUAL_PORT, parse_place
from bridge.config.reading import ConfigError, read_settings
from bridge.health.asking import HOW_TO_TURN_ON, NoAnswer, ask
from bridge.supervision.text import printable

_WATCH_EVERY = 1.0  # seconds


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Show the state of a running bridge: its frames, inputs, outputs and streams. Its "
        f"configuration must turn health on: `health: {USUAL_HOST}:{USUAL_PORT}`."
    )
    parser.epilog = """examples:
  affect-bridge status
  affect-bridge status --watch
  affect-bridge status --config studio.yaml
  affect-bridge status 127.0.0.1:9465 --json

exit status: 0 healthy, 1 not healthy or not running, 2 a mistake in the command"""
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "place",
        nargs="?",
        metavar="HOST:PORT",
        help=f"the bridge's health address, or its URL (default: {USUAL_HOST}:{USUAL_PORT})",
    )
    where.add_argument(
        "--config", type=Path, metavar="FILE", help="use the health address in this configuration"
    )
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.add_argument(
        "--watch",
        action="store_true",
        help="show it again every second, until Ctrl-C; with --json one line each time",
    )
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    try:
        place = _place(options)
    except ValueError as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    if options.watch:
        return _watch(place, options.json)
    try:
        answer, told = ask(place)
    except NoAnswer as problem:
        print(printable(str(problem)), file=sys.stderr)
        return 1
    if options.json:
        # Unchanged, except on a terminal and in a legacy encoding: there it is ASCII.
        print(answer.rstrip() if _takes_any_text() else json.dumps(told, indent=1))
    else:
        print(table(told, place.place, shutil.get_terminal_size().columns))
    return 0 if told["healthy"] else 1


def _watch(place: Address, as_json: bool) -> int:
    """Show the state again and again, until Ctrl-C."""
    on_terminal = sys.stdout.isatty() and not as_json
    if on_terminal and os.name == "nt":
        os.system("")  # noqa: S605, S607 - turns on escape sequences in Windows' console
    try:
        while True:
            if on_terminal:
                _draw(_state(place, as_json))
            else:
                print(_state(place, as_json), end="\n" if as_json else "\n\n", flush=True)
            time.sleep(_WATCH_EVERY)
    except KeyboardInterrupt:
        return 0


def _state(place: Address, as_json: bool) -> str:
    """The state now: a table, or a line of JSON. A bridge that does not answer may be back soon."""
    try:
        _, told = ask(place)
    except NoAnswer as problem:
        why = printable(str(problem))
        return json.dumps({"healthy": False, "reasons": [why]}) if as_json else why
    if as_json:
        return json.dumps(told, ensure_ascii=not _takes_any_text())
    return table(told, place.place, shutil.get_terminal_size().columns)


def _draw(text: str) -> None:
    """Put a text in place of the one before, without a flicker; cut to the terminal's height."""
    lines = text.split("\n")[: shutil.get_terminal_size().lines - 1]
    kept = "".join(f"{line}\x1b[K\n" for line in lines)
    sys.stdout.write(f"\x1b[H{kept}\x1b[J")
    sys.stdout.flush()


def _takes_any_text() -> bool:
    return writes_every_character(sys.stdout) and not sys.stdout.isatty()


def _place(options: argparse.Namespace) -> Address:
    """The health address to ask.

    Raises:
        ValueError: with what was wrong and what was expected.
    """
    if options.config is None:
        said = options.place or f"{USUAL_HOST}:{USUAL_PORT}"
        return parse_place(said.removeprefix("http://").removesuffix("/healthz").rstrip("/"))
    settings = read_settings(options.config)
    if settings.health is None:
        raise ConfigError(f"{options.config}: health is off; {HOW_TO_TURN_ON}")
    return settings.health.address
