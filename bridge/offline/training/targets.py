"""The words that have a face of their own, read from a file that an artist can change.

`targets.yaml` explains the notation and says of every number where it comes from. These are the
stereotypes of faces: right for avatars, wrong for judging people (Barrett et al. 2019).
"""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.config.yaml_file import Location, YamlFile, YamlFileError, read_yaml
from bridge.emotion.names import EmotionError, emotion_to_vad
from bridge.emotion.points import Vad
from protocols.arkit import BLENDSHAPES, INDEX, PAIRS

Floats = NDArray[np.float32]

SOURCES = ("FACS", "recordings", "artists", "judgement")
"""Where a weight can come from."""

EXCLUSIVE = (("mouthSmile", "mouthFrown"), ("eyeWide", "eyeBlink"))
"""Pairs of shapes that never show together."""

SHIPPED = Path(str(files("bridge.offline.training") / "targets.yaml"))

_NEAREST = 0.05
"""A word closer than this to neutral cannot have a face: neutral has none."""


class TargetsError(ValueError):
    """A file of targets that cannot be used: names the file, the line, the key and the reason."""


@dataclass(frozen=True, eq=False)
class Target:
    """One word, its point and its face."""

    word: str
    point: Vad
    face: Floats
    """(52,) weights at that point, in reference order; left equals right."""
    sources: Mapping[str, str]
    """Where the weight of each shape comes from; a shape without a side means both sides."""


@cache
def shipped_targets() -> tuple[Target, ...]:
    """The targets of the shipped model: the seven basic emotions first, then the other words."""
    return read_targets(SHIPPED)


def full_face(emotion: str) -> Floats:
    """(52,) weights of a basic emotion at intensity 1, from the shipped targets; neutral has none.

    Raises:
        KeyError: the shipped targets have no such word.
    """
    if emotion == "neutral":
        return np.zeros(len(BLENDSHAPES), np.float32)
    return {target.word: target.face for target in shipped_targets()}[emotion].copy()


def read_targets(path: Path) -> tuple[Target, ...]:
    """Read a file of targets, in the order of the file.

    Raises:
        TargetsError: the file cannot be read, or something in it cannot be used.
    """
    try:
        file = read_yaml(path)
    except YamlFileError as problem:
        raise TargetsError(str(problem)) from problem
    reader = _Reader(path, file)
    for location, _ in file.written_twice:
        raise reader.refusal(location, "is written twice")
    if not file.values:
        raise TargetsError(f"{path}: the file has no words")
    return tuple(reader.target(word, entry) for word, entry in file.values.items())


class _Reader:
    """Turns values into targets, and knows their lines."""

    def __init__(self, path: Path, file: YamlFile) -> None:
        self._path = path
        self._file = file

    def refusal(self, location: Location, why: str) -> TargetsError:
        line = self._file.lines.get(location)
        place = f"{self._path}:{line}" if line else str(self._path)
        return TargetsError(f"{place}: {'.'.join(map(str, location))}: {why}")

    def target(self, word: Any, entry: Any) -> Target:
        here = (str(word),)
        if not isinstance(word, str):
            raise self.refusal(here, "expected a word; put it in quotes")
        if not isinstance(entry, dict):
            raise self.refusal(here, "expected `shapes:` and perhaps `point:` below it")
        for key in entry:
            if key not in {"point", "shapes"}:
                raise self.refusal((*here, str(key)), "expected point or shapes")
        point = self._point(here, entry.get("point", word))
        face, sources = self._face((*here, "shapes"), entry.get("shapes"))
        return Target(word, point, face, sources)

    def _point(self, word: Location, value: Any) -> Vad:
        here = (*word, "point") if (*word, "point") in self._file.lines else word
        numbers = [_number(axis) for axis in value] if isinstance(value, list) else []
        if isinstance(value, str):
            try:
                point = emotion_to_vad(value)
            except EmotionError as problem:
                hint = "; write its point as [valence, arousal, dominance]"
                raise self.refusal(here, f"{problem}{hint}") from problem
        elif len(numbers) == 3:
            point = Vad(*numbers)
        else:
            raise self.refusal(here, "expected three numbers or a word with a known point")
        if point != point.clamped():
            raise self.refusal(here, "valence, arousal and dominance go from -1 to 1")
        if np.linalg.norm(point) < _NEAREST:
            raise self.refusal(here, "too close to neutral, which shows no face")
        return point

    def _face(self, here: Location, shapes: Any) -> tuple[Floats, dict[str, str]]:
        if not isinstance(shapes, dict) or not shapes:
            raise self.refusal(here, "expected at least one blendshape with its weight")
        face = np.zeros(len(BLENDSHAPES), np.float32)
        sources = {}
        for shape, value in shapes.items():
            there = (*here, str(shape))
            indices = self._indices(there, str(shape))
            weight, sources[str(shape)] = self._weight(there, value)
            face[indices] = weight
        for one, other in EXCLUSIVE:
            if one in shapes and other in shapes:
                raise self.refusal((*here, other), f"excludes {one}, which is in the same face")
        return face, sources

    def _indices(self, here: Location, shape: str) -> list[int]:
        if shape in _BOTH_SIDES:
            return [INDEX[shape + "Left"], INDEX[shape + "Right"]]
        if shape not in INDEX:
            near = difflib.get_close_matches(shape, [*_BOTH_SIDES, *BLENDSHAPES], n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise self.refusal(here, f"not a blendshape{hint}")
        both = shape.removesuffix("Left").removesuffix("Right")
        if both != shape:
            hint = f"; write {both}" if both in _BOTH_SIDES else ""
            raise self.refusal(here, f"a face is the same on both sides{hint}")
        return [INDEX[shape]]

    def _weight(self, here: Location, value: Any) -> tuple[float, str]:
        number, source = value if isinstance(value, list) and len(value) == 2 else (value, None)
        weight = _number(number)
        if not 0 < weight <= 1:
            raise self.refusal(here, "expected a weight above 0, at most 1, or [weight, source]")
        if source is None:
            source = SOURCES[-1]
        if source not in SOURCES:
            raise self.refusal(here, f"its source is {source!r}; expected {', '.join(SOURCES)}")
        return weight, source


_BOTH_SIDES = tuple(
    left.removesuffix("Left")
    for left in (BLENDSHAPES[pair[0]] for pair in PAIRS)
    if left not in {"jawLeft", "mouthLeft"}  # these move to one side
)


def _number(value: Any) -> float:
    """A number, or NaN for anything else. PyYAML takes `-.7` for a text."""
    if isinstance(value, bool):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan
