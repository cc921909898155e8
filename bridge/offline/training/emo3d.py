"""Reading Emo3D (Hugging Face `llm-lab/Emo3D`, MIT) as published: CSV or parquet.

Each row has eight emotion weights and up to four faces, read off pictures by MediaPipe. Their
order is MediaPipe's: `_neutral` first, then 51 shapes; `tongueOut` does not exist there. Seven
channels carry no signal: cheekPuff, cheekSquint, jawForward, noseSneer and tongueOut.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.names import BASIC_EMOTIONS, emotion_to_vad
from bridge.offline.training.corpus import Corpus
from protocols.arkit import BLENDSHAPES, INDEX

MEDIAPIPE_ORDER: tuple[str, ...] = ("_neutral", *(n for n in BLENDSHAPES if n != "tongueOut"))
SILENT: tuple[str, ...] = (
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "jawForward",
    "noseSneerLeft",
    "noseSneerRight",
    "tongueOut",
)
"""The channels that are silent in Emo3D: always about 0, or absent."""

FACE_COLUMNS = tuple(f"blenshape_score_{i}" for i in range(1, 5))  # spelled so in the data set

_SLACK = 1e-3  # weights this little outside [0, 1] are rounding errors
_SOURCES = [MEDIAPIPE_ORDER.index(name) for name in BLENDSHAPES if name in MEDIAPIPE_ORDER]
_TARGETS = [INDEX[name] for name in BLENDSHAPES if name in MEDIAPIPE_ORDER]


class Emo3dError(ValueError):
    """A file that is not Emo3D as published."""


@dataclass
class Reading:
    """What was read, and how much was skipped for which reason."""

    corpus: Corpus
    skipped: Counter[str] = field(default_factory=Counter)


def read_emo3d(path: Path) -> Reading:
    """Read a CSV or parquet file, or every such file in a folder.

    Raises:
        Emo3dError: a file cannot be read, lacks a column, or has no usable face.
    """
    skipped: Counter[str] = Counter()
    points, faces = [], []
    for row in _rows(path):
        point = _point(row, skipped)
        if point is None:
            continue
        for column in FACE_COLUMNS:
            face = _face(row.get(column), skipped)
            if face is not None:
                points.append(point)
                faces.append(face)
    if not faces:
        raise Emo3dError(f"{path}: no usable face; skipped: {dict(skipped)}")
    corpus = Corpus(np.array(points, dtype=np.float32), np.array(faces, dtype=np.float32))
    return Reading(corpus, skipped)


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    if path.is_dir():
        files = sorted([*path.rglob("*.csv"), *path.rglob("*.parquet")])
        if not files:
            raise Emo3dError(f"{path}: no .csv or .parquet file in this folder")
    else:
        files = [path]
    for file in files:
        if file.suffix == ".parquet":
            yield from _parquet_rows(file)
        else:
            yield from _csv_rows(file)


def _csv_rows(path: Path) -> Iterator[Mapping[str, Any]]:
    csv.field_size_limit(min(sys.maxsize, 1 << 20))
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            _check_columns(path, reader.fieldnames or [])
            yield from reader
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise Emo3dError(f"{path}: cannot be read: {problem}") from problem


def _parquet_rows(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        from pyarrow import ArrowException  # noqa: PLC0415 - large, and only for parquet
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415
    except ImportError as problem:
        raise Emo3dError("reading parquet needs pyarrow: pip install pyarrow") from problem
    try:
        file = ParquetFile(path)
        _check_columns(path, file.schema_arrow.names)
        wanted = [*BASIC_EMOTIONS, *(c for c in FACE_COLUMNS if c in file.schema_arrow.names)]
        for batch in file.iter_batches(columns=wanted):
            yield from batch.to_pylist()
    except (OSError, ArrowException) as problem:
        raise Emo3dError(f"{path}: cannot be read as parquet: {problem}") from problem


def _check_columns(path: Path, found: Iterable[str]) -> None:
    missing = [c for c in (*BASIC_EMOTIONS, FACE_COLUMNS[0]) if c not in set(found)]
    if missing:
        raise Emo3dError(f"{path}: has no column {', '.join(missing)}")


def _point(row: Mapping[str, Any], skipped: Counter[str]) -> NDArray[np.float64] | None:
    """The row's feeling: the emotions' points times their weights. A sum of weights above 1 is
    scaled down to 1; a sum below 1 makes the feeling weaker."""
    try:
        weights = np.array([float(row[name]) for name in BASIC_EMOTIONS])
    except (TypeError, ValueError):
        skipped["emotion weights that are not numbers"] += 1
        return None
    if not np.isfinite(weights).all() or weights.min() < 0 or weights.sum() <= 0:
        skipped["emotion weights that are negative, infinite or all zero"] += 1
        return None
    points = np.array([emotion_to_vad(name) for name in BASIC_EMOTIONS])
    point: NDArray[np.float64] = weights @ points / max(1.0, weights.sum())
    return np.clip(point, -1.0, 1.0)


def _face(value: Any, skipped: Counter[str]) -> NDArray[np.float32] | None:
    """One face in reference order, or None with the reason counted."""
    if value is None or (isinstance(value, str) and value.strip() in {"", "nan", "None", "[]"}):
        return None  # rows have two to four faces
    try:
        words = (
            value.strip().strip("[]").replace(",", " ").split() if isinstance(value, str) else value
        )
        values = np.array([float(word) for word in words])
    except (TypeError, ValueError):
        skipped["a face with something that is not a number"] += 1
        return None
    if len(values) != len(MEDIAPIPE_ORDER):
        skipped[f"a face of {len(values)} numbers; expected {len(MEDIAPIPE_ORDER)}"] += 1
        return None
    if not np.isfinite(values).all() or values.min() < -_SLACK or values.max() > 1 + _SLACK:
        skipped["a face with weights outside 0 to 1"] += 1
        return None
    face = np.zeros(len(BLENDSHAPES), dtype=np.float32)
    face[_TARGETS] = np.clip(values[_SOURCES], 0.0, 1.0)
    return face
