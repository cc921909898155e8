"""The portrait as a blendshape rig in two dimensions.

A rig is a list of Bezier paths in drawing order. Every control point is its resting position plus,
for each blendshape, weight times displacement, as on a real head. `Rig.description` is the whole
portrait as JSON, from which any language can draw it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from protocols.arkit import BLENDSHAPES

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Path:
    """One outline of cubic Beziers, painted or used to clip others."""

    name: str
    rest: Floats
    """[1 + 3n, 2]: a start, then n times two handles and an end. x grows to the viewer's right,
    which is the character's left; y grows downwards."""
    moves: Mapping[str, Floats]
    """Displacements [1 + 3n, 2] at weight 1, by blendshape or combination, where there are any."""
    fill: str | None = None
    stroke: str | None = None
    stroke_width: float = 0.0
    clip: str | None = None
    """The name of the path inside of which this one shows."""

    @property
    def painted(self) -> bool:
        """False for a path that only clips."""
        return self.fill is not None or self.stroke is not None


@dataclass(frozen=True, eq=False)
class Rig:
    """A whole portrait."""

    view: tuple[float, float, float, float]
    """The visible part: left, top, width, height."""
    combinations: tuple[str, ...]
    """Corrections such as `jawOpen+mouthClose`, weighted by the smaller of the named weights."""
    paths: tuple[Path, ...]
    """In drawing order: later ones cover earlier ones."""

    def drive(self, weights: ArrayLike) -> dict[str, float]:
        """Every blendshape and combination whose weight is not zero.

        Args:
            weights: (52,) from 0 to 1 in reference order. Weights outside are not clamped.

        Raises:
            ValueError: another number of weights, or one that is not finite.
        """
        values = np.asarray(weights, dtype=np.float64)
        if values.shape != (len(BLENDSHAPES),):
            raise ValueError(f"a portrait needs {len(BLENDSHAPES)} weights, not {values.shape}")
        if not np.isfinite(values).all():
            raise ValueError("a portrait needs finite weights")
        driven = dict(zip(BLENDSHAPES, values.tolist(), strict=True))
        for combination in self.combinations:
            driven[combination] = min(driven[name] for name in combination.split("+"))
        return {name: weight for name, weight in driven.items() if weight}

    def pose(self, weights: ArrayLike) -> Iterator[tuple[Path, Floats]]:
        """Each path, in drawing order, with its control points at these (52,) weights."""
        driven = self.drive(weights)
        for path in self.paths:
            points = path.rest
            for name, move in path.moves.items():
                if name in driven:
                    points = points + driven[name] * move
            yield path, points

    def description(self) -> dict[str, object]:
        """The portrait as plain lists and dictionaries for `json.dumps`, rounded to hundredths.

        `{view: [x, y, w, h], combinations: [names joined by +], paths: [{name, fill, stroke, width,
        clip, points: [x, y, x, y, …], moves: {blendshape or combination: [dx, dy, …]}}]}`
        """
        return {
            "view": list(self.view),
            "combinations": list(self.combinations),
            "paths": [_described(path) for path in self.paths],
        }


def _described(path: Path) -> dict[str, object]:
    return {
        "name": path.name,
        "fill": path.fill,
        "stroke": path.stroke,
        "width": path.stroke_width,
        "clip": path.clip,
        "points": _rounded(path.rest),
        "moves": {name: _rounded(move) for name, move in path.moves.items()},
    }


def _rounded(points: Floats) -> list[float]:
    # Adding zero turns -0.0 into 0.0, which is shorter.
    return [float(number) for number in points.ravel().round(2) + 0.0]
