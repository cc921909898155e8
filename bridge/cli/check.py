"""`affect-bridge check`: validate a configuration and print it with every default."""

import argparse
import sys
from pathlib import Path

from bridge.cli import MISTAKE
from bridge.cli.console import writes_every_character
from bridge.config.reading import ConfigError, read_settings, to_yaml


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = "Validate a configuration and print it with every default."
    parser.epilog = "example:\n  affect-bridge check config.example.yaml"
    parser.add_argument("config", type=Path, metavar="CONFIG", help="a YAML file")
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    try:
        settings = read_settings(options.config)
    except ConfigError as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    print(to_yaml(settings, escaped=not writes_every_character(sys.stdout)), end="")
    return 0
