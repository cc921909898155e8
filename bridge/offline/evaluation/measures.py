"""The measures: from a model to figures.

A face is judged by the cosine between it and the prototypes of the emotions, which needs no
training and was found to read real ARKit faces somewhat better than people do (Sensors 2026,
10.3390/s26031060). The prototypes are the full faces of `bridge.offline.training.facs`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.names import BASIC_EMOTIONS, emotion_to_vad
from bridge.model.engine import Engine
from bridge.offline.training.corpus import MEASURED_TERMS, Corpus
from bridge.offline.training.facs import full_face
from protocols.arkit import BLENDSHAPES, INDEX, PAIRS

Floats = NDArray[np.floating]

INTENSITIES = (0.4, 0.7, 1.0)
STEP = 0.01
"""The step in valence, arousal or dominance for which changes are reported."""

_NEUTRAL_UP_TO = 0.05  # a face whose largest weight is no larger shows nothing
_KEY_SHAPE = 0.15
_STEPS_OF_INTENSITY = 101
_GRID = 33
_IMPOSSIBLE = (("mouthSmile", "mouthFrown"), ("eyeWide", "eyeBlink"))
_EXPRESSIVE = BASIC_EMOTIONS[1:]


@dataclass(frozen=True)
class Errors:
    """Mean squared errors on some data, and what two models that know nothing reach there."""

    mse: float
    asymmetry: float
    """Mean |left - right| of what the model says, before symmetry is enforced."""
    data_asymmetry: float
    """The same of the data, over the pairs that take part (weight above .05)."""
    constant_mean_mse: float
    all_zero_mse: float


@dataclass(frozen=True)
class Recognition:
    """What each basic emotion's face reads as, at one intensity."""

    intensity: float
    read_as: tuple[str, ...]
    """In the order of the basic emotions."""

    @property
    def hits(self) -> int:
        return sum(e == r for e, r in zip(BASIC_EMOTIONS, self.read_as, strict=True))


@dataclass(frozen=True)
class Terms:
    """How many measured emotion terms read as the basic emotion they are closest to."""

    share: float
    """Closest by direction: intensity scales a feeling, so its direction says which it is."""
    share_by_distance: float
    """Closest by distance instead, neutral included."""
    misses: tuple[tuple[str, str, str], ...]
    """Term, the emotion it is closest to by direction, what its face reads as."""


@dataclass(frozen=True)
class Behaviour:
    """How the face moves through the cube."""

    largest_decrease: float
    """The furthest that a key shape falls back from its highest while intensity grows."""
    largest_at_neutral: float
    largest_change: float
    """Of any weight, for a step of 0.01 along any axis, anywhere in the cube."""
    largest_change_at: tuple[str, tuple[float, float, float]]
    impossible: dict[str, float]
    """For pairs that exclude each other, how strong the weaker one gets anywhere in the cube."""
    mouth_closed_above_jaw: float
    """The furthest that mouthClose exceeds jawOpen anywhere in the cube."""
    smallest_distance: float
    mean_distance: float
    """Between the faces of two basic emotions at full intensity."""
    largest_gaze: float
    """Of any eyeLook shape in the basic emotions, but for eyeLookDown in sadness."""
    largest_peak: float
    """Of any weight in the basic emotions at full intensity."""


def errors(model: Engine, data: Corpus) -> Errors:
    """Errors on `data`, beside the baselines."""
    faces = model.run(data.points).copy()
    left, right = ([pair[side] for pair in PAIRS] for side in (0, 1))
    taking_part = np.maximum(data.faces[:, left], data.faces[:, right]) > _NEUTRAL_UP_TO
    difference = np.abs(data.faces[:, left] - data.faces[:, right])
    return Errors(
        mse=float(np.mean((faces - data.faces) ** 2)),
        asymmetry=float(np.mean(np.abs(faces[:, left] - faces[:, right]))),
        data_asymmetry=float(difference[taking_part].mean()) if taking_part.any() else 0.0,
        constant_mean_mse=float(np.mean((data.faces.mean(axis=0) - data.faces) ** 2)),
        all_zero_mse=float(np.mean(data.faces**2)),
    )


def recognition(model: Engine, intensity: float) -> Recognition:
    """What the eight basic emotions read as at one intensity."""
    points = np.array([emotion_to_vad(name, intensity) for name in BASIC_EMOTIONS])
    return Recognition(intensity, tuple(nearest_prototypes(model.run(points))))


