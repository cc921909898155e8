"""`affect-bridge doctor`: find out why no face moves."""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Sized
from pathlib import Path
from typing import Any

from bridge.cli.console import writes_every_character
from bridge.config.reading import ConfigError, read_settings
from bridge.config.settings import Settings
from bridge.daemon.blocking_calls import DaemonThreads
from bridge.doctor.examination import examine
from bridge.doctor.finding import Cause, Finding, as_json, lines, ok, problem, problems
from bridge.health.asking import NoAnswer, ask
from bridge.supervision.text import printable


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Find out why no face moves. It checks the configuration, the model, the ports, the "
        "brokers and the hosts, and sends a smile of two seconds to each output. If a bridge runs "
        "with this configuration and has `health` turned on, its state is examined instead. The "
        "most probable cause is printed first."
    )
    parser.epilog = """examples:
  affect-bridge doctor config.yaml
  affect-bridge doctor --to vseeface

exit status: 0 no problem found, 1 a problem was found"""
    parser.add_argument(
        "config",
        nargs="?",
        type=Path,
        metavar="CONFIG",
        help="a YAML file (default: what `run` uses without one)",
    )
    parser.add_argument(
        "--from", dest="inputs", action="append", metavar="URL", help="an input, as with `run`"
    )
    parser.add_argument(
        "--to", dest="outputs", action="append", metavar="URL", help="an output, as with `run`"
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    overrides = {
        key: getattr(options, key)
        for key in ("inputs", "outputs")
        if getattr(options, key) is not None
    }
    if not options.json:
        print("Checking. This takes a few seconds.", file=sys.stderr)
    logging.getLogger("bridge").setLevel(logging.CRITICAL)  # the findings say it all, in order
    found = _findings(options.config, overrides)
    if options.json:
        escaped = not writes_every_character(sys.stdout)
        print(json.dumps(as_json(found), indent=2, ensure_ascii=escaped))
    else:
        print("\n".join(printable(line) for line in lines(found)))
    return 1 if problems(found) else 0


def _findings(config: Path | None, overrides: dict[str, Any]) -> list[Finding]:
    subject = "configuration"
    try:
        settings = read_settings(config, overrides)
    except ConfigError as mistake:
        cure = "correct it; docs/configuration.md lists every setting"
        return [
            problem(Cause.CONFIGURATION, subject, line, cure) for line in str(mistake).splitlines()
        ]
    counts = f"{_count(settings.inputs, 'input')}, {_count(settings.outputs, 'output')}"
    readable = ok(Cause.CONFIGURATION, subject, f"{config or 'no file'}: {counts}")
    report = _report(settings)

    async def check() -> list[Finding]:
        # A look-up that takes a minute to fail does not delay the end.
        asyncio.get_running_loop().set_default_executor(DaemonThreads())
        return await examine(settings, report)

    # aiomqtt does not work on Windows' default loop.
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return [readable, *runner.run(check())]


def _count(parts: Sized, what: str) -> str:
    return f"{len(parts)} {what}" if len(parts) == 1 else f"{len(parts)} {what}s"


def _report(settings: Settings) -> dict[str, Any] | None:
    """What a bridge at the health address reports; None if there is none."""
    if settings.health is None:
        return None
    try:
        return ask(settings.health.address)[1]
    except NoAnswer:
        return None
