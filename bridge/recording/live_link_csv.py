"""Takes of the Live Link Face app: CSV with a face a line.

Its columns are not in the order of its packets: the right comes before the left in `JawRight,
JawLeft` and `MouthRight, MouthLeft`. A timecode is `HH:MM:SS:FF.fff`, in frames and thousandths of
a frame. Rotations are in radians. A line without a face has a count of 0 and no numbers.
"""

import csv
import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bridge.recording.events import Skipped, TimedFace
from bridge.recording.text_file import MOST_EVENTS, FileError, bounded_lines, open_text
from protocols.arkit import BLENDSHAPES, INDEX, pascal
from protocols.face import Floats
from protocols.livelink import ORDER, ROTATIONS

if TYPE_CHECKING:
    from _csv import Reader as _Reader

_SWAPPED = {"jawLeft": "jawRight", "mouthLeft": "mouthRight"}
_SWAPPED |= {right: left for left, right in _SWAPPED.items()}
CSV_ORDER: tuple[str, ...] = tuple(_SWAPPED.get(name, name) for name in ORDER)
"""The blendshapes in the order of the columns."""
HEADER: tuple[str, ...] = ("Timecode", "BlendShapeCount", *map(pascal, CSV_ORDER), *ROTATIONS)

USUAL_RATE = 60.0
"""Frames a second of the app, unless it is told otherwise."""

_PLACES = np.array([INDEX[name] for name in CSV_ORDER])
_NUMBERS = ",".join(["%.9g"] * (len(ORDER) + len(ROTATIONS)))
_TIMECODE = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})[:;](\d{1,3}(?:\.\d+)?)")
_DAY = 86400.0
_MOST_SKIPPED = 100_000


def is_header(line: str) -> bool:
    """Whether a file that starts with this line is a take."""
    return line.lstrip("\ufeff\"' ").casefold().startswith("timecode")


def header_line() -> str:
    """The first line of a file."""
    return ",".join(HEADER)


def face_line(face: TimedFace, time_of_day: float, rate: float) -> str:
    """The line of one face.

    Args:
        time_of_day: seconds since midnight.
        rate: frames a second of the file, at least 1.
    """
    seconds = int(time_of_day)
    # Cut, not rounded: a rounded thousandth could be the first of the next second.
    frames = int((time_of_day - seconds) * rate * 1000) / 1000
    hours, minutes = divmod(seconds // 60, 60)
    timecode = f"{hours:02}:{minutes:02}:{seconds % 60:02}:{frames:06.3f}"
    numbers = (*face.weights[_PLACES].tolist(), *face.rotations.ravel().tolist())
    return f"{timecode},{len(numbers)},{_NUMBERS % numbers}"


def read_take(
    path: Path, stream: str, rate: float | None = None
) -> tuple[list[TimedFace], list[Skipped]]:
    """The faces of a take, and the lines without a face. Columns may be in any order, and those of
    rotations may be missing.

    Args:
        rate: frames a second of the timecodes, 60 if not given.

    Raises:
        FileError: the file cannot be read, lacks a blendshape, or has no face.
    """
    faces: list[TimedFace] = []
    skipped: list[Skipped] = []
    with open_text(path) as file:
        rows = csv.reader(bounded_lines(file, path))
        header = [name.strip("\ufeff ") for name in next(rows, [])]
        places = _places(path, header)
        try:
            for time, numbers, line in _numbers(rows, places, rate or USUAL_RATE, skipped):
                if len(faces) >= MOST_EVENTS:
                    raise FileError(f"{path}:{line}: more than {MOST_EVENTS} faces")
                weights = np.clip(numbers[: len(BLENDSHAPES)], 0.0, 1.0)
                rotations = numbers[len(BLENDSHAPES) :].reshape(3, 3)
                faces.append(TimedFace(time, stream, weights, rotations, frame=line - 2))
        except csv.Error as problem:
            raise FileError(f"{path}:{rows.line_num}: {problem}") from None
    if not faces:
        why = f"; line {skipped[0].line}: {skipped[0].why}" if skipped else ""
        raise FileError(f"{path}: no line has a face{why}")
    return faces, skipped


def _numbers(
    rows: "_Reader", places: Sequence[int | None], rate: float, skipped: list[Skipped]
) -> Iterator[tuple[float, Floats, int]]:
    """The time, the numbers and the line of each face."""
    days, before = 0, 0.0
    for row in rows:
        if not row:
            continue
        try:
            time = _seconds(row[0], rate)
            numbers = _face(row, places)
        except ValueError as problem:
            if len(skipped) < _MOST_SKIPPED:
                skipped.append(Skipped(rows.line_num, str(problem)))
            continue
        if time < before - _DAY / 2:  # past midnight
            days += 1
        before = time
        yield days * _DAY + time, numbers, rows.line_num


def _face(row: Sequence[str], places: Sequence[int | None]) -> Floats:
    if not any(row[2:]):
        raise ValueError("no face")
    if len(row) <= max(place for place in places if place is not None):
        raise ValueError(f"{len(row)} columns; expected as many as the first line has")
    numbers = np.array([0.0 if p is None else float(row[p]) for p in places], np.float32)
    if not np.isfinite(numbers).all():
        raise ValueError("a number is not finite")
    return numbers


def _seconds(timecode: str, rate: float) -> float:
    found = _TIMECODE.fullmatch(timecode.strip())
    if found is None:
        raise ValueError(f"timecode {timecode.strip()[:30]!r}: expected HH:MM:SS:FF.fff")
    hours, minutes, seconds, frames = found.groups()
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(frames) / rate


def _places(path: Path, header: Sequence[str]) -> list[int | None]:
    """The place of each blendshape in reference order, then of each rotation."""
    at = {name.casefold(): place for place, name in enumerate(header)}
    lacking = [name for name in BLENDSHAPES if name.casefold() not in at and name != "tongueOut"]
    if lacking:
        near = difflib.get_close_matches(lacking[0].casefold(), at, n=1)
        hint = f"; did you mean {header[at[near[0]]]!r}?" if near else ""
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        raise FileError(f"{path}:1: no column {pascal(lacking[0])!r}{more}{hint}")
    return [at.get(name.casefold()) for name in (*BLENDSHAPES, *ROTATIONS)]


def lines(faces: Iterable[tuple[TimedFace, float]], rate: float) -> Iterator[str]:
    """The lines of several faces, each with its time of day."""
    return (face_line(face, time_of_day, rate) for face, time_of_day in faces)
