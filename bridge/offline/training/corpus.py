"""The generated corpus: feelings everywhere in the cube, and their faces.

A face is the target of its feeling (`bridge.offline.training.blend`), or that target as different
people would make it: they differ in how strongly they show anything, in how much each shape takes
part, and between left and right. All variation multiplies, so that the mean face of a feeling
stays its target and a shape that takes no part stays at rest.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.names import BASIC_EMOTIONS, emotion_to_vad, emotions
from bridge.offline.training.blend import Blend
from protocols.arkit import PAIRS

Floats = NDArray[np.float32]

_LEFT = [left for left, _ in PAIRS]
_RIGHT = [right for _, right in PAIRS]
_FAINT = 0.01

MEASURED_TERMS = tuple(e for e in emotions() if e.source == "Russell & Mehrabian 1977")
"""The 151 terms with measured points."""


@dataclass(frozen=True)
class Variation:
    """How much people differ. Each number is the standard deviation of a factor around 1."""

    expressiveness: float = 0.15
    """Of a whole face."""
    habit: float = 0.10
    """Of each shape."""
    imbalance: float = 0.46
    """Between left and right. With this, |left - right| has a mean of about 0.14 over the pairs
    that take part in an expression, as in Emo3D."""


@dataclass(frozen=True)
class Corpus:
    """Feelings, and a face for each."""

    points: Floats
    """[n, 3] valence, arousal, dominance."""
    faces: Floats
    """[n, 52] weights in reference order."""

    def __len__(self) -> int:
        return len(self.points)


def facs_corpus(
    count: int, rng: np.random.Generator, blend: Blend, variation: Variation | None = None
) -> Corpus:
    """Make `count` feelings with their faces. Without variation every face is its target."""
    points = sample_points(count, rng, blend)
    faces = blend.faces(points)
    return Corpus(points, faces if variation is None else vary(faces, variation, rng))


def sample_points(count: int, rng: np.random.Generator, blend: Blend) -> Floats:
    """Choose [count, 3] feelings to learn: two fifths anywhere in the cube, and a fifth each at the
    basic emotions, at blends of two of them, and at the other targets and the measured terms.
    All except the first two fifths are at every intensity."""
    basic = np.array([emotion_to_vad(name) for name in BASIC_EMOTIONS])
    others = [t.point for t in blend.targets if t.word not in BASIC_EMOTIONS]
    words = np.array([*others, *(term.point for term in MEASURED_TERMS)])
    fifth = count // 5
    share = rng.uniform(size=(fifth, 1))
    blends = share * _some(basic, fifth, rng) + (1 - share) * _some(basic, fifth, rng)
    named = np.concatenate([_some(basic, fifth, rng), blends, _some(words, fifth, rng)])
    named = named * rng.uniform(0, 1, size=(len(named), 1)) ** 0.5
    named = named + rng.normal(0, 0.03, size=named.shape)
    anywhere = rng.uniform(-1, 1, size=(count - len(named), 3))
    points: Floats = np.clip(np.concatenate([named, anywhere]), -1, 1).astype(np.float32)
    return points


def vary(faces: Floats, variation: Variation, rng: np.random.Generator) -> Floats:
    """The same expressions on other people."""
    count, shapes = faces.shape
    expressiveness = _factors(variation.expressiveness, (count, 1), rng)
    habits = _factors(variation.habit, (count, shapes), rng)
    habits[:, _RIGHT] = habits[:, _LEFT]
    varied: Floats = np.minimum(faces * expressiveness * habits, 1.0).astype(np.float32)
    # Neither side may fall to 0 or exceed 1. Limiting only one side would move the mean.
    room = np.minimum(1.0 / np.maximum(varied[:, _LEFT], _FAINT) - 1.0, 0.95)
    lean = np.clip(rng.normal(0, variation.imbalance, size=room.shape), -room, room)
    varied[:, _LEFT] *= 1 + lean
    varied[:, _RIGHT] *= 1 - lean
    return varied


def mirrored(faces: Floats) -> Floats:
    """The mirror images of the faces: left and right shapes change places."""
    flipped = faces.copy()
    flipped[:, _LEFT], flipped[:, _RIGHT] = faces[:, _RIGHT], faces[:, _LEFT]
    return flipped


def _some(points: NDArray[np.float64], count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    chosen: NDArray[np.float64] = points[rng.integers(len(points), size=count)]
    return chosen


def _factors(
    deviation: float, shape: tuple[int, int], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Log-normal factors with a mean of 1."""
    factors: NDArray[np.float64] = np.exp(rng.normal(-(deviation**2) / 2, deviation, size=shape))
    return factors
