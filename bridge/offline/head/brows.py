"""Eyebrows: bands that lie on the skin and move with it."""

import numpy as np
from numpy.typing import NDArray

from bridge.offline.head.piece import Piece, normals, project

Floats = NDArray[np.float64]

COLOUR = np.array([0.27, 0.17, 0.13])

_LINE = np.array(
    [
        # x, y, half of the height: from the nose outwards, on the left
        [0.118, 7.548, 0.016],
        [0.175, 7.563, 0.036],
        [0.250, 7.583, 0.037],
        [0.330, 7.597, 0.034],
        [0.410, 7.598, 0.029],
        [0.480, 7.580, 0.022],
        [0.540, 7.548, 0.015],
        [0.575, 7.522, 0.005],
    ]
)
_COLUMNS = 17
_ROWS = ((-1.0, -0.012), (-0.45, 0.014), (0.35, 0.017), (1.0, -0.012))
"""The place across the band, and the height over the skin. The rims lie under the skin, so that
the edge of the band is where the two surfaces cross."""


def eyebrows(skin: Piece) -> Piece:
    """Both eyebrows on this skin."""
    columns = np.linspace(0, 1, _COLUMNS)
    knots = np.linspace(0, 1, len(_LINE))
    x, y, half = (np.interp(columns, knots, _LINE[:, axis]) for axis in range(3))
    points = np.array([[x, y + across * half] for across, _ in _ROWS]).transpose(0, 2, 1)
    lift = np.repeat([height for _, height in _ROWS], _COLUMNS)
    # The ends taper.
    lift = np.where(np.tile((columns == 0) | (columns == 1), len(_ROWS)), -0.012, lift)
    points = points.reshape(-1, 2)
    points = np.concatenate([points, points * (-1, 1)])
    owners, shares = project(points, skin.positions, skin.triangles)
    outward = normals(skin.positions, skin.triangles)

    def on_skin(values: Floats) -> Floats:
        result: Floats = (values[..., owners, :] * shares[:, :, None]).sum(axis=-2)
        return result

    one = np.arange(len(_ROWS) * _COLUMNS).reshape(len(_ROWS), _COLUMNS)
    a, b, c, d = one[:-1, :-1], one[:-1, 1:], one[1:, 1:], one[1:, :-1]
    left = np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((a, b, c), (a, c, d))])
    return Piece(
        part="hair",
        positions=on_skin(skin.positions) + np.tile(lift, 2)[:, None] * on_skin(outward),
        shapes=on_skin(skin.shapes),
        triangles=np.concatenate([left, left[:, ::-1] + one.size]),
        colours=np.tile(COLOUR, (len(points), 1)),
    )
