"""Feelings as points: valence, arousal and dominance, and the names people give to them.

A point has three numbers from -1 to 1: valence (unpleasant to pleasant), arousal (calm to excited)
and dominance (yielding to in control). The names and their sources stand in `emotions.csv`.
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
"""The reference model's eight, at the reference model's own points."""


class EmotionError(ValueError):
    """An emotion that cannot be understood; the message says what was expected."""


class UnknownEmotionError(EmotionError):
    """A name that is not in the table. Near misses are looked up only when somebody reads it:
    the search takes a millisecond, and a flood of nonsense must stay cheap."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        near = difflib.get_close_matches(self.name.casefold(), emotion_points(), n=3, cutoff=0.6)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        return f"no emotion is called {self.name!r}{hint} (`affect-bridge emotions` lists them)"


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
    """A named point, where its numbers come from, and other names for it."""

    name: str
    point: Vad
    source: str
    also: tuple[str, ...]


@cache
def emotions() -> tuple[Emotion, ...]:
    """The whole table: the eight basic emotions, 151 measured terms, a dozen judgements."""
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
    """Every name that is understood, lower-case, and its point.

    Where a name stands twice ("angry" is measured, and is VRM's word for anger) the earlier row
    wins, so that the words of chatbots and avatars mean the eight basic emotions.
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

    A mixture lies midway between its parts. Case, spaces, underscores and hyphens do not matter.

    Args:
        intensity: 0 to 1; scales the point towards neutral.

    Raises:
        EmotionError: an unknown name (near misses are listed), or an intensity outside 0 to 1.
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
