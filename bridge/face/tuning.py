"""How strongly a face shows what the model says: gain, offset and limits for each shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bridge.face.layer import Frame, PerStream, RowLayer
from protocols.arkit import BLENDSHAPES, GROUPS, INDEX

UPPER_FACE = frozenset({"brow", "eye"})
"""The groups that `upper` scales. `lower` scales the others, as in NVIDIA Audio2Face."""

STYLES: Mapping[str, tuple[float, float, float]] = {
    "natural": (1.0, 1.0, 1.0),
    "stage": (1.25, 1.2, 1.1),
}
"""Named settings of strength, upper and lower. `stage` reads from afar and on small pictures: what
lies in the middle of the range grows by a quarter to a half, and the clamp keeps the rest."""


@dataclass(frozen=True, slots=True)
class ShapeTuning:
    """What is done to one shape: `min(max(weight · gain + offset, minimum), maximum)`."""

    gain: float = 1.0
    offset: float = 0.0
    minimum: float = 0.0
    maximum: float = 1.0


@dataclass(frozen=True, slots=True)
class TuningSettings:
    """The tuning of one stream."""

    style: str = "natural"
    """A name in `STYLES`."""
    strength: float = 1.0
    """Factor for every shape, beside that of the style."""
    upper: float = 1.0
    """Factor for brows and eyes."""
    lower: float = 1.0
    """Factor for cheeks, nose, mouth, jaw and tongue."""
    shapes: Mapping[str, ShapeTuning] = field(default_factory=dict)
    """By the name of a shape or a group; a shape's own wins over its group's."""


class Tuning(RowLayer[TuningSettings]):
    """Scales, shifts and limits every shape. Leaves a face alone where nothing is set."""

    _gain: NDArray[np.float32]
    _offset: NDArray[np.float32]
    _minimum: NDArray[np.float32]
    _maximum: NDArray[np.float32]

    def __init__(self, settings: PerStream[TuningSettings]) -> None:
        super().__init__(settings)
        self._idle = True
        self._tables: dict[int, NDArray[np.float32]] = {}
        """What settings come to, [4, 52] each, by their identity: streams that enter a state share
        theirs, and to work it out takes longer than the rest of the change."""
        for name, fill in (("_gain", 1.0), ("_offset", 0.0), ("_minimum", 0.0), ("_maximum", 1.0)):
            self._keep(name, len(BLENDSHAPES), fill=fill)

    def configure(self, settings: PerStream[TuningSettings]) -> None:
        self._tables.clear()  # with the old settings goes what they are known by
        super().configure(settings)

    def apply(self, frame: Frame) -> None:
        if self._idle:
            return
        weights = frame.weights
        np.multiply(weights, self._gain, out=weights)
        np.add(weights, self._offset, out=weights)
        np.maximum(weights, self._minimum, out=weights)
        np.minimum(weights, self._maximum, out=weights)

    def _set(self, row: int, settings: TuningSettings) -> None:
        table = self._tables.get(id(settings))
        if table is None:
            table = self._tables[id(settings)] = _table(settings)
        self._gain[row], self._offset[row], self._minimum[row], self._maximum[row] = table

    def _note(self) -> None:
        self._idle = not (
            (self._gain != 1.0).any()
            or self._offset.any()
            or self._minimum.any()
            or (self._maximum != 1.0).any()
        )


def _table(settings: TuningSettings) -> NDArray[np.float32]:
    tuned = tuned_shapes(settings)
    found = (tuned[shape] for shape in BLENDSHAPES)
    rows = [(one.gain, one.offset, one.minimum, one.maximum) for one in found]
    return np.array(rows, np.float32).T


def tuned_shapes(settings: TuningSettings) -> dict[str, ShapeTuning]:
    """What the settings come to for each of the 52 shapes."""
    strength, upper, lower = STYLES[settings.style]
    tuned = {}
    for group, shapes in GROUPS.items():
        part = upper * settings.upper if group in UPPER_FACE else lower * settings.lower
        for shape in shapes:
            own = settings.shapes.get(shape, settings.shapes.get(group, ShapeTuning()))
            factor = strength * settings.strength * part
            tuned[shape] = ShapeTuning(
                own.gain * factor, own.offset, own.minimum, max(own.minimum, own.maximum)
            )
    return {shape: tuned[shape] for shape in INDEX}
