"""The faces in a file as arrays: of a recording, a take, or what was rendered."""

import csv
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bridge.emotion.streams import MAIN_STREAM
from bridge.recording import format as recording
from bridge.recording import live_link_csv
from bridge.recording.contents import read_recording
from bridge.recording.events import TimedFace
from bridge.recording.text_file import MOST_EVENTS, FileError, bounded_lines, open_text
from bridge.rendering.files import ANGLES
from bridge.rendering.rendered import Rendered
from protocols.arkit import BLENDSHAPES

_AXES = ("valence", "arousal", "dominance")
_LARGEST = 4 << 30
"""Bytes of an .npz, unpacked."""


class Mark(NamedTuple):
    """Something that happened."""

    time: float
    """Seconds, on the clock of the faces."""
    stream: str
    label: str


@dataclass
class Faces:
    """The faces of a file, by stream."""

    streams: dict[str, Rendered]
    """At least one. The feelings of a take are NaN."""
    marks: list[Mark] = field(default_factory=list)
    """The updates of a recording, or the labels of its faces."""
    made_by: str = ""
    """The program and the model, where the file names them."""

    def of(self, stream: str | None) -> tuple[str, Rendered]:
        """A stream by its name, or the only one.

        Raises:
            FileError: there is no such stream, or there are several and none is named.
        """
        name = one_stream([*self.streams], stream)
        return name, self.streams[name]


def one_stream(names: Sequence[str], chosen: str | None) -> str:
    """The stream that was chosen, or the only one.

    Raises:
        FileError: there is no such stream, or there are several and none was chosen.
    """
    listed = ", ".join(names[:10])
    if chosen is None and len(names) > 1:
        raise FileError(f"several streams ({listed}); choose one with --stream")
    if chosen is not None and chosen not in names:
        raise FileError(f"unknown stream {chosen!r}; expected one of {listed}")
    return names[0] if chosen is None else chosen


def read_faces(path: Path, frame_rate: float | None = None) -> Faces:
    """Read a recording (.jsonl, .jsonl.gz), what `render` wrote (.csv, .npz), or a take of the Live
    Link Face app (.csv). The times of recordings and takes begin at 0.

    Args:
        frame_rate: frames a second of a take's timecodes; 60 if not given.

    Raises:
        FileError: the file cannot be read, or has no faces.
    """
    if path.suffix.lower() == ".npz":
        return _read_npz(path)
    with open_text(path) as file:
        first = file.readline(1 << 16)
    if recording.is_header(first.lstrip("\ufeff")):
        return _read_recording(path, first)
    if live_link_csv.is_header(first):
        faces, _ = live_link_csv.read_take(path, MAIN_STREAM, frame_rate)
        return Faces(_arrays(faces, faces[0].time))
    return _read_csv(path)


def _read_recording(path: Path, header: str) -> Faces:
    found = read_recording(path)
    if not found.faces:
        raise FileError(f"{path}: the file has no faces")
    start = found.faces[0].time
    marks = [
        Mark(timed.time - start, timed.update.stream, timed.update.label)
        for timed in found.updates
        if timed.update.parts
    ]
    marks += [
        Mark(face.time - start, face.stream, face.label) for face in found.faces if face.label
    ]
    return Faces(_arrays(found.faces, start), marks, _made_by(json.loads(header)))


def _made_by(header: Mapping[str, Any]) -> str:
    model = header.get("model")
    said = [str(header.get("program", ""))]
    if isinstance(model, dict):
        name = f"{model.get('name', '')} {model.get('version', '')}".strip()
        said.append(f"model {name}, sha256 {str(model.get('sha256', ''))[:12]}")
    return "; ".join(filter(None, said))


def _arrays(faces: Iterable[TimedFace], start: float) -> dict[str, Rendered]:
    by_stream: dict[str, list[TimedFace]] = {}
    for face in faces:
        by_stream.setdefault(face.stream, []).append(face)
    unknown = np.full(3, np.nan, np.float32)
    return {
        stream: Rendered(
            np.array([face.time - start for face in mine]),
            np.stack([unknown if face.feeling is None else face.feeling for face in mine]),
            np.stack([face.weights for face in mine]),
            np.stack([face.rotations for face in mine]),
        )
        for stream, mine in by_stream.items()
    }


