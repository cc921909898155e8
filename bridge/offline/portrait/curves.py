"""Smooth Bezier curves through points, as matrices.

A control point of such a curve is a fixed mixture of the points that the curve goes through.
Whatever displaces those points therefore displaces the control points by the same mixture, and a
drawing whose points are blendshapes becomes a drawing whose Bezier control points are.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_QUARTER = 0.5522847498
"""How far the handles of a quarter circle reach, in radii."""


def smooth_curve(points: Floats) -> Floats:
    """[3n - 2, n] mixtures: cubic Beziers through n open points, ends included.

    A Catmull-Rom spline with centripetal knots, which neither loops nor overshoots. The knots come
    from `points` ([n, 2]) as they lie at rest. Two points give a straight line.
    """
    count = len(points)
    identity = np.eye(count)
    steps = _knot_steps(points)
    slopes = np.zeros((count, count))
    for i in range(1, count - 1):
        slopes[i] = _slope(identity[i - 1 : i + 2], steps[i - 1], steps[i])
    chords = np.diff(identity, axis=0) / steps[:, None]
    # A straight line has its chord for a slope; longer curves begin and end as parabolas.
    slopes[0] = chords[0] if count == 2 else 2 * chords[0] - slopes[1]
    slopes[-1] = chords[-1] if count == 2 else 2 * chords[-1] - slopes[-2]
    rows = [identity[0]]
    for i, step in enumerate(steps):
        rows.append(identity[i] + slopes[i] * step / 3)
        rows.append(identity[i + 1] - slopes[i + 1] * step / 3)
        rows.append(identity[i + 1])
    return np.array(rows)


def smooth_loop(points: Floats) -> Floats:
    """[3n + 1, n] mixtures: a closed smooth curve through n points, back to the first."""
    count = len(points)
    around = np.array([(i - 2) % count for i in range(count + 5)])
    unrolled = smooth_curve(points[around])
    # Two points of overlap on either side keep the open curve's ends out of the loop.
    middle = unrolled[6 : 6 + 3 * count + 1]
    mixtures = np.zeros((len(middle), count))
    for column, point in enumerate(around):
        mixtures[:, point] += middle[:, column]
    return mixtures


def ellipse(radius: Floats) -> Floats:
    """[13, 2] control points of an ellipse around the origin; radius is (2,), across and down."""
    k = _QUARTER
    lower = [(1, 0), (1, k), (k, 1), (0, 1), (-k, 1), (-1, k), (-1, 0)]
    upper = [(-1, -k), (-k, -1), (0, -1), (k, -1), (1, -k), (1, 0)]
    return np.array(lower + upper) * radius


def _knot_steps(points: Floats) -> Floats:
    """Centripetal: the root of each distance. Points that coincide at rest count as a unit apart,
    because a crease or a tongue has no size until something moves it."""
    distances = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return np.asarray(np.sqrt(np.maximum(distances, 1.0)))


def _slope(three: Floats, before: float, after: float) -> Floats:
    """The slope in the middle one of three points, for unequal steps."""
    first, second = (three[1] - three[0]) / before, (three[2] - three[1]) / after
    return np.asarray((first * after + second * before) / (before + after))
