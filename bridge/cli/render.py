"""`affect-bridge render`: feelings from a file, faces to a file, without waiting."""

import argparse
import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from bridge.cli import MISTAKE
from bridge.cli.progress import Bar, progress
from bridge.config.reading import ConfigError, read_settings
from bridge.config.settings import Settings
from bridge.emotion.update import UpdateError
from bridge.frames.clock import Tick
from bridge.model.layers import CheckpointError
from bridge.offline.portrait.film import FilmError, write_film, write_pictures
from bridge.recording.events import TimedFace
from bridge.recording.text_file import FileError
from bridge.rendering.files import WRITERS, Frames, Write
from bridge.rendering.from_files import again, recorded_run, updates_in
from bridge.rendering.reading import one_stream
from bridge.rendering.render import RenderError, played, seeded
from protocols.face import Face

_FILM = ".mp4"
_KINDS = (
    f"a name that ends in {', '.join(WRITERS)} or {_FILM} (needs ffmpeg), or a folder for pictures "
    "of the head, such as pictures/"
)


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Make the faces of a table or a recording faster than in real time, and write them to a "
        "file. "
        "The table or recording is an input of the configuration: `from: file:table.csv`."
    )
    parser.epilog = """examples:
  affect-bridge render study.yaml weights.csv
  affect-bridge render study.yaml weights.npz --fps 30
  affect-bridge render study.yaml pictures/ --fps 10

The same configuration gives the same file again: movements by chance have the seed 0 unless
`face.seed` is set."""
    parser.add_argument("config", type=Path, metavar="CONFIG", help="a YAML file")
    parser.add_argument("out", metavar="OUT", help=f"what to write: {_KINDS}")
    parser.add_argument("--fps", type=float, metavar="N", help="frames a second, 1 to 240")
    parser.add_argument(
        "--recorded-ticks",
        action="store_true",
        help="render a recording at the times of its own frames; with the settings and the "
        "`face.seed` of the recorded bridge, the weights are the same",
    )
    parser.add_argument(
        "--stream",
        metavar="NAME",
        help="render only this stream; pictures and films show one stream",
    )
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    began = time.perf_counter()
    out = Path(options.out)
    overrides = {} if options.fps is None else {"fps": options.fps}
    try:
        _check(options.out)
        settings = seeded(read_settings(options.config, overrides))
        run = _recorded(settings) if options.recorded_ticks else _even(settings)
        write = _writer(options.out, _stream(run, options.stream, options.out), settings.fps)
        with progress(run.length, "frames") as bar:
            write(_counted(run.frames, bar), out)
    except RenderError as mistake:
        print(f"{options.config}: {mistake}", file=sys.stderr)
        return MISTAKE
    except (ConfigError, CheckpointError, FileError, UpdateError, FilmError) as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    except OSError as problem:
        print(f"{out}: {(problem.strerror or str(problem)).lower()}", file=sys.stderr)
        return MISTAKE
    took = time.perf_counter() - began
    print(f"{out}: {run.length} frames, {run.seconds:.1f} s, rendered in {took:.1f} s")
    return 0


class _Run(NamedTuple):
    frames: Frames
    length: int
    seconds: float
    streams: list[str]
    """Those that will come, in the order in which they come."""


def _even(settings: Settings) -> _Run:
    """The frames at an even rate."""
    said = updates_in(settings)
    for remark in said.remarks:
        print(remark, file=sys.stderr)
    seconds = said.updates[-1].time - said.updates[0].time
    count = int(seconds * settings.fps + 1e-6) + 1
    streams = dict.fromkeys(timed.update.stream for timed in said.updates)
    return _Run(played(settings, said.updates), count, seconds, list(streams))


def _recorded(settings: Settings) -> _Run:
    """The frames at the ticks of a recording."""
    events = recorded_run(settings)
    faces = [event for event in events if isinstance(event, TimedFace)]
    seconds = faces[-1].time - faces[0].time
    streams = dict.fromkeys(face.stream for face in faces)
    return _Run(again(settings, events), len({f.frame for f in faces}), seconds, list(streams))


def _check(out: str) -> None:
    if not (_is_folder(out) or Path(out).suffix.lower() in (*WRITERS, _FILM)):
        raise FileError(f"{out}: expected {_KINDS}")


def _is_folder(out: str) -> bool:
    return out.endswith(("/", os.sep)) or Path(out).is_dir()


def _stream(run: _Run, wanted: str | None, out: str) -> str | None:
    """The one stream to write, or None for all.

    Raises:
        RenderError: there is no such stream, or a picture would have to show several.
    """
    if wanted is None and Path(out).suffix.lower() in WRITERS:
        return None
    try:
        return one_stream(run.streams, wanted)
    except FileError as problem:
        raise RenderError(str(problem)) from None


def _writer(out: str, stream: str | None, fps: float) -> Write:
    suffix = Path(out).suffix.lower()
    if stream is None:
        return WRITERS[suffix]
    if _is_folder(out):
        return lambda frames, folder: write_pictures(frames, folder, stream)
    if suffix == _FILM:
        return lambda frames, path: write_film(frames, path, stream, fps)
    return lambda frames, path: WRITERS[suffix](_only(stream, frames), path)


def _only(stream: str, frames: Frames) -> Iterator[tuple[Tick, Mapping[str, Face]]]:
    for tick, faces in frames:
        yield tick, {stream: faces[stream]} if stream in faces else {}


def _counted(frames: Frames, bar: Bar) -> Iterator[tuple[Tick, Mapping[str, Face]]]:
    for frame in frames:
        yield frame
        bar.update()
