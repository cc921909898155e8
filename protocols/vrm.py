"""The preset expressions of VRM: a face for models that have no blendshapes of ARKit.

Five emotions, a blink and five vowels, which nearly every VRM model has.
"""

import math
from collections.abc import Mapping

import numpy as np

from protocols.face import Floats

PRESETS: Mapping[str, tuple[str, ...]] = {
    "vrm0": ("Joy", "Angry", "Sorrow", "Fun", "Surprised", "Blink", "A", "I", "U", "E", "O"),
    "vrm1": (
        "happy",
        "angry",
        "sad",
        "relaxed",
        "surprised",
        "blink",
        "aa",
        "ih",
        "ou",
        "ee",
        "oh",
    ),
}
"""The presets as VRM 0 and VRM 1 spell them, in one order: the five emotions first. `Surprised` is
no preset of VRM 0, but programs take it for one."""

EMOTIONS = 5
"""How many of the presets, from the first on, show a feeling."""

_ANCHORS = (
    # valence, arousal, dominance; Joy, Angry, Sorrow, Fun, Surprised
    ((0.8, 0.6, 0.5), (1, 0, 0, 0, 0)),  # happiness
    ((-0.7, 0.8, 0.7), (0, 1, 0, 0, 0)),  # anger
    ((-0.8, -0.4, -0.3), (0, 0, 1, 0, 0)),  # sadness
    ((0.68, -0.46, 0.06), (0, 0, 0, 1, 0)),  # relaxed, as Russell & Mehrabian (1977) measured it
    ((0.3, 0.9, 0.2), (0, 0, 0, 0, 1)),  # surprise
    ((-0.7, 0.8, -0.3), (0, 0, 0.5, 0, 0.5)),  # fear: raised brows and wide eyes, in distress
    ((-0.6, 0.3, 0.4), (0, 0.6, 0.3, 0, 0)),  # disgust: lowered brows, corners of the mouth too
    ((-0.4, 0.3, 0.8), (0, 0.4, 0, 0.2, 0)),  # contempt: hard eyes and half a smile
)

_POINTS = np.array([point for point, _ in _ANCHORS])
_LENGTHS = np.sqrt((_POINTS**2).sum(axis=1))
_DIRECTIONS = _POINTS / _LENGTHS[:, np.newaxis]
_SHOWS = np.column_stack([[shown for _, shown in _ANCHORS], _LENGTHS, np.ones(len(_ANCHORS))])
_HARDLY_APART = 1e-6
_MOST = 1.0 - 1e-6  # so that no rounding to float32 carries the sum above 1


def weigh_emotions(feeling: Floats, out: Floats) -> None:
    """How much of each emotion's preset shows a feeling: continuous, never more than 1 in all.

    Eight emotions are anchors: the five presets', of which each is its preset alone, and fear,
    disgust and contempt, which are mixtures of presets that move the same parts of the face. For
    a feeling in between, the mixtures are averaged with weights that fall with the square of the
    distance, `1 / (1 - cos angle)²` (Shepard's interpolation, ACM 1968), where the angle is the
    one at neutral between the feeling and an anchor. The average is then scaled by the feeling's
    length relative to the averaged length of the anchors, up to 1.

    The direction alone says which emotion it is, because intensity scales a feeling towards
    neutral (`bridge.emotion.names`); so the mixture stays as it is while a feeling grows and every
    weight grows with it, and at neutral, where there is no direction, the length is 0 and so is
    every weight. Shepard's weights leave no edges between regions, where a face would jump, and
    keep each anchor exact.

    Args:
        feeling: (3,), valence, arousal and dominance. The points of the anchors are the reference
            model's, and that of relaxed is the one of `bridge/emotion/emotions.csv`.
        out: (5,), in the order of `PRESETS`; overwritten.
    """
    felt = feeling.astype(np.float64)
    length = math.sqrt(felt @ felt)
    if length == 0.0:
        out[:] = 0.0
        return
    nearness = (1.0 + _HARDLY_APART - _DIRECTIONS @ felt / length) ** -2.0
    sums = nearness @ _SHOWS
    out[:] = sums[:EMOTIONS] * min(_MOST / sums[-1], length / sums[-2])
