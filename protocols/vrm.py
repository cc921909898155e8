"""The preset expressions of VRM, for models without ARKit blendshapes.

Five emotions, a blink and five vowels. Nearly all VRM models have them.
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
"""The presets as VRM 0 and VRM 1 spell them, in the same order: the five emotions first.
`Surprised` is not a preset of VRM 0, but programs treat it as one."""

EMOTIONS = 5
"""The number of presets that show a feeling. They come first; a blink and five vowels follow."""

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
    """The weight of each emotion's preset for a feeling. Continuous; the sum is at most 1.

    There are eight anchors: the emotions of the five presets, each of which is its preset alone,
    and fear, disgust and contempt, which are mixtures of presets that move the same parts of the
    face. For a feeling between anchors, the mixtures are averaged with the weights `1 / (1 - cos
    angle)²` (Shepard's interpolation, ACM 1968), where the angle is between the feeling and the
    anchor as seen from neutral. The average is scaled by the length of the feeling divided by the
    averaged length of the anchors, up to 1.

    Only the direction decides which emotion it is, because intensity scales a feeling towards
    neutral (`bridge.emotion.names`). So the mixture stays the same while a feeling grows, and all
    weights grow with it. At neutral there is no direction, but the length and so all weights are 0.
    With Shepard's weights a face never jumps between regions, and each anchor is exact.

    Args:
        feeling: (3,): valence, arousal and dominance. The points of the anchors are those of the
            reference model; that of relaxed is from `bridge/emotion/emotions.csv`.
        out: (5,): the weights in the order of `PRESETS`; overwritten.
    """
    felt = feeling.astype(np.float64)
    length = math.sqrt(felt @ felt)
    if length == 0.0:
        out[:] = 0.0
        return
    nearness = (1.0 + _HARDLY_APART - _DIRECTIONS @ felt / length) ** -2.0
    sums = nearness @ _SHOWS
    out[:] = sums[:EMOTIONS] * min(_MOST / sums[-1], length / sums[-2])
