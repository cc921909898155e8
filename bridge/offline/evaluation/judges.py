"""Judges that are not our own targets: what was recorded and drawn, and how people sort words."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from bridge.emotion.names import BASIC_EMOTIONS, emotion_to_vad
from bridge.emotion.points import Vad
from bridge.model.engine import Engine
from bridge.offline.evaluation.measures import nearest_prototypes
from bridge.offline.training.corpus import MEASURED_TERMS
from bridge.offline.training.emo3d import SILENT
from bridge.offline.training.targets import shipped_targets
from protocols.arkit import BLENDSHAPES, INDEX

Floats = NDArray[np.floating]

NEAR = 0.1
"""A weight agrees with what was seen if it is at most this far from it."""
DIFFERENT = 0.3
"""Two faces differ if they are at least this far apart."""
IDLE = 0.17
"""How far a face moves by itself when it rests, over the same shapes: the size of the standard
deviations measured on one performer (ARKit at 60 frames a second, 51 seconds)."""

_CLOSE = 0.1
"""Two words this close together have the same face, whatever was meant."""
_SEEN = "seen.yaml"
_FAMILIES = "families.yaml"


@dataclass(frozen=True)
class Agreement:
    """How the basic emotions agree with recordings and with artists."""

    share: float
    """Of the shapes with a number, those within .1 of what was seen."""
    mean_gap: float
    """How far a shape is from what was seen, on average."""
    spread: float
    """How far recordings and artists differ among themselves, where several numbers were seen."""
    misses: tuple[tuple[str, str, float, float, float], ...]
    """Emotion, shape, lowest and highest seen, and the model's weight."""


@dataclass(frozen=True)
class Separation:
    """How far the basic emotions and neutral are from each other at full intensity, without the
    shapes that a camera-driven receiver or a simple avatar may lack."""

    smallest: float
    smallest_of: tuple[str, str]
    mean: float


@dataclass(frozen=True)
class Words:
    """What words are read as, beside the families that people sort them into."""

    goemotions: float
    """The share of GoEmotions' 28 words that read as their family."""
    goemotions_misses: tuple[tuple[str, str, str], ...]
    """Word, family, what its face reads as."""
    goemotions_faces: int
    """How many of the 28 words have a face that differs from those of the words before."""
    sorted_by_people: float
    """The share of the measured terms that people sorted, that read as their family."""
    sorted_by_people_count: int
    sorted_by_people_misses: tuple[tuple[str, str, str], ...]
    alike: tuple[tuple[str, str], ...]
    """Words with targets of their own that three numbers cannot tell apart."""


def agreement(model: Engine) -> Agreement:
    """Compare the basic emotions at full intensity with `seen.yaml`."""
    gaps, misses, spreads = [], [], []
    for emotion, shape, lowest, highest in _seen():
        weight = float(model.run(np.array([emotion_to_vad(emotion)]))[0, INDEX[shape]])
        gap = max(lowest - weight, weight - highest, 0.0)
        gaps.append(gap)
        if gap > NEAR:
            misses.append((emotion, shape, lowest, highest, weight))
        if highest > lowest:
            spreads.append(highest - lowest)
    return Agreement(
        share=1 - len(misses) / len(gaps),
        mean_gap=float(np.mean(gaps)),
        spread=float(np.mean(spreads)),
        misses=tuple(misses),
    )


def separation(model: Engine) -> Separation:
    """Measure the distances between emotions without the seven silent shapes of Emo3D."""
    heard = [i for i, name in enumerate(BLENDSHAPES) if name not in SILENT]
    full = model.run(np.array([emotion_to_vad(name) for name in BASIC_EMOTIONS]))[:, heard]
    distances = {
        (BASIC_EMOTIONS[one], BASIC_EMOTIONS[other]): float(np.linalg.norm(full[one] - full[other]))
        for one, other in itertools.combinations(range(len(full)), 2)
    }
    closest = min(distances, key=distances.__getitem__)
    return Separation(distances[closest], closest, float(np.mean(list(distances.values()))))


def words(model: Engine) -> Words:
    """Read the faces of words whose family other people have given."""
    goemotions = _words_of("goemotions")
    names = list(goemotions)
    points = np.array([emotion_to_vad(name) for name in names])
    terms: dict[str, Vad] = {term.name: term.point for term in MEASURED_TERMS}
    by_people = _words_of("sorted by people")
    term_points = np.array([terms[name] for name in by_people])
    read, read_terms = (nearest_prototypes(model.run(p)) for p in (points, term_points))
    misses = _misses(goemotions, read)
    misses_of_terms = _misses(by_people, read_terms)
    return Words(
        goemotions=1 - len(misses) / len(names),
        goemotions_misses=misses,
        goemotions_faces=_different(model.run(points)),
        sorted_by_people=1 - len(misses_of_terms) / len(by_people),
        sorted_by_people_count=len(by_people),
        sorted_by_people_misses=misses_of_terms,
        alike=tuple(
            (one.word, other.word)
            for one, other in itertools.combinations(shipped_targets(), 2)
            if np.linalg.norm(np.subtract(one.point, other.point)) <= _CLOSE
        ),
    )


def _different(faces: Floats) -> int:
    kept: list[Floats] = []
    for face in faces:
        if all(np.linalg.norm(face - other) >= DIFFERENT for other in kept):
            kept.append(face.copy())
    return len(kept)


def _misses(families: Mapping[str, str], read: list[str]) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (word, family, seen)
        for (word, family), seen in zip(families.items(), read, strict=True)
        if seen not in family.split("|")
    )


def _seen() -> Iterator[tuple[str, str, float, float]]:
    for emotion, shapes in _file(_SEEN).items():
        for shape, (lowest, highest) in shapes.items():
            yield emotion, shape if shape in INDEX else shape + "Left", lowest, highest


def _words_of(who: str) -> dict[str, str]:
    """Each word and its family: one basic emotion, or several with `|` between them."""
    return {word: family for family, named in _file(_FAMILIES)[who].items() for word in named}


@cache
def _file(name: str) -> Mapping[str, Any]:
    text = (files("bridge.offline.evaluation") / name).read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = yaml.safe_load(text)
    return loaded
