"""Two models or two runs side by side: differences and correlations by shape and by emotion."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.names import BASIC_EMOTIONS, emotion_to_vad
from bridge.model.engine import Engine
from bridge.rendering.reading import Mark
from bridge.rendering.rendered import Rendered
from protocols.arkit import BLENDSHAPES

Floats = NDArray[np.float64]

_STEPS = 9
"""Points along each axis of the cube."""
_FLAT = 1e-6
"""Numbers that vary less have no correlation."""
_AXES = ("valence", "arousal", "dominance")


class Row(NamedTuple):
    """One line of the table."""

    by: str
    """`feeling`, `shape` or `emotion`."""
    name: str
    a: float
    """The mean of A."""
    b: float
    """The mean of B."""
    difference: float
    """The mean of B - A."""
    distance: float
    """The mean of |B - A|."""
    largest: float
    """The largest |B - A|."""
    correlation: float | None
    """Pearson's r; None where A or B stands still. Of an emotion, over all of its weights."""


@dataclass(frozen=True)
class Comparison:
    """A table, and what it was made from."""

    data: str
    """What both were measured on, for people."""
    rows: list[Row]

    def by(self, kind: str) -> list[Row]:
        """The rows of one kind."""
        return [row for row in self.rows if row.by == kind]


def compare_models(a: Engine, b: Engine) -> Comparison:
    """Compare the faces of two models: by shape on a grid over the cube of feelings, by emotion at
    full intensity."""
    axis = np.linspace(-1.0, 1.0, _STEPS)
    cube = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    emotions = np.array([emotion_to_vad(name) for name in BASIC_EMOTIONS])
    faces_a, faces_b = (_faces(model, cube) for model in (a, b))
    felt_a, felt_b = (_faces(model, emotions) for model in (a, b))
    rows = [*_by_column("shape", BLENDSHAPES, faces_a, faces_b)]
    for name, face_a, face_b in zip(BASIC_EMOTIONS, felt_a, felt_b, strict=True):
        rows.append(_row("emotion", name, face_a, face_b))
    data = f"shapes: {len(cube)} feelings, {_STEPS} along each axis; emotions: at full intensity"
    return Comparison(data, rows)


def compare_runs(a: Rendered, b: Rendered, marks: Sequence[Mark] = ()) -> Comparison:
    """Compare two runs, each from its own beginning, for as long as both last, at the times of A.
    Between two frames of B its numbers are on a line.

    Args:
        marks: the updates of A. The frames from one to the next count for its label.

    Raises:
        ValueError: a run has fewer than two frames.
    """
    if min(len(a), len(b)) < 2:
        raise ValueError("a file has only one frame; expected at least two in each")
    times, of_b = a.times - a.times[0], b.times - b.times[0]
    both = times <= of_b[-1] + 1e-6
    times = times[both]
    weights = a.weights[both].astype(np.float64)
    others = _sampled(b.weights, of_b, times)
    rows: list[Row] = []
    if np.isfinite(a.feelings).all() and np.isfinite(b.feelings).all():
        feelings = _sampled(b.feelings, of_b, times)
        rows += _by_column("feeling", _AXES, a.feelings[both].astype(np.float64), feelings)
    rows += _by_column("shape", BLENDSHAPES, weights, others)
    for label, frames in _by_label(marks, times + a.times[0]).items():
        rows.append(_row("emotion", label, weights[frames], others[frames]))
    return Comparison(f"{len(times)} frames, {times[-1]:.1f} s from the beginning of each", rows)


def _faces(model: Engine, points: NDArray[np.floating]) -> Floats:
    return model.run(points).astype(np.float64)


def _sampled(values: NDArray[np.float32], at: Floats, wanted: Floats) -> Floats:
    return np.stack([np.interp(wanted, at, column) for column in values.T], axis=1)


def _by_label(marks: Sequence[Mark], times: Floats) -> dict[str, NDArray[np.bool_]]:
    found: dict[str, NDArray[np.bool_]] = {}
    ordered = sorted(marks, key=lambda mark: mark.time)
    ends_of = [mark.time for mark in ordered[1:]] + [math.inf]
    for mark, ends in zip(ordered, ends_of, strict=False):
        during = (times >= mark.time) & (times < ends)
        if during.any():
            found[mark.label] = found.get(mark.label, np.zeros(len(times), np.bool_)) | during
    return found


def _by_column(by: str, names: Sequence[str], a: Floats, b: Floats) -> Iterator[Row]:
    for name, of_a, of_b in zip(names, a.T, b.T, strict=True):
        yield _row(by, name, of_a, of_b)


def _row(by: str, name: str, a: Floats, b: Floats) -> Row:
    gap = b - a
    flat = min(float(a.std()), float(b.std())) < _FLAT
    r = None if flat else float(np.corrcoef(a.ravel(), b.ravel())[0, 1])
    apart = np.abs(gap)
    means = (float(a.mean()), float(b.mean()), float(gap.mean()))
    return Row(by, name, *means, float(apart.mean()), float(apart.max()), r)