def nearest_prototypes(faces: Floats) -> list[str]:
    """The basic emotion whose full face is nearest by cosine, for each of [n, 52] faces."""
    prototypes = np.stack([full_face(name) for name in _EXPRESSIVE])
    prototypes /= np.linalg.norm(prototypes, axis=1, keepdims=True)
    best = (faces @ prototypes.T).argmax(axis=1)
    showing = faces.max(axis=1) > _NEUTRAL_UP_TO
    return [
        _EXPRESSIVE[emotion] if shows else "neutral"
        for emotion, shows in zip(best, showing, strict=True)
    ]


def terms(model: Engine) -> Terms:
    """How the 151 terms of Russell & Mehrabian read."""
    points = np.array([term.point for term in MEASURED_TERMS])
    basic = np.array([emotion_to_vad(name) for name in BASIC_EMOTIONS])
    directions = basic[1:] / np.linalg.norm(basic[1:], axis=1, keepdims=True)
    by_direction = [_EXPRESSIVE[i] for i in (points @ directions.T).argmax(axis=1)]
    distances = np.linalg.norm(points[:, None] - basic, axis=2)
    by_distance = [BASIC_EMOTIONS[i] for i in distances.argmin(axis=1)]
    read = nearest_prototypes(model.run(points))
    return Terms(
        share=_agreement(read, by_direction),
        share_by_distance=_agreement(read, by_distance),
        misses=tuple(
            (term.name, meant, seen)
            for term, meant, seen in zip(MEASURED_TERMS, by_direction, read, strict=True)
            if meant != seen
        ),
    )


def behaviour(model: Engine) -> Behaviour:
    """How the face moves through the cube, on a grid of 33³ points."""
    axis = np.linspace(-1, 1, _GRID)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    faces = model.run(grid).copy()
    change, where = _largest_change(model, grid, faces)
    full = model.run(np.array([emotion_to_vad(name) for name in _EXPRESSIVE])).copy()
    apart = np.linalg.norm(full[:, None] - full, axis=2)[np.triu_indices(len(full), 1)]
    return Behaviour(
        largest_decrease=_largest_decrease(model),
        largest_at_neutral=float(model.run(np.zeros((1, 3))).max()),
        largest_change=change,
        largest_change_at=where,
        impossible={
            f"{one} with {other}": float(
                np.minimum(faces[:, _both(one)], faces[:, _both(other)]).max()
            )
            for one, other in _IMPOSSIBLE
        },
        mouth_closed_above_jaw=float(
            (faces[:, INDEX["mouthClose"]] - faces[:, INDEX["jawOpen"]]).max()
        ),
        smallest_distance=float(apart.min()),
        mean_distance=float(apart.mean()),
        largest_gaze=_largest_gaze(full),
        largest_peak=float(full.max()),
    )


def _largest_decrease(model: Engine) -> float:
    largest = 0.0
    for emotion in _EXPRESSIVE:
        key = full_face(emotion) >= _KEY_SHAPE
        intensities = np.linspace(0, 1, _STEPS_OF_INTENSITY)[:, None]
        path = model.run(intensities * np.array(emotion_to_vad(emotion)))[:, key]
        largest = max(largest, float((np.maximum.accumulate(path) - path).max()))
    return largest


def _largest_change(
    model: Engine, grid: Floats, faces: Floats
) -> tuple[float, tuple[str, tuple[float, float, float]]]:
    largest, where = 0.0, ("", (0.0, 0.0, 0.0))
    for step in np.eye(3) * STEP:
        inside = (grid + step <= 1.0).all(axis=1)
        change = np.abs(model.run(grid[inside] + step) - faces[inside])
        if change.max() > largest:
            row, shape = np.unravel_index(change.argmax(), change.shape)
            valence, arousal, dominance = (float(x) for x in grid[inside][row])
            largest = float(change.max())
            where = (BLENDSHAPES[int(shape)], (valence, arousal, dominance))
    return largest, where


def _largest_gaze(full: Floats) -> float:
    gaze = np.array([name.startswith("eyeLook") for name in BLENDSHAPES])
    allowed = np.array([name.startswith("eyeLookDown") for name in BLENDSHAPES])
    largest = 0.0
    for emotion, face in zip(_EXPRESSIVE, full, strict=True):
        watched = gaze & ~allowed if emotion == "sadness" else gaze
        largest = max(largest, float(face[watched].max()))
    return largest


def _both(shape: str) -> list[int]:
    return [INDEX[shape + "Left"], INDEX[shape + "Right"]]


def _agreement(one: Sequence[str], other: Sequence[str]) -> float:
    return sum(a == b for a, b in zip(one, other, strict=True)) / len(one)
