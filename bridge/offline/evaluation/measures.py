"""From a model to figures: its errors, and what its faces are read as.

A face is read as the emotion whose prototype is nearest by cosine. This needs no training and was
found to read real ARKit faces somewhat better than people do (Sensors 2026, 10.3390/s26031060).
The prototypes are the shipped targets of the basic emotions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.names import BASIC_EMOTIONS, emotion_to_vad
from bridge.model.engine import Engine
from bridge.offline.training.corpus import MEASURED_TERMS, Corpus
from bridge.offline.training.targets import full_face
from protocols.arkit import PAIRS

Floats = NDArray[np.floating]

INTENSITIES = (0.4, 0.7, 1.0)
_NEUTRAL_UP_TO = 0.05  # a face whose largest weight is no larger shows nothing
_EXPRESSIVE = BASIC_EMOTIONS[1:]


@dataclass(frozen=True)
class Errors:
    """Mean squared errors on some data, and those of two models that know nothing."""

    mse: float
    asymmetry: float
    """Mean |left - right| of the model's faces, before symmetry is enforced."""
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
    """The share of measured terms that read as the basic emotion they are closest to."""

    share: float
    """Closest by direction from neutral, because intensity scales a feeling."""
    share_by_distance: float
    """Closest by distance instead, neutral included."""
    misses: tuple[tuple[str, str, str], ...]
    """Term, the emotion that is closest by direction, the emotion that its face reads as."""


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


def _agreement(one: Sequence[str], other: Sequence[str]) -> float:
    return sum(a == b for a, b in zip(one, other, strict=True)) / len(one)
