"""The colours of the skin: lips, the dark of the mouth, blush, and shade in the hollows."""

import numpy as np
from numpy.typing import NDArray

from bridge.offline.head.piece import Piece, neighbours_mean, normals, project, step
from bridge.offline.head.proportions import EYES

Floats = NDArray[np.float64]

SKIN = np.array([0.933, 0.757, 0.647])
TEETH = np.array([0.95, 0.93, 0.89])
GUMS = np.array([0.62, 0.40, 0.38])
"""The inner side of the teeth, which in the source has no form of its own."""
TONGUE = np.array([0.80, 0.42, 0.42])
LASHES = np.array([0.16, 0.10, 0.09])
WHITE = np.array([1.0, 1.0, 1.0])
"""Eyes are coloured where they are drawn, by the angle to their axis."""

_LIPS = np.array([0.80, 0.46, 0.43])
_BLUSH = np.array([0.93, 0.62, 0.54])
_RIM = np.array([0.66, 0.40, 0.36])
_MOUTH = np.array([0.20, 0.06, 0.06])


def painted_skin(skin: Piece) -> Piece:
    """The skin with its colours."""
    x, y, z = skin.positions.T
    x = np.abs(x)
    colours = np.tile(SKIN, (len(x), 1))
    rim = _lid_rims(skin.positions)
    inside = _depth_behind_the_lips(skin)

    def paint(colour: Floats, share: Floats) -> None:
        colours[:] += share[:, None] * (colour - colours)

    # Cheeks, the tip of the nose, ears.
    for middle, radius, strength in (
        ((0.55, 6.98, 1.15), 0.30, 0.45),
        ((0.0, 6.95, 1.6), 0.16, 0.30),
        ((1.0, 7.1, 0.2), 0.30, 0.40),
    ):
        away = ((x - middle[0]) ** 2 + (y - middle[1]) ** 2 + (z - middle[2]) ** 2) / radius**2
        paint(_BLUSH, strength * np.exp(-away))
    paint(_RIM, 0.35 * rim)
    paint(_LIPS, _lips(x, y, z) * 0.85)
    colours *= _hollows(skin)[:, None]
    corner = np.exp(-(((x - 0.232) / 0.03) ** 2) - ((y - 6.685) / 0.02) ** 2)
    paint(_MOUTH, 0.4 * corner * step(0.9, 1.1, z))
    paint(_MOUTH, step(0.02, 0.09, inside))
    colours *= 1 - 0.6 * step(0.08, 0.3, inside)[:, None]
    return skin.painted(colours)


def painted_teeth(teeth: Piece) -> Piece:
    """Teeth that are darker towards the back of the mouth."""
    shade = 0.35 + 0.65 * step(0.9, 1.3, teeth.positions[:, 2])
    return teeth.painted(teeth.colours * shade[:, None])


def painted_tongue(tongue: Piece) -> Piece:
    """A tongue that is darker towards its root."""
    shade = 0.3 + 0.7 * step(0.75, 1.3, tongue.positions[:, 2])
    return tongue.painted(TONGUE * shade[:, None])


def _lips(x: Floats, y: Floats, z: Floats) -> Floats:
    """How much of a lip each point is, from 0 to 1."""
    round_ = (1 - (x / 0.235) ** 2).clip(0)
    upper = 6.69 + 0.082 * round_**0.75 - 0.014 * np.exp(-((x / 0.035) ** 2))
    lower = 6.685 - 0.112 * round_**0.75
    soft = 0.016
    share = step(-soft, soft, upper - y) * step(-soft, soft, y - lower)
    return share * step(0.0, 0.12, round_) * step(0.9, 1.1, z)


def _lid_rims(positions: Floats) -> Floats:
    """How much of the rim of a lid each point is, from 0 to 1."""
    away = np.linalg.norm(positions[:, None] - EYES[None], axis=2).min(axis=1)
    return step(0.215, 0.185, away)


def _depth_behind_the_lips(skin: Piece) -> Floats:
    """How far behind the front of the face the lining of the mouth lies; 0 elsewhere."""
    x, y, z = skin.positions.T
    box = np.flatnonzero((np.abs(x) < 0.40) & (y > 6.35) & (y < 7.0) & (z > 0.5))
    owners, shares = project(skin.positions[box, :2], skin.positions, skin.triangles)
    depth = np.zeros(len(x))
    front = (skin.positions[owners, 2] * shares).sum(axis=1)
    depth[box] = front - z[box]
    return depth


def _hollows(skin: Piece) -> Floats:
    """Darker where the surface is hollow, lighter on ridges, about 1."""
    outward = normals(skin.positions, skin.triangles)
    towards = neighbours_mean(skin.positions, skin.triangles) - skin.positions
    hollow = (towards * outward).sum(axis=1) / np.linalg.norm(towards, axis=1).clip(0.01)
    for _ in range(3):
        hollow = 0.5 * hollow + 0.5 * neighbours_mean(hollow, skin.triangles)
    strength = 0.5 * step(5.9, 6.3, skin.positions[:, 1])
    result: Floats = 1 - strength * hollow.clip(-0.05, 0.75)
    return result
