"""`affect-bridge record`: write what a running bridge shows to a file."""

import argparse
import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from pathlib import Path

from bridge import __version__
from bridge.cli import MISTAKE
from bridge.config.health import parse_place
from bridge.config.recording import RecordSection
from bridge.receiving.web import WebError, receive
from bridge.recording import format as recording
from bridge.recording.events import TimedFace
from bridge.recording.rotating_file import RotatingFile

_USUAL = "127.0.0.1:8765"
_WRITE_EVERY = 0.2
_SUFFIXES = (".jsonl.gz", ".jsonl")
LACKS = (
    "updates as they were sent",
    "faces that came faster than they were read",
    "digits: feelings have 3, weights 4, rotations a hundredth of a degree",
)


def describe(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Record what a running bridge shows, until it stops or you press Ctrl-C. Its HTTP "
        f"interface must be on: `web: {_USUAL}`. The file has the faces and their labels, with "
        f"the times at which they arrived. It does not have the updates as they were sent. To "
        f"record those, set `record` in the configuration of the bridge."
    )
    parser.epilog = """examples:
  affect-bridge record show.jsonl.gz
  affect-bridge record alice.jsonl --stream alice --seconds 60
  affect-bridge record show.jsonl.gz --web 192.168.1.20:8765 --token-env BRIDGE_TOKEN"""
    parser.add_argument("file", type=Path, metavar="FILE", help=f"{' or '.join(_SUFFIXES)}")
    parser.add_argument(
        "--web",
        default=_USUAL,
        metavar="HOST:PORT",
        help=f"the address of the bridge's `web` (default: {_USUAL})",
    )
    parser.add_argument("--stream", metavar="NAME", help="record only this stream")
    parser.add_argument("--seconds", type=float, metavar="N", help="stop after this many seconds")
    parser.add_argument(
        "--token-env", metavar="NAME", help="the environment variable that holds the token"
    )
    parser.set_defaults(perform=perform)


def perform(options: argparse.Namespace) -> int:
    try:
        section = _section(options.file)
        place = parse_place(options.web, _USUAL)
        token = None if options.token_env is None else _token(options.token_env)
    except ValueError as mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    writer = _Writer(section)
    receiving = receive(place, writer.take, stream=options.stream, token=token)
    try:
        asyncio.run(_record(writer, receiving, options.seconds))
    except KeyboardInterrupt:
        pass
    except WebError as problem:
        print(f"{options.web}: {problem}", file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"{options.file}: {(problem.strerror or str(problem)).lower()}", file=sys.stderr)
        return 1
    print(f"{options.file}: {writer.faces} faces of {len(writer.streams)} streams")
    return 0


def _section(file: Path) -> RecordSection:
    if not file.name.lower().endswith(_SUFFIXES):
        raise ValueError(f"{file}: expected a name that ends in {' or '.join(_SUFFIXES)}")
    return RecordSection.model_validate({"file": file})


def _token(name: str) -> str:
    token = os.environ.get(name)
    if not token:
        raise ValueError(f"the environment variable {name} is not set")
    return token


class _Writer:
    """Gathers faces, and writes them now and then. The file is opened with the first face, so that
    a bridge that does not answer costs no earlier recording."""

    def __init__(self, section: RecordSection) -> None:
        self._section = section
        self._file: RotatingFile | None = None
        self._waiting: list[TimedFace] = []
        self._labels: dict[str, str] = {}
        self.faces = 0
        self._turn = threading.Lock()

    @property
    def streams(self) -> list[str]:
        """The streams that have come."""
        return list(self._labels)

    def take(self, face: TimedFace) -> None:
        """One more face. Its label is written only when it is another than before."""
        same = self._labels.get(face.stream) == face.label
        self._labels[face.stream] = face.label
        self._waiting.append(face._replace(label="") if same else face)
        self.faces += 1

    def write(self) -> None:
        """Write what has come."""
        with self._turn:  # a thread may still be writing when the command stops
            self._write()

    def _write(self) -> None:
        faces, self._waiting = self._waiting, []
        if not faces:
            return
        if self._file is None:
            section = self._section
            header = recording.header_line(f"affect-bridge {__version__}", None, lacks=LACKS)
            self._file = RotatingFile(
                *(section.file, section.suffix, section.megabytes * 1e6, section.keep, header)
            )
        self._file.write("".join(f"{line}\n" for line in recording.face_lines(faces)))
        self._file.flush()

    def close(self) -> None:
        """Write the rest."""
        self.write()
        if self._file is not None:
            self._file.close()


async def _record(
    writer: _Writer, receiving: Coroutine[None, None, None], seconds: float | None
) -> None:
    tasks = [asyncio.create_task(receiving), asyncio.create_task(_keep_writing(writer))]
    try:
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        writer.close()


async def _keep_writing(writer: _Writer) -> None:
    while True:
        await asyncio.sleep(_WRITE_EVERY)
        await asyncio.to_thread(writer.write)
