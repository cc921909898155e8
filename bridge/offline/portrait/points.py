"""The points that a portrait is drawn through, read from tables.

The tables hold the half of the face at x >= 0, the character's left; the other half is their mirror
image. `face.yaml` explains the notation.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import BLENDSHAPES, INDEX, PAIRS

Floats = NDArray[np.float64]

REST = "rest"

Moving = dict[str, Floats]
"""Something that blendshapes move: where it lies at `REST`, and its displacement at weight 1 by
blendshape or combination (`jawOpen+mouthClose`). A point has [2] arrays, an outline [n, 2]."""

_FLIP = np.array([-1.0, 1.0])
_PARTNER = {BLENDSHAPES[a]: BLENDSHAPES[b] for pair in PAIRS for a, b in (pair, pair[::-1])}


def read_points(
    tables: Mapping[str, Mapping[str, str]], riders: Mapping[str, str]
) -> dict[str, Moving]:
    """All points by name, the mirrored ones with a `'` behind it.

    Raises:
        ValueError: a row that names no blendshape or is not as long as its table, or a name
            that two points share.
        KeyError: a rider on a point that does not exist.
    """
    points: dict[str, Moving] = {}
    for table in tables.values():
        for name, point in _read_table(table):
            _add(points, name, point)
    for name, leader_and_offset in riders.items():
        leader, offset = leader_and_offset.split()
        rest = points[leader][REST] + vector(offset)
        _add(points, name, {**points[leader], REST: rest})
    return points | {name + "'": mirrored(point) for name, point in points.items()}


def mirrored(moving: Moving) -> Moving:
    """The same on the other side of the face."""
    return {_partner(shape): move * _FLIP for shape, move in moving.items()}


def shapes_moving(name: str, on_midline: bool, row: str) -> set[str]:
    """The blendshapes that the row called `row` stands for at the point called `name`.

    Raises:
        ValueError: the row names no blendshape.
    """
    shape = _with_side(row)
    if on_midline:
        return {shape, _partner(shape)}
    return {_partner(shape) if name.endswith("'") else shape}


def vector(text: str) -> Floats:
    """`"1,-.5"` as an array."""
    x, y = text.split(",")
    return np.array([float(x), float(y)])


def _add(points: dict[str, Moving], name: str, point: Moving) -> None:
    if name in points:
        raise ValueError(f"there are two points called {name}")
    points[name] = point


def _read_table(table: Mapping[str, str]) -> Iterator[tuple[str, Moving]]:
    names = table["points"].split()
    rows = {row: cells.split() for row, cells in table.items() if row != "points"}
    for row, cells in rows.items():
        if len(cells) != len(names):
            raise ValueError(f"row {row} has {len(cells)} cells for {len(names)} points")
    for column, name in enumerate(names):
        point: Moving = {}
        on_midline = vector(rows[REST][column])[0] == 0
        for row, cells in rows.items():
            if cells[column] != ".":
                shape, move = _with_side(row), vector(cells[column])
                point[shape] = move
                if on_midline and shape != _partner(shape):
                    point[_partner(shape)] = move * _FLIP
        yield name, point


def _with_side(row: str) -> str:
    """`mouthSmile` as `mouthSmileLeft`: the drawn half is the character's left."""
    if row == REST:
        return row
    shapes = [name if name in INDEX else name + "Left" for name in row.split("+")]
    if not all(name in INDEX for name in shapes):
        raise ValueError(f"row {row} names no blendshape")
    return "+".join(shapes)


def _partner(shape: str) -> str:
    return "+".join(_PARTNER.get(name, name) for name in shape.split("+"))
