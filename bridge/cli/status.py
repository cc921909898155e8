"""`affect-bridge status`: the state of the bridge that runs on this machine."""

import argparse
import http.client
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from bridge.cli import MISTAKE
from bridge.cli.console import writes_every_character
from bridge.cli.status_table import is_report, table
from bridge.config.address import Address
from bridge.config.health import USUAL_HOST, USUAL_PORT, parse_place
from bridge.config.reading import ConfigError, read_settings
from bridge.supervision.text import printable

_TIMEOUT = 5.0
_LARGEST_ANSWER = 4 * 1024 * 1024
_HOW_TO_TURN_ON = f"add `health: {USUAL_HOST}:{USUAL_PORT}` to its configuration"


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Show the state of a running bridge: its frames, inputs, outputs and streams. Its "
        f"configuration must turn health on: `health: {USUAL_HOST}:{USUAL_PORT}`."
    )
    parser.epilog = """examples:
  affect-bridge status
  affect-bridge status --config studio.yaml
  affect-bridge status 127.0.0.1:9465 --json

exit status: 0 healthy, 1 not healthy or not running, 2 a mistake in the command"""
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "place",
        nargs="?",
        metavar="HOST:PORT",
        help=f"the bridge's health address, also as a URL (default: {USUAL_HOST}:{USUAL_PORT})",
    )
    where.add_argument(
        "--config", type=Path, metavar="FILE", help="use the health address in this configuration"
    )
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.set_defaults(perform=perform)


class _NoAnswer(Exception):
    """No bridge answered, or something else did."""


def perform(options: argparse.Namespace) -> int:
    try:
        place = _place(options)
    except ValueError as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    try:
        answer, told = _ask(place)
    except _NoAnswer as problem:
        print(printable(str(problem)), file=sys.stderr)
        return 1
    if options.json:
        # Unchanged, except on a terminal and in a legacy encoding: there it is ASCII.
        whole = writes_every_character(sys.stdout) and not sys.stdout.isatty()
        print(answer.rstrip() if whole else json.dumps(told, indent=1))
    else:
        print(table(told, place.place, shutil.get_terminal_size().columns))
    return 0 if told["healthy"] else 1


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
        raise ConfigError(f"{options.config}: health is off; {_HOW_TO_TURN_ON}")
    return settings.health.address


def _ask(place: Address) -> tuple[str, dict[str, Any]]:
    """The answer, as text and as data.

    Raises:
        _NoAnswer: with the reason.
    """
    connection = http.client.HTTPConnection(place.host, place.port, timeout=_TIMEOUT)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse().read(_LARGEST_ANSWER).decode("utf-8", "replace")
    except ConnectionRefusedError:
        raise _NoAnswer(
            f"no bridge answers at {place.place}: it is not running, or health is off "
            f"({_HOW_TO_TURN_ON})"
        ) from None
    except TimeoutError:
        raise _NoAnswer(f"{place.place} did not answer within {_TIMEOUT:.0f} s") from None
    except OSError as problem:
        raise _NoAnswer(f"cannot connect to {place.place}: {problem.strerror or problem}") from None
    except http.client.HTTPException:
        raise _NoAnswer(f"the program at {place.place} does not speak HTTP") from None
    finally:
        connection.close()
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError):
        told = None
    if not is_report(told):
        raise _NoAnswer(f"the program at {place.place} is not affect-bridge")
    return answer, told
