"""`affect-bridge run`: run the daemon."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any, TextIO

from bridge.cli import MISTAKE
from bridge.config.reading import ConfigError, read_settings
from bridge.config.settings import Settings
from bridge.daemon.daemon import run
from bridge.daemon.status_bar import StatusBar
from bridge.model.layers import CheckpointError
from bridge.supervision.logs import configure_logging
from bridge.supervision.writer import Writer

_LAST_LINES = 0.3
"""Seconds that the end waits for the last log lines to be written."""


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Turn feelings into a face and send it to avatar programs. Without a configuration it "
        "reads feelings from standard input and sends VMC to 127.0.0.1:39539."
    )
    parser.epilog = """examples:
  echo "happiness 0.9" | affect-bridge run
  affect-bridge run --from demo --to vseeface
  affect-bridge run --from demo --to livelink://127.0.0.1:11111/Face
  affect-bridge run --from osc://127.0.0.1:9130 --to 'vmc://192.168.1.20:39539?names=camel'
  chatbot | affect-bridge run --from stdin:chat | speech
  affect-bridge run studio.yaml

It runs until Ctrl-C. If its only input is stdin, or stdin and demo, it also stops when stdin closes
and the last emotion has expired."""
    parser.add_argument("config", nargs="?", type=Path, metavar="CONFIG", help="a YAML file")
    parser.add_argument(
        "--from",
        dest="inputs",
        action="append",
        metavar="URL",
        help="an input: stdin, stdin:chat, stdin:text, demo, osc://host:port, "
        "mqtt://user@host/topic, nats://user@host/subject; replaces the inputs in the "
        "file; may be repeated",
    )
    parser.add_argument(
        "--to",
        dest="outputs",
        action="append",
        metavar="URL",
        help="an output: the name of a program (vseeface, unreal, vseeface://host; `affect-bridge "
        "receivers` lists them) or an address (vmc://host:port, osc://host:port/address/{name}); "
        "replaces the outputs in the file; may be repeated",
    )
    parser.add_argument("--fps", type=float, metavar="N", help="frames a second, 1 to 240")
    parser.add_argument(
        "--web",
        nargs="?",
        const=True,
        type=_web,
        metavar="HOST:PORT",
        help="serve the HTTP interface; the default address is 127.0.0.1:8765; replaces `web` in "
        "the file",
    )
    parser.add_argument(
        "--still",
        action="store_true",
        help="do not blink and do not move at rest; replaces `face` in the file",
    )
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    overrides: dict[str, Any] = {
        key: getattr(options, key)
        for key in ("inputs", "outputs", "fps", "web")
        if getattr(options, key) is not None
    }
    if options.still:
        overrides["face"] = {"still": True}
    try:
        settings = read_settings(options.config, overrides)
    except ConfigError as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    return run_bridge(settings, options.config, overrides)


def run_bridge(settings: Settings, config: Path | None, overrides: dict[str, Any]) -> int:
    """Run a bridge with these settings until it stops. Returns the exit status.

    Args:
        config: the file that the settings came from, if any; a reload reads it again.
        overrides: the settings that replaced those of the file.
    """
    writer = Writer(sys.stderr) if sys.stderr else None
    configure_logging(settings.log_level, settings.log_format, writer)
    status_bar = StatusBar(writer) if writer and _draws(writer.stream) else None
    try:
        return run(
            settings,
            config=config,
            reread=lambda: read_settings(config, overrides),
            status_bar=status_bar,
        )
    except CheckpointError as mistake:  # the file has changed since it was checked
        print(mistake, file=sys.stderr)
        return MISTAKE
    finally:
        if status_bar is not None:
            status_bar.remove()
        if writer is not None:
            writer.flush(_LAST_LINES)


def _web(text: str) -> str:
    if Path(text).suffix in {".yaml", ".yml"}:
        raise argparse.ArgumentTypeError(
            f"{text!r}: expected host:port; give the file first, as in: run {text} --web"
        )
    return text


def _draws(stream: TextIO) -> bool:
    """Whether this is a terminal that understands escape sequences."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"
