"""Emotions as points of valence, arousal and dominance, and the names of emotions.

A point has three numbers from -1 to 1: valence (unpleasant to pleasant), arousal (calm to excited)
and dominance (yielding to in control). The names and their sources are in `emotions.csv`.
"""

import csv
import difflib
import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

BASIC_EMOTIONS = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
)
"""The eight emotions of the reference model, at its own points."""


class EmotionError(ValueError):
    """A name or an intensity that is not valid; the message says what was expected."""


class UnknownEmotionError(EmotionError):
    """A name that is not in the table. Similar names are looked up only when the message is read:
    the search takes a millisecond, and a flood of unknown names must stay cheap."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        unknown = f"unknown emotion {_quoted(self.name)}"
        near = difflib.get_close_matches(self.name.casefold(), emotion_points(), n=3, cutoff=0.6)
        if not near:
            return f"{unknown}; `affect-bridge emotions` lists the names"
        return f"{unknown}; did you mean {' or '.join(map(_quoted, near))}?"


class Vad(NamedTuple):
    """A point in emotion space: valence, arousal, dominance. Not voice activity detection."""

    valence: float
    arousal: float
    dominance: float

    def scaled(self, intensity: float) -> "Vad":
        return Vad(*(intensity * axis for axis in self))

    def clamped(self) -> "Vad":
        return Vad(*(min(1.0, max(-1.0, axis)) for axis in self))

    def is_finite(self) -> bool:
        return all(map(math.isfinite, self))


NEUTRAL = Vad(0.0, 0.0, 0.0)


class Emotion(NamedTuple):
    """A named point, the source of its numbers, and its other names."""

    name: str
    point: Vad
    source: str
    also: tuple[str, ...]


@cache
def emotions() -> tuple[Emotion, ...]:
    """The table: the eight basic emotions, 151 measured terms and a dozen judgements."""
    with (files("bridge.emotion") / "emotions.csv").open(encoding="utf-8") as table:
        return tuple(
            Emotion(
                row["name"],
                Vad(float(row["valence"]), float(row["arousal"]), float(row["dominance"])),
                row["source"],
                tuple(row["also"].split()),
            )
            for row in csv.DictReader(table)
        )


@cache
def emotion_points() -> Mapping[str, Vad]:
    """Every known name, in lower case, and its point.

    A name may occur twice: "angry" is a measured term, and VRM's name for anger. The earlier row
    wins, so that the names that chatbots and avatars use mean the eight basic emotions.
    """
    points: dict[str, Vad] = {}
    for emotion in emotions():
        for name in (emotion.name, *emotion.also):
            points.setdefault(name, emotion.point)
    for name in list(points):
        points.setdefault(name.replace("-", " "), points[name])
    return points


def emotion_to_vad(name: str, intensity: float = 1.0) -> Vad:
    """The point of a name or of a mixture such as `happiness+surprise`, scaled by `intensity`.

    The point of a mixture is the mean of its parts' points, as in the reference model. Case,
    spaces, underscores and hyphens do not matter.

    Args:
        intensity: 0 to 1; scales the point towards neutral.

    Raises:
        EmotionError: an unknown name (similar names are listed), or an intensity outside 0 to 1.
    """
    if not 0.0 <= intensity <= 1.0:
        raise EmotionError(f"intensity {intensity:g} is not between 0 and 1")
    parts = [_point(part) for part in name.split("+")]
    middle = (sum(axis) / len(parts) for axis in zip(*parts, strict=True))
    return Vad(*middle).scaled(intensity)


def _point(name: str) -> Vad:
    points = emotion_points()
    plain = " ".join(name.casefold().replace("_", " ").split())
    for spelling in (plain, plain.replace("-", " ")):
        if spelling in points:
            return points[spelling]
    raise UnknownEmotionError(name.strip()[:40])


def _quoted(name: str) -> str:
    return f'"{name}"' if name.isprintable() else repr(name)
