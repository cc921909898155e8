"""`affect-bridge render`: feelings from a file, faces to a file, without waiting."""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from bridge.cli import MISTAKE
from bridge.cli.progress import Bar, progress
from bridge.config.reading import ConfigError, read_settings
from bridge.config.settings import Settings
from bridge.emotion.update import UpdateError
from bridge.frames.clock import Tick
from bridge.model.layers import CheckpointError
from bridge.recording.events import TimedFace
from bridge.recording.text_file import FileError
from bridge.rendering.files import WRITERS, Frames, Write
from bridge.rendering.from_files import again, recorded_run, updates_in
from bridge.rendering.render import RenderError, played, seeded
from protocols.face import Face


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Make the faces of a table or a recording, as fast as it goes, and write them to a file. "
        "The table or recording is an input of the configuration: `from: file:table.csv`."
    )
    parser.epilog = """examples:
  affect-bridge render study.yaml weights.csv
  affect-bridge render study.yaml weights.npz --fps 30

The same configuration gives the same file again: movements by chance have the seed 0 unless
`face.seed` is set."""
    parser.add_argument("config", type=Path, metavar="CONFIG", help="a YAML file")
    parser.add_argument(
        "out", type=Path, metavar="OUT", help=f"the file to write: {' or '.join(WRITERS)}"
    )
    parser.add_argument("--fps", type=float, metavar="N", help="frames a second, 1 to 240")
    parser.add_argument(
        "--recorded-ticks",
        action="store_true",
        help="render a recording at the moments of its own frames: with the settings and the "
        "`face.seed` of the recorded bridge, the same weights again",
    )
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    began = time.perf_counter()
    overrides = {} if options.fps is None else {"fps": options.fps}
    try:
        write = _writer(options.out)
        settings = seeded(read_settings(options.config, overrides))
        frames, count, seconds = _recorded(settings) if options.recorded_ticks else _even(settings)
        with progress(count, "frames") as bar:
            write(_counted(frames, bar), options.out)
    except RenderError as mistake:
        print(f"{options.config}: {mistake}", file=sys.stderr)
        return MISTAKE
    except (ConfigError, CheckpointError, FileError, UpdateError) as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    except OSError as problem:
        print(f"{options.out}: {(problem.strerror or str(problem)).lower()}", file=sys.stderr)
        return MISTAKE
    took = time.perf_counter() - began
    print(f"{options.out}: {count} frames, {seconds:.1f} s, rendered in {took:.1f} s")
    return 0


def _even(settings: Settings) -> tuple[Frames, int, float]:
    """The frames at an even rate, their number, and the seconds that they last."""
    said = updates_in(settings)
    for remark in said.remarks:
        print(remark, file=sys.stderr)
    seconds = said.updates[-1].time - said.updates[0].time
    return played(settings, said.updates), int(seconds * settings.fps + 1e-6) + 1, seconds


def _recorded(settings: Settings) -> tuple[Frames, int, float]:
    """The frames at the ticks of a recording."""
    events = recorded_run(settings)
    faces = [event for event in events if isinstance(event, TimedFace)]
    seconds = faces[-1].time - faces[0].time
    return again(settings, events), len({face.frame for face in faces}), seconds


def _writer(out: Path) -> Write:
    if out.suffix.lower() not in WRITERS:
        raise FileError(f"{out}: expected a name that ends in {' or '.join(WRITERS)}")
    return WRITERS[out.suffix.lower()]


def _counted(frames: Frames, bar: Bar) -> Iterator[tuple[Tick, Mapping[str, Face]]]:
    for frame in frames:
        yield frame
        bar.update()