def _read_csv(path: Path) -> Faces:
    rows: dict[str, list[list[float]]] = {}
    with open_text(path) as file:
        reader = csv.reader(bounded_lines(file, path))
        header = next(reader, [])
        lacking = [name for name in ("time", *BLENDSHAPES) if name not in header]
        if lacking:
            raise FileError(
                f"{path}:1: no column {lacking[0]!r}: expected a recording, a take, or what "
                "`affect-bridge render` wrote; render a table of feelings first"
            )
        places = [header.index(n) if n in header else None for n in ("time", *_AXES, *BLENDSHAPES)]
        places += [header.index(name) if name in header else None for name in ANGLES]
        of_stream = header.index("stream") if "stream" in header else None
        for count, row in enumerate(_rows(reader, path)):
            if count >= MOST_EVENTS:
                raise FileError(f"{path}:{reader.line_num}: more than {MOST_EVENTS} faces")
            try:
                stream = MAIN_STREAM if of_stream is None else row[of_stream]
                numbers = [np.nan if place is None else float(row[place]) for place in places]
            except (ValueError, IndexError):
                raise FileError(
                    f"{path}:{reader.line_num}: expected {len(header)} numbers"
                ) from None
            rows.setdefault(stream, []).append(numbers)
    if not rows:
        raise FileError(f"{path}: the file has no faces")
    return Faces({stream: _of_table(np.array(numbers)) for stream, numbers in rows.items()})


def _rows(reader: Any, path: Path) -> Iterator[list[str]]:
    try:
        yield from filter(None, reader)
    except csv.Error as problem:
        raise FileError(f"{path}:{reader.line_num}: {problem}") from None


def _of_table(numbers: np.ndarray) -> Rendered:
    weights, angles = numbers[:, 4 : 4 + len(BLENDSHAPES)], numbers[:, 4 + len(BLENDSHAPES) :]
    return Rendered(
        numbers[:, 0],
        numbers[:, 1:4].astype(np.float32),
        weights.astype(np.float32),
        np.nan_to_num(angles).astype(np.float32).reshape(-1, 3, 3),
    )


def _read_npz(path: Path) -> Faces:
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > _LARGEST:
                raise FileError(f"{path}: more than {_LARGEST >> 30} GB of arrays")
        with np.load(path, allow_pickle=False) as arrays:
            if tuple(arrays["blendshapes"]) != BLENDSHAPES:
                raise FileError(f"{path}: the blendshapes are not the 52 of ARKit in usual order")
            names = [str(name) for name in arrays["streams"]]
            return Faces({name: _of_npz(path, arrays, name, len(names)) for name in names})
    except OSError as problem:
        raise FileError(f"{path}: {(problem.strerror or str(problem)).lower()}") from None
    except KeyError as missing:
        raise FileError(f"{path}: not an .npz of `affect-bridge render` ({missing})") from None
    except (ValueError, zipfile.BadZipFile) as problem:
        if isinstance(problem, FileError):
            raise
        raise FileError(f"{path}: not an .npz of `affect-bridge render` ({problem})") from None


def _of_npz(path: Path, arrays: Mapping[str, np.ndarray], stream: str, streams: int) -> Rendered:
    place = "" if streams == 1 else f"{stream}/"
    parts = ("times", "feelings", "weights", "rotations")
    times, feelings, weights, rotations = (arrays[f"{place}{name}"] for name in parts)
    found = Rendered(times, feelings, weights, rotations)
    frames = len(found)
    shapes = [(frames,), (frames, 3), (frames, len(BLENDSHAPES)), (frames, 3, 3)]
    if not frames or [getattr(found, name).shape for name in parts] != shapes:
        raise FileError(
            f"{path}: the arrays do not have the shapes that `affect-bridge render` writes"
        )
    return found
