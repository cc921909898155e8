"""Points of valence, arousal and dominance, and feelings of several weighted points."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

MOST_PARTS = 4
"""Emotions that a feeling may have at once."""

LEAST_SHARE = 0.05
"""An emotion with a smaller share is left out."""


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


class Part(NamedTuple):
    """One emotion of a feeling."""

    point: Vad
    share: float
    """0 to 1; the shares of a feeling sum to 1."""


Parts = tuple[Part, ...]
"""1 to `MOST_PARTS` emotions of one feeling."""


def mean_point(parts: Sequence[Part]) -> Vad:
    """The weighted mean of the points. The face of several emotions is not the face of this point,
    but the mean of their faces."""
    if len(parts) == 1:
        return parts[0].point
    return Vad(*(sum(share * point[axis] for point, share in parts) for axis in range(3)))


def weighted(parts: Iterable[Part]) -> Parts:
    """A feeling of these parts, whose shares need not sum to 1.

    Equal points become one part. Shares under `LEAST_SHARE` are left out, then all but the
    `MOST_PARTS` largest. Without any share the feeling is neutral.
    """
    shares: dict[Vad, float] = {}
    for point, share in parts:
        shares[point] = shares.get(point, 0.0) + share
    least = LEAST_SHARE * sum(shares.values())
    kept = [(point, share) for point, share in shares.items() if share > 0 and share >= least]
    kept = sorted(kept, key=lambda part: -part[1])[:MOST_PARTS]
    if len(kept) < 2:
        return (Part(kept[0][0] if kept else NEUTRAL, 1.0),)
    total = sum(share for _, share in kept)
    return tuple(Part(point, share / total) for point, share in kept)


def scaled(parts: Parts, intensity: float) -> Parts:
    """The same feeling, weaker: each point scaled towards neutral."""
    if intensity == 1.0:
        return parts
    return tuple(Part(point.scaled(intensity), share) for point, share in parts)
