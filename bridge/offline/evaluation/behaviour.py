"""How a model's face moves through the cube, and how far it reaches its targets."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.names import BASIC_EMOTIONS, emotion_to_vad
from bridge.model.engine import Engine
from bridge.offline.training.targets import EXCLUSIVE, full_face
from protocols.arkit import BLENDSHAPES, INDEX

Floats = NDArray[np.floating]

STEP = 0.01
"""The step in valence, arousal or dominance for which changes are reported."""

_KEY_SHAPE = 0.15
"""A shape is a key shape of an emotion if its target has at least this weight."""
_STEPS_OF_INTENSITY = 101
_GRID = 33
_EXPRESSIVE = BASIC_EMOTIONS[1:]
_NO_PART = ("cheekPuff", "tongueOut")
"""Shapes that take no part in any basic emotion."""


@dataclass(frozen=True)
class Behaviour:
    """How the face moves through the cube."""

    largest_decrease: float
    """The furthest that a key shape falls back from its highest while intensity grows."""
    reached_in_full: float
    """The smallest part of its target that a key shape reaches at intensity 1,"""
    reached_by_half: float
    """and at intensity .5."""
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
    largest_without_part: float
    """Of cheekPuff and tongueOut in the basic emotions, at any intensity."""
    mixture_likeness: float
    """The smallest cosine between the mean of two emotions' faces and either of the two."""
    mixture_likeness_of: tuple[str, str]
    mixture_size: float
    """The smallest size of such a mean, in sizes of the smaller of the two faces."""


def behaviour(model: Engine) -> Behaviour:
    """How the face moves through the cube, on a grid of 33³ points."""
    axis = np.linspace(-1, 1, _GRID)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    faces = model.run(grid).copy()
    change, where = _largest_change(model, grid, faces)
    full = model.run(np.array([emotion_to_vad(name) for name in _EXPRESSIVE])).copy()
    apart = np.linalg.norm(full[:, None] - full, axis=2)[np.triu_indices(len(full), 1)]
    likeness, pair, size = _mixtures(full)
    return Behaviour(
        largest_decrease=_largest_decrease(model),
        reached_in_full=_reached(model, 1.0),
        reached_by_half=_reached(model, 0.5),
        largest_at_neutral=float(model.run(np.zeros((1, 3))).max()),
        largest_change=change,
        largest_change_at=where,
        impossible={
            f"{one} with {other}": float(
                np.minimum(faces[:, _both(one)], faces[:, _both(other)]).max()
            )
            for one, other in EXCLUSIVE
        },
        mouth_closed_above_jaw=float(
            (faces[:, INDEX["mouthClose"]] - faces[:, INDEX["jawOpen"]]).max()
        ),
        smallest_distance=float(apart.min()),
        mean_distance=float(apart.mean()),
        largest_gaze=_largest_gaze(full),
        largest_peak=float(full.max()),
        largest_without_part=_largest_without_part(model),
        mixture_likeness=likeness,
        mixture_likeness_of=pair,
        mixture_size=size,
    )


def _paths(model: Engine) -> Floats:
    """[emotions, steps, 52]: the faces of each basic emotion from neutral to full intensity."""
    intensities = np.linspace(0, 1, _STEPS_OF_INTENSITY)[:, None]
    points = np.array([intensities * np.array(emotion_to_vad(name)) for name in _EXPRESSIVE])
    faces = model.run(points.reshape(-1, 3)).copy()
    return faces.reshape(len(_EXPRESSIVE), _STEPS_OF_INTENSITY, -1)


def _largest_decrease(model: Engine) -> float:
    largest = 0.0
    for emotion, faces in zip(_EXPRESSIVE, _paths(model), strict=True):
        path = faces[:, full_face(emotion) >= _KEY_SHAPE]
        largest = max(largest, float((np.maximum.accumulate(path) - path).max()))
    return largest


def _reached(model: Engine, intensity: float) -> float:
    faces = model.run(np.array([emotion_to_vad(name, intensity) for name in _EXPRESSIVE]))
    targets = np.array([full_face(name) for name in _EXPRESSIVE])
    key = targets >= _KEY_SHAPE
    return float((faces[key] / targets[key]).min())


def _largest_without_part(model: Engine) -> float:
    return float(_paths(model)[:, :, [INDEX[name] for name in _NO_PART]].max())


def _mixtures(full: Floats) -> tuple[float, tuple[str, str], float]:
    likeness, pair, size = 1.0, ("", ""), float("inf")
    for one, other in itertools.combinations(range(len(full)), 2):
        mean = (full[one] + full[other]) / 2
        sizes = np.linalg.norm(full[[one, other]], axis=1)
        length = float(np.linalg.norm(mean))
        if not length or not sizes.min():
            return 0.0, (_EXPRESSIVE[one], _EXPRESSIVE[other]), 0.0
        cosine = float((full[[one, other]] @ mean / (sizes * length)).min())
        if cosine < likeness:
            likeness, pair = cosine, (_EXPRESSIVE[one], _EXPRESSIVE[other])
        size = min(size, length / float(sizes.min()))
    return likeness, pair, size


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
