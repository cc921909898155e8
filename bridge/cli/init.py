"""`affect-bridge init`: write the example configuration into this folder."""

import argparse
import sys
from pathlib import Path

import bridge
from bridge.cli import MISTAKE

USUAL_NAME = "config.yaml"
EXAMPLE = "config.example.yaml"

_PACKAGE = Path(bridge.__file__).parent
_PLACES = (_PACKAGE / EXAMPLE, _PACKAGE.parent / EXAMPLE)
"""Where the example is in an installed wheel, and in a checkout."""

_FOR_EDITORS = "# yaml-language-server:"
"""The first line names a file that only a checkout has."""


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = "Write the example configuration, to change and run."
    parser.epilog = "example:\n  affect-bridge init\n  affect-bridge run config.yaml"
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        default=Path(USUAL_NAME),
        help=f"where to write it (default: {USUAL_NAME})",
    )
    parser.add_argument("--force", action="store_true", help="replace the file if it exists")
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    file: Path = options.file
    try:
        with file.open("w" if options.force else "x", encoding="utf-8") as written:
            written.write(example(file.name))
    except FileExistsError:
        print(f"{file} exists and was not changed; --force replaces it", file=sys.stderr)
        return MISTAKE
    except OSError as problem:
        print(f"cannot write {file}: {problem.strerror}", file=sys.stderr)
        return MISTAKE
    print(f"wrote {file}; run it with: affect-bridge run {file}")
    return 0


def example(name: str) -> str:
    """The example configuration as a file of this name."""
    source = next(place for place in _PLACES if place.exists())
    lines = source.read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(_FOR_EDITORS)]
    return "".join(kept).replace(EXAMPLE, name)
