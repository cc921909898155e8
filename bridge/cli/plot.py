"""`affect-bridge plot`: a recording or rendered faces as a figure."""

import argparse
import math
import sys
from pathlib import Path

from bridge.cli import MISTAKE
from bridge.offline.study.plot import SUFFIXES, Drawing, draw
from bridge.recording.text_file import FileError
from bridge.rendering.reading import Mark, read_faces


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Draw a figure for print from a recording, a take, or a file that `render` wrote. It shows "
        "valence, arousal and dominance, the most active blendshapes as curves and as a map, and "
        "events. It needs matplotlib: pip install 'affect-bridge[plot]'"
    )
    parser.epilog = """examples:
  affect-bridge plot show.jsonl.gz -o show.svg
  affect-bridge plot weights.csv -o figure.pdf --mark 2.5=stimulus --mark 6=end
  affect-bridge plot weights.npz -o smile.png --shapes mouthSmile,cheekSquint"""
    parser.add_argument("file", type=Path, metavar="FILE", help=".jsonl.gz, .jsonl, .csv or .npz")
    parser.add_argument(
        *("-o", "--out"),
        type=Path,
        required=True,
        metavar="FIGURE",
        help=f"the file to write: {', '.join(SUFFIXES)}",
    )
    parser.add_argument(
        "--stream", metavar="NAME", help="the stream to draw, needed if the file has several"
    )
    parser.add_argument(
        "--shapes",
        type=lambda text: [name.strip() for name in text.split(",") if name.strip()],
        default=[],
        metavar="NAMES",
        help="the blendshapes to draw, separated by commas (default: the most active ones)",
    )
    parser.add_argument(
        "--mark",
        action="append",
        type=_mark,
        default=[],
        metavar="SECONDS[=TEXT]",
        help="mark an event; may be repeated (default: mark the updates of the recording)",
    )
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    try:
        found = read_faces(options.file)
        stream, run = found.of(options.stream)
        marks = options.mark or [mark for mark in found.marks if mark.stream == stream]
        note = "; ".join(filter(None, (f"{options.file.name}, stream {stream}", found.made_by)))
        draw(Drawing(run, marks, options.shapes, note), options.out)
    except (FileError, ImportError, ValueError) as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    except OSError as problem:
        print(f"{options.out}: {(problem.strerror or str(problem)).lower()}", file=sys.stderr)
        return MISTAKE
    print(f"{options.out}: {len(run)} frames, {len(marks)} events")
    return 0


def _mark(text: str) -> Mark:
    seconds, _, label = text.partition("=")
    try:
        time = float(seconds)
    except ValueError:
        time = math.nan
    if not math.isfinite(time):
        raise argparse.ArgumentTypeError(f"{text!r}: expected seconds, or seconds=text")
    return Mark(time, "", label.strip())
