"""`affect-bridge view`: open the page of a running bridge."""

import argparse
import http.client
import json
import sys
import time
import webbrowser

from bridge.cli import MISTAKE
from bridge.config.health import parse_place
from bridge.config.web import USUAL_HOST, USUAL_PORT, page_url
from bridge.supervision.text import printable

_TIMEOUT = 5.0
_LARGEST_ANSWER = 65536
_AGAIN = 0.3
_LONGEST_WAIT = 600.0
"""Seconds."""
_USUAL = f"{USUAL_HOST}:{USUAL_PORT}"


_NOBODY = f"no bridge answers; is it running, with `web: {_USUAL}` in its configuration?"


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Open the page of a running bridge in the browser. The bridge can also run as a service "
        f"or on another machine. Its configuration must turn the page on: `web: {_USUAL}`."
    )
    parser.epilog = """examples:
  affect-bridge view
  affect-bridge view 192.168.1.20:8765

exit status: 0 opened, 1 no bridge answers there, 2 a mistake in the command"""
    parser.add_argument(
        "address",
        nargs="?",
        default=_USUAL,
        metavar="ADDRESS",
        help=f"the bridge's web address, or its URL (default: {_USUAL})",
    )
    parser.add_argument(
        "--wait",
        type=_seconds,
        default=0.0,
        metavar="SECONDS",
        help="wait at most this long for a bridge that starts (default: 0)",
    )
    parser.add_argument(
        "--print",
        action="store_true",
        dest="only_print",
        help="print the URL and do not open a browser",
    )
    parser.set_defaults(perform=perform)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0.0 <= seconds <= _LONGEST_WAIT:
        raise argparse.ArgumentTypeError(f"{text}: expected 0 to {_LONGEST_WAIT:.0f} seconds")
    return seconds


def perform(options: argparse.Namespace) -> int:
    try:
        address = parse_place(options.address.removeprefix("http://").rstrip("/"), _USUAL)
    except ValueError as mistake:
        print(printable(str(mistake)), file=sys.stderr)
        return MISTAKE
    deadline = time.monotonic() + options.wait
    while (problem := _problem(address.host, address.port)) == _NOBODY:
        if time.monotonic() >= deadline:
            break
        time.sleep(_AGAIN)
    if problem:
        print(f"{printable(address.place)}: {problem}", file=sys.stderr)
        return 1
    url = page_url(address)
    # The library prints to standard output and may not return before a text browser ends.
    if options.only_print or not webbrowser.open(url):
        print(printable(url))
    return 0


def _problem(host: str, port: int) -> str:
    """Why the page cannot be opened; empty if it can."""
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
    try:
        connection.request("GET", "/", headers={"Accept": "application/json"})
        told = json.loads(connection.getresponse().read(_LARGEST_ANSWER))
    except ConnectionRefusedError:
        return _NOBODY
    except (OSError, http.client.HTTPException) as problem:
        return f"cannot connect: {printable(str(problem))}"
    except (ValueError, RecursionError):
        told = None
    finally:
        connection.close()
    if isinstance(told, dict) and "affect_bridge" in told:
        return ""
    if isinstance(told, dict) and isinstance(told.get("error"), str):
        return printable(told["error"])
    return "another program answers"
