"""One piece of the head's mesh, and what is done to meshes while the head is made."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Piece:
    """A mesh with its shapes and colours. Lengths are in decimetres."""

    part: str
    positions: Floats
    """[vertices, 3]."""
    shapes: Floats
    """[52, vertices, 3]: what each blendshape adds at weight 1."""
    triangles: Indices
    """[triangles, 3], counter-clockwise from outside."""
    colours: Floats
    """[vertices, 3]: red, green and blue (sRGB) from 0 to 1."""

    def painted(self, colours: Floats) -> "Piece":
        """The same piece in other colours."""
        return replace(self, colours=colours)


def cut_out(part: str, positions: Floats, shapes: Floats, quads: Indices, colour: Floats) -> Piece:
    """The piece that these quads of a mesh make, in one colour."""
    used, numbered = np.unique(quads, return_inverse=True)
    quads = numbered.reshape(quads.shape)
    return Piece(
        part,
        positions[used],
        shapes[:, used],
        np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]),
        np.tile(colour, (len(used), 1)),
    )


def normals(positions: Floats, triangles: Indices) -> Floats:
    """[vertices, 3]: the mean of the triangles around each vertex by their area, of length 1."""
    a, b, c = (positions[triangles[:, corner]] for corner in range(3))
    faces = np.cross(b - a, c - a)
    total = np.zeros_like(positions)
    for corner in range(3):
        np.add.at(total, triangles[:, corner], faces)
    result: Floats = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    return result


def neighbours_mean(values: Floats, triangles: Indices) -> Floats:
    """[vertices, …]: the mean of each vertex's neighbours."""
    total = np.zeros_like(values)
    count = np.zeros(len(values))
    for here, there in ((0, 1), (1, 2), (2, 0), (1, 0), (2, 1), (0, 2)):
        np.add.at(total, triangles[:, here], values[triangles[:, there]])
        np.add.at(count, triangles[:, here], 1)
    return total / np.maximum(count, 1).reshape(-1, *[1] * (values.ndim - 1))


def subdivide(triangles: Indices, count: int) -> tuple[Indices, Indices]:
    """Each triangle cut into four.

    Returns:
        [4 * triangles, 3], and [edges, 2]: the ends of the edges whose middles are the new
        vertices, which are numbered from `count`.
    """
    sides = triangles[:, [[0, 1], [1, 2], [2, 0]]]
    edges, numbered = np.unique(np.sort(sides, axis=-1).reshape(-1, 2), axis=0, return_inverse=True)
    ab, bc, ca = (count + numbered.reshape(-1, 3)).T
    a, b, c = triangles.T
    cut = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return np.concatenate([np.stack(corners, axis=1) for corners in cut]), edges


def step(low: float, high: float, values: Floats) -> Floats:
    """0 below `low`, 1 above `high`, smooth between."""
    x = ((values - low) / (high - low)).clip(0, 1)
    result: Floats = x * x * (3 - 2 * x)
    return result


def project(points: Floats, positions: Floats, triangles: Indices) -> tuple[Indices, Floats]:
    """Where the front of a surface lies behind points of the (x, y) plane.

    Args:
        points: [points, 2].
        positions: [vertices, 3].
        triangles: [triangles, 3].

    Returns:
        [points, 3]: the vertices of the front-most triangle at each point; [points, 3]: how much
        each of them counts there.

    Raises:
        ValueError: a point beside the surface.
    """
    a, b, c = (positions[triangles[:, corner]] for corner in range(3))
    area = _cross(b - a, c - a)
    facing = area > 1e-9
    a, b, c, area, triangles = a[facing], b[facing], c[facing], area[facing], triangles[facing]
    owners, shares = [], []
    for point in points:
        share = np.stack(
            [_cross(q - p, point - p[:, :2]) / area for p, q in ((b, c), (c, a), (a, b))],
            axis=1,
        )
        height = (share * np.stack([a, b, c], axis=1)[..., 2]).sum(axis=1)
        height[share.min(axis=1) < -1e-6] = -np.inf
        front = height.argmax()
        if height[front] == -np.inf:
            raise ValueError(f"the surface has no point at {point}")
        owners.append(triangles[front])
        shares.append(share[front])
    return np.array(owners), np.array(shares)


def _cross(one: Floats, other: Floats) -> Floats:
    """[...]: twice the area between vectors of the (x, y) plane, positive to the left."""
    area: Floats = one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0]
    return area


def without(piece: Piece, hidden: NDArray[np.bool_]) -> Piece:
    """The piece without these vertices and what hangs on them."""
    kept = ~hidden
    number = np.cumsum(kept) - 1
    return Piece(
        piece.part,
        piece.positions[kept],
        piece.shapes[:, kept],
        number[piece.triangles[kept[piece.triangles].all(axis=1)]],
        piece.colours[kept],
    )


def two_sided(piece: Piece) -> Piece:
    """The piece and its back, which has vertices of its own because its normals are others."""
    return Piece(
        piece.part,
        np.concatenate([piece.positions] * 2),
        np.concatenate([piece.shapes] * 2, axis=1),
        np.concatenate([piece.triangles, piece.triangles[:, ::-1] + len(piece.positions)]),
        np.concatenate([piece.colours] * 2),
    )
