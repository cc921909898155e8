"""Reads `face.yaml`, the drawing of the portrait, and makes a rig of it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from bridge.offline.portrait.curves import ellipse, smooth_curve, smooth_loop
from bridge.offline.portrait.points import (
    REST,
    Moving,
    mirrored,
    read_points,
    shapes_moving,
    vector,
)
from bridge.offline.portrait.rig import Path, Rig

Floats = NDArray[np.float64]


@cache
def portrait_rig() -> Rig:
    """The face of `face.yaml`, read once."""
    text = files("bridge.offline.portrait").joinpath("face.yaml").read_text(encoding="utf-8")
    return read_rig(yaml.safe_load(text))


def read_rig(drawing: Mapping[str, Any]) -> Rig:
    """A rig from a drawing like `face.yaml`, whose comments explain the notation.

    Raises:
        ValueError: a row that names no blendshape or is not as long as its table.
        KeyError: a path through a point, or in a colour, that does not exist.
    """
    points = read_points(drawing["tables"], drawing["riders"])
    paths: dict[str, Path] = {}
    for entry in drawing["paths"]:
        for side, outline in _both_sides(entry, points):
            name, clip = entry["name"] + side, entry.get("inside")
            paths[name] = Path(
                name=name,
                rest=outline[REST],
                moves={shape: move for shape, move in outline.items() if shape != REST},
                fill=drawing["colours"][entry["fill"]] if "fill" in entry else None,
                stroke=drawing["colours"][entry["stroke"]] if "stroke" in entry else None,
                stroke_width=float(entry.get("width", 0)),
                clip=clip + side if f"{clip}{side}" in paths else clip,
            )
    combinations = {name for path in paths.values() for name in path.moves if "+" in name}
    left, top, width, height = drawing["view"]
    return Rig((left, top, width, height), tuple(sorted(combinations)), tuple(paths.values()))


def _both_sides(
    entry: Mapping[str, Any], points: Mapping[str, Moving]
) -> Iterator[tuple[str, Moving]]:
    """A path that reaches the midline is drawn once, any other on the left and on the right."""
    kind = next(kind for kind in _OUTLINES if kind in entry)
    outline = _OUTLINES[kind](entry, points)
    names = entry[kind].replace("|", " ").split()
    if any(_side(name, points) != 1 for name in names):
        yield "", outline
    else:
        yield "Left", outline
        yield "Right", mirrored(outline)


def _side(name: str, points: Mapping[str, Moving]) -> float:
    return float(np.sign(points[name][REST][0]))


def _line(entry: Mapping[str, Any], points: Mapping[str, Moving]) -> Moving:
    pieces: list[Moving] = []
    last: list[str] = []
    for piece in entry["line"].split("|"):
        names = last + piece.split()
        pieces.append(_curve([points[name] for name in names]))
        last = names[-1:]
    return _joined(pieces)


def _loop(entry: Mapping[str, Any], points: Mapping[str, Moving]) -> Moving:
    through = [points[name] for name in entry["loop"].split()]
    return _mixed(smooth_loop(np.array([point[REST] for point in through])), through)


def _circle(entry: Mapping[str, Any], points: Mapping[str, Moving]) -> Moving:
    circle = ellipse(vector(entry["radius"]))
    outline = _mixed(np.ones((len(circle), 1)), [points[entry["circle"]]])
    return {**outline, REST: outline[REST] + circle}


def _crease(entry: Mapping[str, Any], points: Mapping[str, Moving]) -> Moving:
    """A fold of the skin: along its points and back, on the way back displaced by the depths."""
    names = entry["crease"].split()
    there = [points[name] for name in names]
    along = there[-1][REST] - there[0][REST]
    across = np.array([-along[1], along[0]]) / np.linalg.norm(along)
    back = [dict(point) for point in there]
    for name, point in zip(names[1:-1], back[1:-1], strict=True):
        for row, depth in entry["depths"].items():
            for shape in shapes_moving(name, _side(name, points) == 0, row):
                point[shape] = point.get(shape, np.zeros(2)) + depth * across
    return _joined([_curve(there), _curve(back[::-1])])


_OUTLINES = {"line": _line, "loop": _loop, "circle": _circle, "crease": _crease}


def _curve(through: Sequence[Moving]) -> Moving:
    return _mixed(smooth_curve(np.array([point[REST] for point in through])), through)


def _mixed(mixtures: Floats, points: Sequence[Moving]) -> Moving:
    """Control points, and all their displacements, as mixtures of points."""
    shapes = dict.fromkeys(shape for point in points for shape in point)
    still = np.zeros(2)
    return {shape: mixtures @ np.array([p.get(shape, still) for p in points]) for shape in shapes}


def _joined(pieces: Sequence[Moving]) -> Moving:
    """One outline out of pieces of which each begins where the one before ended."""
    shapes = dict.fromkeys(shape for piece in pieces for shape in piece)
    joined = {}
    for shape in shapes:
        parts = [piece.get(shape, np.zeros_like(piece[REST])) for piece in pieces]
        joined[shape] = np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
    return joined
