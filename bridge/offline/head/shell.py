"""Hair and a shirt: the skin's own faces, pushed outwards.

Where the push turns negative the shell lies under the skin, so that its edge is where the two
surfaces cross and does not follow the edges of the mesh.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bridge.offline.head.piece import Piece, neighbours_mean, normals, step, subdivide, without

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

HAIR = np.array([0.36, 0.235, 0.175])
SHIRT = np.array([0.33, 0.52, 0.60])

_CROWN = np.array([0.12, 8.30, -0.10])
_HAIRLINE = np.array(
    [
        # degrees from the front, height
        [0, 8.00],
        [25, 7.98],
        [40, 7.92],
        [52, 7.78],
        [62, 7.52],
        [70, 7.22],
        [77, 7.10],
        [83, 7.26],
        [94, 7.52],
        [101, 7.38],
        [108, 7.12],
        [116, 6.94],
        [135, 6.80],
        [155, 6.74],
        [180, 6.74],
    ]
)
_EAR_EDGES = 0.075
"""Edges of the mesh are shorter than this in the ear, and longer around it."""
_EAR = -1.0
"""How far the ear counts as being below the hairline."""
_MARGIN = 0.2
"""How far a shell continues beyond its edge, so that the edge is inside it."""


def over_the_hairline(skin: Piece) -> Floats:
    """[vertices]: how far each vertex lies above the edge of the hair; below it is negative."""
    x, y, z = skin.positions.T
    angle = np.degrees(np.arctan2(np.abs(x), z - 0.30))
    over = y - np.interp(angle, *_HAIRLINE.T)
    # The fringe hangs lower on one side of the parting.
    over += 0.10 * step(0.25, -0.5, x) * step(0.6, 1.0, z)
    around_the_ear = np.hypot((y - 7.14) / 0.34, (z - 0.42) / 0.25) - 1
    over = np.where(np.abs(x) > 0.45, np.minimum(over, 0.4 * around_the_ear), over)
    # The ear is thin: pushed inwards, its front would come out at its back.
    close = _edge_lengths(skin) < _EAR_EDGES
    ear = close & (np.abs(x) > 0.7) & (around_the_ear < 0)
    return np.where(ear, _EAR, over)


def under_the_collar(positions: Floats) -> Floats:
    """[vertices]: how far each vertex lies below the edge of the shirt."""
    _, y, z = positions.T
    collar = 6.20 - 0.40 * step(-0.3, 0.7, z)
    result: Floats = collar - y
    return result


def hair(skin: Piece) -> Piece:
    """Short hair, swept to one side from a parting."""
    over = over_the_hairline(skin)
    beside = neighbours_mean((over > 0).astype(float), skin.triangles) > 0
    scalp = (over > -_MARGIN) | (beside & (over > _EAR))
    shell, mean = _finer(without(skin, ~scalp))
    over = mean(over[scalp, None])[:, 0]
    _, y, z = shell.positions.T
    top = step(7.55, 8.2, y)
    front = step(0.4, 1.1, z) * step(7.8, 8.1, y)
    thickness = 0.085 + 0.08 * top + 0.09 * front

    # Locks run from the crown.
    along = shell.positions - _CROWN
    around = np.arctan2(along[:, 0] + 0.6 * front * along[:, 2], along[:, 2])
    lock = np.sin(around * 15 + 2.2 * np.sin(around * 3))
    lock *= step(0.1, 0.6, np.hypot(along[:, 0], along[:, 2]))
    push = thickness * (1 + 0.12 * lock * step(0.0, 0.15, over)) * _edge(over, 0.09)
    outward = _smooth(normals(shell.positions, shell.triangles), shell)
    shade = 1 + 0.16 * lock - 0.15 * step(0.2, 0.0, over)
    return Piece(
        "hair",
        shell.positions + push[:, None] * outward,
        shell.shapes,
        shell.triangles,
        (HAIR * shade[:, None]).clip(0, 1),
    )


def shirt(skin: Piece) -> Piece:
    """A plain shirt with a round neck. It covers the shoulders and does not move."""
    under = under_the_collar(skin.positions)
    shell = without(skin, under < -_MARGIN)
    under = under[under >= -_MARGIN]
    push = 0.07 * _edge(under, 0.2)
    outward = normals(shell.positions, shell.triangles)
    return Piece(
        "shirt",
        shell.positions + push[:, None] * outward,
        np.zeros_like(shell.shapes),
        shell.triangles,
        np.tile(SHIRT, (len(under), 1)),
    )


def bare(skin: Piece) -> Piece:
    """The skin without what lies well under the hair and the shirt."""
    hidden = (over_the_hairline(skin) > 0.12) | (under_the_collar(skin.positions) > 0.25)
    rim = neighbours_mean(hidden.astype(float), skin.triangles) < 1
    return without(skin, hidden & ~rim)


def _edge_lengths(piece: Piece) -> Floats:
    """[vertices]: about how far each vertex is from its neighbours."""
    corners = piece.positions[piece.triangles]
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).mean(axis=1)
    total, count = np.zeros(len(piece.positions)), np.zeros(len(piece.positions))
    for corner in range(3):
        np.add.at(total, piece.triangles[:, corner], sides)
        np.add.at(count, piece.triangles[:, corner], 1)
    result: Floats = total / count.clip(1)
    return result


def _edge(inside: Floats, reach: float) -> Floats:
    """From below 0 outside through 0 at the edge to 1 far inside."""
    return 1 - np.exp(-inside.clip(-0.6 * reach, None) / reach)


def _smooth(directions: Floats, piece: Piece) -> Floats:
    for _ in range(3):
        directions = 0.5 * directions + 0.5 * neighbours_mean(directions, piece.triangles)
    return directions


def _finer(piece: Piece) -> tuple[Piece, Callable[[Floats], Floats]]:
    """The piece with four triangles for each, rounded, and what does the same to other values."""
    count = len(piece.positions)
    triangles, edges = subdivide(piece.triangles, count)

    def mean(values: Floats) -> Floats:
        return np.concatenate([values, values[..., edges, :].mean(axis=-2)], axis=-2)

    # The middle of an edge lies inside a round surface: lift it to the arc between the ends.
    outward = normals(piece.positions, piece.triangles)
    start, end = edges.T
    span = piece.positions[end] - piece.positions[start]
    lift = ((outward[end] - outward[start]) * span).sum(axis=1) / 8
    between = outward[start] + outward[end]
    between /= np.linalg.norm(between, axis=1, keepdims=True).clip(1e-9)
    positions = mean(piece.positions)
    positions[count:] += lift[:, None] * between
    finer = Piece(piece.part, positions, mean(piece.shapes), triangles, mean(piece.colours))
    return finer, mean
