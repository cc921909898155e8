"""The preset expressions of VRM, for models without ARKit blendshapes.

Five emotions, blinks, four directions of the eyes and five vowels. Nearly all VRM models have them.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import BLENDSHAPES, INDEX
from protocols.face import Face, Floats

PRESETS: Mapping[str, tuple[str, ...]] = {
    "vrm0": (
        *("Joy", "Angry", "Sorrow", "Fun", "Surprised"),
        *("Blink", "Blink_L", "Blink_R"),
        *("LookUp", "LookDown", "LookLeft", "LookRight"),
        *("A", "I", "U", "E", "O"),
    ),
    "vrm1": (
        *("happy", "angry", "sad", "relaxed", "surprised"),
        *("blink", "blinkLeft", "blinkRight"),
        *("lookUp", "lookDown", "lookLeft", "lookRight"),
        *("aa", "ih", "ou", "ee", "oh"),
    ),
}
"""The presets as VRM 0 and VRM 1 spell them, in the same order. `Surprised` is not a preset of VRM
0, but programs treat it as one."""

EMOTIONS, BLINKS, LOOKS, VOWELS = slice(0, 5), slice(5, 8), slice(8, 12), slice(12, 17)
"""The places of each kind of preset."""

_FEATURES: Mapping[str, Mapping[str, float]] = {
    "lid left": {"eyeBlinkLeft": 1},
    "lid right": {"eyeBlinkRight": 1},
    # There is one preset for both eyes, so each eye counts half.
    "up": {"eyeLookUpLeft": 0.5, "eyeLookUpRight": 0.5},
    "down": {"eyeLookDownLeft": 0.5, "eyeLookDownRight": 0.5},
    "to its left": {"eyeLookOutLeft": 0.5, "eyeLookInRight": 0.5},
    "to its right": {"eyeLookInLeft": 0.5, "eyeLookOutRight": 0.5},
    "jaw": {"jawOpen": 1, "mouthClose": -1},
    "funnel": {"mouthFunnel": 1},
    "pucker": {"mouthPucker": 1},
    "stretch": {"mouthStretchLeft": 0.5, "mouthStretchRight": 0.5},
}
"""What the presets are made of, as sums of ARKit shapes."""

_ANCHORS = (
    # Valence, arousal, dominance.
    # Joy, Angry, Sorrow, Fun, Surprised.
    # Lids, jaw, funnel, pucker, stretch, as the built-in model shows them there.
    ((0.8, 0.6, 0.5), (1, 0, 0, 0, 0), (0, 0.12, 0, 0, 0)),  # happiness
    ((-0.7, 0.8, 0.7), (0, 1, 0, 0, 0), (0, 0.17, 0, 0, 0)),  # anger
    ((-0.8, -0.4, -0.3), (0, 0, 1, 0, 0), (0.29, 0, 0, 0, 0)),  # sadness
    # relaxed, as Russell & Mehrabian (1977) measured it
    ((0.68, -0.46, 0.06), (0, 0, 0, 1, 0), (0.24, 0, 0, 0, 0)),
    ((0.3, 0.9, 0.2), (0, 0, 0, 0, 1), (0, 0.39, 0.14, 0, 0)),  # surprise
    # fear: raised brows and wide eyes, in distress
    ((-0.7, 0.8, -0.3), (0, 0, 0.5, 0, 0.5), (0, 0.32, 0.12, 0, 0.48)),
    # disgust: lowered brows, corners of the mouth too
    ((-0.6, 0.3, 0.4), (0, 0.6, 0.3, 0, 0), (0, 0, 0, 0, 0.01)),
    # contempt: hard eyes and half a smile
    ((-0.4, 0.3, 0.8), (0, 0.4, 0, 0.2, 0), (0, 0, 0, 0, 0)),
)

_MOUTHS = (
    # Jaw, funnel, pucker, stretch; A, I, U, E, O.
    ((0.6, 0, 0, 0), (1, 0, 0, 0, 0)),
    ((0.16, 0, 0, 0.28), (0, 1, 0, 0, 0)),
    ((0.22, 0.25, 0.6, 0), (0, 0, 1, 0, 0)),
    ((0.32, 0, 0, 0.27), (0, 0, 0, 1, 0)),
    ((0.42, 0.45, 0.1, 0), (0, 0, 0, 0, 1)),
    ((0, 0, 0, 0.3), (0, 0, 0, 0, 0)),  # a mouth stretched over closed teeth is no vowel
)
"""Judgements: the mouth of each vowel. `bridge.face.mouth` shows much the same for visemes."""

TABLES: Mapping[str, Any] = {
    "names": PRESETS["vrm1"],
    "features": tuple(_FEATURES.values()),
    "anchors": _ANCHORS,
    "mouths": _MOUTHS,
}
"""What `weigh_presets` needs, as JSON can have it, for programs in other languages."""

_HARDLY_APART = 1e-6
_MOST = 1.0 - 1e-6  # so that no rounding to float32 carries the sum above 1

Doubles = NDArray[np.float64]


class _Mixture:
    """Weights for any point, from the weights of some anchors.

    They are averaged with the factors `1 / (1 - cos angle)²` (Shepard's interpolation, ACM 1968),
    where the angle is between the point and the anchor as seen from the origin. The average is
    scaled by the length of the point divided by the averaged length of the anchors, up to 1. So
    the direction decides which weights show, and the length how much. Each anchor is exact, and
    nothing jumps. At the origin there is no direction, but the length and so all weights are 0.
    """

    def __init__(self, points: Sequence[Sequence[float]], weights: Sequence[Sequence[float]]):
        anchors = np.array(points)
        lengths = np.sqrt((anchors**2).sum(axis=1))
        self._directions = anchors / lengths[:, np.newaxis]
        self._sums = np.column_stack([weights, lengths, np.ones(len(anchors))])
        self._nothing = [0.0] * len(weights[0])

    def weigh(self, point: Doubles) -> list[float]:
        """The weights of a point."""
        length = math.sqrt(point.dot(point))
        if length == 0.0:
            return self._nothing
        apart = 1.0 + _HARDLY_APART - self._directions.dot(point / length)
        # For so few numbers, lists are as fast as arrays, and the caller needs single ones.
        *weights, lengths, nearness = (apart**-2.0).dot(self._sums).tolist()
        scale = min(_MOST / nearness, length / lengths)
        return [weight * scale for weight in weights]


_FEELINGS = _Mixture([point for point, *_ in _ANCHORS], [(*e, *shown) for _, e, shown in _ANCHORS])
_VOWELS = _Mixture([mouth for mouth, _ in _MOUTHS], [vowel for _, vowel in _MOUTHS])


def _from_shapes() -> Floats:
    """[52, features]"""
    matrix = np.zeros((len(BLENDSHAPES), len(_FEATURES)), np.float32)
    for column, parts in enumerate(_FEATURES.values()):
        for shape, factor in parts.items():
            matrix[INDEX[shape], column] = factor
    return matrix


_FROM_SHAPES = _from_shapes()


def weigh_presets(face: Face, out: Floats) -> None:
    """The weights of all presets for a face. Continuous; each within [0, 1].

    **Emotions** come from `Face.feeling`. There are eight anchors: the emotions of the five
    presets, each of which is its preset alone, and fear, disgust and contempt, which are mixtures
    of presets that move the same parts of the face. Only the direction of a feeling decides which
    emotion it is, because intensity scales a feeling towards neutral (`bridge.emotion.names`). The
    points of the anchors are those of the reference model; that of relaxed is from
    `bridge/emotion/emotions.csv`. The sum is at most 1.

    The others come from `Face.weights`. Lids and mouth of a face show its emotion too, and so does
    the preset of the emotion in its own way. Therefore blinks and vowels get only what goes beyond
    the emotion.

    **Blinks**: `Blink` is what both eyes have in common, `Blink_L` and `Blink_R` what one eye has
    more. A closed eye is closed in every emotion.

    **Directions** of the eyes: the mean of both eyes. 1 is as far as an eyeLook shape of 1.

    **Vowels**: anchors are the mouths of the five vowels, by jaw, funnel, pucker and stretch. The
    sum is at most 1.

    Args:
        out: (17,): the weights in the order of `PRESETS`; overwritten.
    """
    *emotions, lids, jaw, funnel, pucker, stretch = _FEELINGS.weigh(face.feeling.astype(np.float64))
    features = face.weights.dot(_FROM_SHAPES)
    left, right, up, down, to_left, to_right, *mouth = features.tolist()
    left = max(0.0, (left - lids) / (1.0 - lids))
    right = max(0.0, (right - lids) / (1.0 - lids))
    both = min(left, right)
    beyond = zip(mouth, (jaw, funnel, pucker, stretch), strict=True)
    out[:] = (
        *emotions,
        *(both, left - both, right - both),
        *(max(0.0, up - down), max(0.0, down - up)),
        *(max(0.0, to_left - to_right), max(0.0, to_right - to_left)),
        *_VOWELS.weigh(np.array([max(0.0, is_there - shown) for is_there, shown in beyond])),
    )
