"""`affect-bridge replay`: play a recording, a table or a take to avatar programs."""

import argparse
import sys
from pathlib import Path
from typing import Any

from bridge.cli import MISTAKE
from bridge.cli.run import run_bridge
from bridge.config.inputs import FileSection
from bridge.config.reading import ConfigError, read_settings
from bridge.recording.contents import read_file
from bridge.recording.text_file import FileError


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Play a recording, a table with times and feelings, or a take of the Live Link Face app. "
        "The feelings go through the present model and layers; with --as-recorded, the recorded "
        "faces are sent unchanged. It stops at the end of the file."
    )
    parser.epilog = """examples:
  affect-bridge replay show.jsonl.gz --to vseeface
  affect-bridge replay show.jsonl.gz --as-recorded --speed 2 --to unreal
  affect-bridge replay take.csv --loop
  affect-bridge replay show.jsonl.gz --config studio.yaml

For a table with other columns or another scale, write it as an input of CONFIG, with its columns
and scale: `from: file:table.csv`."""
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="the recording, table or take to play"
    )
    parser.add_argument(
        "--to",
        dest="outputs",
        action="append",
        metavar="URL",
        help="an output, as for `run`; may be repeated (default: VMC on this machine)",
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="CONFIG",
        help="a YAML file; of its inputs, only the settings for FILE are used",
    )
    parser.add_argument("--speed", type=float, metavar="N", help="the speed; 2 is twice as fast")
    parser.add_argument("--loop", action="store_true", help="start again at the end")
    parser.add_argument(
        "--as-recorded", action="store_true", help="send the recorded faces unchanged"
    )
    parser.add_argument("--fps", type=float, metavar="N", help="frames a second, 1 to 240")
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    overrides: dict[str, Any] = {
        key: getattr(options, key)
        for key in ("outputs", "fps")
        if getattr(options, key) is not None
    }
    try:
        overrides["inputs"] = _input(options)
        settings = read_settings(options.config, overrides)
        for section in settings.inputs:
            if isinstance(section, FileSection):
                read_file(section)
    except (ConfigError, FileError) as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    return run_bridge(settings, options.config, overrides)


def _input(options: argparse.Namespace) -> dict[str, Any]:
    """The file as the only input, with the settings that the configuration has for it."""
    file = options.file.absolute()
    written: dict[str, Any] = {"from": f"file:{file}"}
    for section in read_settings(options.config).inputs if options.config else ():
        if isinstance(section, FileSection) and section.path == file:
            written = section.model_dump(by_alias=True, exclude_unset=True)
    if options.speed is not None:
        written["speed"] = options.speed
    switches = {"loop": options.loop, "as_recorded": options.as_recorded}
    return written | {name: True for name, given in switches.items() if given}
