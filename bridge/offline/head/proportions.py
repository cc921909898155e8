"""The likeness of the face: larger eyes and a friendly mouth, so that it reads when it is small."""

import numpy as np
from numpy.typing import NDArray

from bridge.offline.head.piece import step
from protocols.arkit import INDEX

Floats = NDArray[np.float64]

EYES = np.array([[0.2889, 7.3551, 1.1808], [-0.2889, 7.3551, 1.1808]])
"""The middle of the left and of the right eyeball in the source, in decimetres."""

_REST = {
    "mouthSmileLeft": 0.22,
    "mouthSmileRight": 0.22,
    "mouthClose": 0.06,
    "eyeWideLeft": 0.4,
    "eyeWideRight": 0.4,
}
"""What the face at rest has of some shapes. The lips of the source do not quite meet."""

_EYE_GROWTH, _EYE_REACH = 0.24, 0.27
_NECK_TOP, _NECK_END, _NECK_SHORTER = 6.35, 5.75, 0.22


def at_rest(positions: Floats, shapes: Floats) -> Floats:
    """The positions, [vertices, 3], of the face that is shown when every weight is 0."""
    result: Floats = positions + sum(share * shapes[INDEX[name]] for name, share in _REST.items())
    return result


def proportioned(positions: Floats) -> Floats:
    """Points of the source, [..., 3], where the head has them."""
    grown = positions.copy()
    for eye in EYES:
        away = positions - eye
        near = np.exp(-0.5 * (away**2).sum(axis=-1, keepdims=True) / _EYE_REACH**2)
        grown += _EYE_GROWTH * near * away
    grown[..., 1] += _NECK_SHORTER * step(_NECK_TOP, _NECK_END, positions[..., 1])
    return grown
