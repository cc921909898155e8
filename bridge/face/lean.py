"""One side of the face does more than the other: a real sneer, a smirk, a raised brow.

Comes after symmetry. The part of an emotion grows with the nearness of the feeling to its point.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.names import emotion_to_vad
from bridge.face.layer import Frame, PerStream, RowLayer
from bridge.face.nearness import Nearness
from protocols.arkit import BLENDSHAPES, INDEX

Side = Literal["left", "right"]

PARTS: Mapping[str, Mapping[str, float]] = {
    "contempt": {"mouthSmile": 0.35, "mouthDimple": 0.35, "mouthUpperUp": 0.12, "mouth": 0.08},
    "disgust": {"noseSneer": 0.25, "mouthUpperUp": 0.35, "cheekSquint": 0.15},
    "anger": {"noseSneer": 0.2, "mouthUpperUp": 0.3, "browDown": 0.1},
    "happiness": {"mouthSmile": 0.25, "mouthDimple": 0.25, "cheekSquint": 0.1},
    "surprise": {"browOuterUp": 0.4, "eyeWide": 0.1},
    "fear": {"mouthStretch": 0.25, "mouthLowerDown": 0.15},
    "sadness": {"mouthFrown": 0.2, "mouthLowerDown": 0.1},
}
"""What one side shows beside the two-sided face. Contempt is one-sided in FACS (12 and 14) and in
every preset of an artist: smile and dimple .35, the mouth drawn to that side. The others are
judgements."""

_CONE = 0.95
"""Cosine. Narrower than the angle between any two basic emotions."""
_SMALLEST = 0.05
"""A point nearer to neutral has no direction: a mixture of opposites."""


@dataclass(frozen=True, slots=True)
class LeanSettings:
    """The one-sided part of one stream's face. None by default."""

    amounts: Mapping[str, float] = field(default_factory=dict)
    """By emotion, from 0 to 1. One without a part of its own here has that of the basic emotion
    that is nearest to it."""
    side: Side = "left"
    """The face's own side that does more."""


class Lean(RowLayer[LeanSettings]):
    """Adds the one-sided part of the feeling of each stream."""

    _part: NDArray[np.float64]
    """Room to calculate in, like what follows."""
    _added: NDArray[np.float32]

    def __init__(self, settings: PerStream[LeanSettings]) -> None:
        super().__init__(settings)
        self._keep("_part", len(BLENDSHAPES), dtype=np.float64)
        self._keep("_added", len(BLENDSHAPES))
        self._stale = False
        self._amounts: NDArray[np.float64] = np.zeros((0, 0))
        """[streams, parts]"""
        self._parts: NDArray[np.float64] = np.zeros((0, len(BLENDSHAPES)))
        """[parts, 52]: one for each emotion and side that some stream leans by."""
        self._near = Nearness([], _CONE)

    def apply(self, frame: Frame) -> None:
        if self._stale:
            self._prepare()
        if not len(self._parts):
            return
        near, part, added = self._near.of(frame.feelings), self._part, self._added
        near *= self._amounts
        np.dot(near, self._parts, out=part)
        np.minimum(part, 1.0, out=part)
        np.subtract(1.0, frame.weights, out=added)
        np.multiply(part, added, out=added, casting="same_kind")
        frame.weights += added

    def _set(self, row: int, settings: LeanSettings) -> None:
        """They are looked at when all are known."""

    def _note(self) -> None:
        self._stale = True

    def _prepare(self) -> None:
        """Gather what the streams lean by."""
        settings = [self._of(row) for row in range(len(self._streams))]
        leans = [
            {
                (emotion, one.side): amount
                for emotion, amount in one.amounts.items()
                if amount > 0.0 and math.hypot(*emotion_to_vad(emotion)) > _SMALLEST
            }
            for one in settings
        ]
        every = sorted({lean for some in leans for lean in some})
        self._amounts = np.array([[some.get(lean, 0.0) for lean in every] for some in leans])
        self._parts = np.array([_part(*lean) for lean in every]).reshape(-1, len(BLENDSHAPES))
        self._near = Nearness([emotion_to_vad(emotion) for emotion, _ in every], _CONE)
        self._stale = False


def _part(emotion: str, side: Side) -> list[float]:
    """[52]: the part of an emotion on one side."""
    shapes = PARTS[emotion if emotion in PARTS else _nearest(emotion)]
    part = [0.0] * len(BLENDSHAPES)
    for shape, weight in shapes.items():
        part[INDEX[shape + side.capitalize()]] = weight
    return part


def _nearest(emotion: str) -> str:
    """The basic emotion whose direction is nearest."""
    point = emotion_to_vad(emotion)

    def cosine(other: str) -> float:
        basic = emotion_to_vad(other)
        return sum(a * b for a, b in zip(point, basic, strict=True)) / math.hypot(*basic)

    return max(PARTS, key=cosine)
