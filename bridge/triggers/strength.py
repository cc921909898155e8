"""How strongly a feeling shows an emotion, from 0 to 1.

A feeling is a few weighted points of valence, arousal and dominance; its name is not known here. So
an emotion is recognised by direction, as the model card does it, because intensity scales a feeling
towards neutral without turning it.

For an emotion at the point e and a feeling at the point p, the strength is the product of two
factors:

- the size of the feeling along the emotion, p·e / |e|², cut to 0..1: 1 at full intensity, and half
  at half intensity;
- how much nearer p is to the emotion by direction than to any other basic emotion. This is 1 in the
  emotion's own direction, 0.5 halfway to the other one, and 0 in the direction of the other one.

So happiness does not show any sadness, disgust does not show any anger (which is only 19° away),
and the numbers 0.7 0.5 0.4 show happiness without any name. The strengths of the points of a
feeling are added by their shares. A mixture is as strong as its weakest part.
"""

import math
from functools import cache

import numpy as np

from bridge.emotion.felt import Felt, Floats
from bridge.emotion.names import BASIC_EMOTIONS, emotion_to_vad, parts_of
from bridge.emotion.points import Vad

SAME_DIRECTION = math.radians(6.0)
"""Emotions that are nearer than this are not told apart: both show. At a smaller angle, the last
digit of a feeling's numbers would decide."""

_NEUTRAL = 0.05
"""Distance from neutral below which an emotion is neutral and has no direction."""


class Strength:
    """Measures how strongly feelings show one emotion or mixture."""

    def __init__(self, emotion: str) -> None:
        """`emotion`: any name or mixture that `parts_of` accepts.

        Raises:
            EmotionError: it does not.
        """
        self._parts = tuple((_Direction(point), share) for point, share in parts_of(emotion))

    def of(self, felt: Felt) -> Floats:
        """[streams]: the strength in each feeling, from 0 to 1."""
        if not felt.streams:
            return np.zeros(0)
        shown = [
            np.add.reduceat(felt.shares * direction.strength(felt.points), felt.starts) / share
            for direction, share in self._parts
        ]
        weakest: Floats = np.clip(np.min(shown, axis=0), 0.0, 1.0)
        return weakest


class _Direction:
    """The direction of one emotion, and of the other basic emotions."""

    def __init__(self, point: Vad) -> None:
        self._size = math.hypot(*point)
        if self._size <= _NEUTRAL:
            return
        own = np.array(point) / self._size
        apart = np.arccos(np.clip(_basic_directions() @ own, -1.0, 1.0))
        others = apart > SAME_DIRECTION
        self._directions = np.vstack([own, _basic_directions()[others]]).T
        self._apart = 2.0 * apart[others]

    def strength(self, points: Floats) -> Floats:
        """[parts]: the strength in each point."""
        sizes: Floats = np.sqrt(np.einsum("ij,ij->i", points, points))
        if self._size <= _NEUTRAL:
            return np.fmax(1.0 - sizes, 0.0)
        along = points @ self._directions
        size = np.clip(along[:, 0] / self._size, 0.0, 1.0)
        np.divide(along, np.fmax(sizes, 1e-9)[:, np.newaxis], out=along)
        angles = np.arccos(np.clip(along, -1.0, 1.0, out=along))
        nearer = 0.5 + (angles[:, 1:] - angles[:, :1]) / self._apart
        strength: Floats = size * np.clip(nearer.min(axis=1), 0.0, 1.0)
        return strength


@cache
def _basic_directions() -> Floats:
    """[emotions, 3]: the directions of the basic emotions, without neutral."""
    points = np.array([emotion_to_vad(name) for name in BASIC_EMOTIONS if name != "neutral"])
    directions: Floats = points / np.linalg.norm(points, axis=1, keepdims=True)
    return directions
