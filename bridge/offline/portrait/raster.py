"""Which triangle is seen at each pixel: a z-buffer for all triangles at once, in NumPy."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]


class Seen(NamedTuple):
    """The pixels that show a triangle, in any order."""

    pixel: Indices
    """[seen]: row * width + column."""
    triangle: Indices
    """[seen]: the triangle that is nearest there."""
    shares: Floats
    """[seen, 3]: how much each of its corners counts there; they sum to 1."""


def rasterise(points: Floats, triangles: Indices, width: int, height: int) -> Seen:
    """Find the nearest triangle at the middle of each pixel.

    Args:
        points: [vertices, 3]: x to the right and y downwards in pixels, and the distance.
        triangles: [triangles, 3]. Those that turn clockwise on screen, y upwards, face away and
            are left out.
        width: of the picture in pixels.
        height: of the picture in pixels.
    """
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = points[triangles].transpose(1, 2, 0)
    area = (cx - ax) * (by - ay) - (bx - ax) * (cy - ay)
    # The first and the last middle of a pixel inside each triangle's box.
    left, right = _middles(ax, bx, cx, width)
    top, bottom = _middles(ay, by, cy, height)
    kept = np.flatnonzero((area > 1e-9) & (right >= left) & (bottom >= top))

    # One candidate for each row of each box, then one for each pixel of these rows.
    rows, line = _spread((bottom - top + 1)[kept])
    triangle = kept[rows]
    line += top[triangle]
    wide = (right - left + 1)[triangle]
    _, x = _spread(wide)
    x += np.repeat(left[triangle], wide)

    along, down = x.astype(np.float32), line.astype(np.float32)

    # A corner's share, and the distance, are linear in x and y.
    def linear(at_a: Floats, at_b: Floats, at_c: Floats) -> Floats:
        ab, ac = at_b - at_a, at_c - at_a
        along_x = (ac * (by - ay) - ab * (cy - ay)) / area
        along_y = (ab * (cx - ax) - ac * (bx - ax)) / area
        start = at_a + (0.5 - ax) * along_x + (0.5 - ay) * along_y
        values = np.repeat(start[triangle] + along_y[triangle] * down, wide)
        values += np.repeat(along_x[triangle], wide) * along
        return values

    area = np.where(area > 1e-9, area, 1)
    zero, one = np.zeros_like(ax), np.ones_like(ax)
    second, third = linear(zero, one, zero), linear(zero, zero, one)
    edge = np.float32(-1e-4)
    inside = np.flatnonzero((second >= edge) & (third >= edge) & (second + third <= 1 - edge))
    distance = linear(az, bz, cz)[inside]
    pixel = (np.repeat(line * width, wide) + x)[inside]
    nearest = np.full(width * height, np.inf, np.float32)
    np.minimum.at(nearest, pixel, distance)
    seen = np.flatnonzero(nearest[pixel] == distance)
    pixel, inside = pixel[seen], inside[seen]
    # Where two triangles are equally near, as on a common edge, one is as good as the other.
    pixel, once = np.unique(pixel, return_index=True)
    inside = inside[once]
    second, third = second[inside], third[inside]
    shares = np.stack([1 - second - third, second, third], axis=1)
    return Seen(pixel, np.repeat(triangle, wide)[inside], shares)


def _middles(a: Floats, b: Floats, c: Floats, size: int) -> tuple[Indices, Indices]:
    low = np.minimum(np.minimum(a, b), c)
    high = np.maximum(np.maximum(a, b), c)
    first = np.ceil(low - 0.5).clip(0, size).astype(np.intp)
    return first, np.floor(high - 0.5).clip(-1, size - 1).astype(np.intp)


def _spread(counts: Indices) -> tuple[Indices, Indices]:
    """For counts (2, 3): the owners (0, 0, 1, 1, 1) and the steps (0, 1, 0, 1, 2)."""
    owners = np.repeat(np.arange(len(counts)), counts)
    starts = np.cumsum(counts) - counts
    return owners, np.arange(len(owners)) - np.repeat(starts, counts)
