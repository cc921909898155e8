"""A one-sided part of an emotion: a real sneer, smirk or raised brow. It comes after symmetry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.names import emotion_to_vad
from bridge.face.layer import Frame, PerStream, RowLayer
from bridge.face.nearness import Nearness
from protocols.arkit import BLENDSHAPES, INDEX

Side = Literal["left", "right"]

_CONE = 0.75
"""Cosine of the angle to an emotion's direction at which nothing of it is left."""
_SHAPES: Mapping[str, Mapping[str, float]] = {
    # FACS and every artist's preset: contempt is a smile and a dimple of one side, .35 each.
    "contempt": {"mouthSmile": 0.35, "mouthDimple": 0.35, "cheekSquint": 0.15, "mouthUpperUp": 0.1},
    # Judgements from here on.
    "disgust": {"noseSneer": 0.3, "mouthUpperUp": 0.3},
    "anger": {"noseSneer": 0.25, "mouthUpperUp": 0.25, "browDown": 0.1},
    "happiness": {"mouthSmile": 0.2, "mouthDimple": 0.15, "cheekSquint": 0.1},
    "surprise": {"browOuterUp": 0.25},
    "sadness": {"mouthFrown": 0.2},
    "fear": {"mouthStretch": 0.25},
}
"""What one side shows beyond the other at full amount. An emotion that is not here raises a brow
where it is pleasant or calm, and shows the sneer of contempt where it is not."""
_BROW: Mapping[str, float] = {"browOuterUp": 0.4}


@dataclass(frozen=True, slots=True)
class LeanSettings:
    """How one-sided one stream is."""

    amounts: Mapping[str, float] = field(default_factory=dict)
    """By emotion, from 0 to 1."""
    side: Side = "left"


def _one_sided(emotion: str, side: Side) -> NDArray[np.float32]:
    """(52,) what is added at full amount."""
    point = emotion_to_vad(emotion)
    shapes = _SHAPES.get(emotion)
    if shapes is None:
        shapes = _SHAPES["contempt"] if point.valence < -0.1 else _BROW
    added = np.zeros(len(BLENDSHAPES), np.float32)
    for shape, weight in shapes.items():
        added[INDEX[f"{shape}{side.capitalize()}"]] = weight
    return added


class Lean(RowLayer[LeanSettings]):
    """Adds to one side, as near as the feeling is to the emotion. Off where nothing is set."""

    _added: NDArray[np.float32]
    """[streams, emotions, 52]: what each emotion adds to each stream."""

    def __init__(self, settings: PerStream[LeanSettings]) -> None:
        super().__init__(settings)
        self._names: tuple[str, ...] = ()
        self._nearness = Nearness((), _CONE)
        self._keep("_added", 0, len(BLENDSHAPES))

    def configure(self, settings: PerStream[LeanSettings]) -> None:
        self._settings = settings
        self._learn_names()
        super().configure(settings)

    def add_row(self, stream: str) -> None:
        self._learn_names()
        super().add_row(stream)

    def apply(self, frame: Frame) -> None:
        if not self._names:
            return
        near = self._nearness.of(frame.feelings).astype(np.float32)
        added = np.matmul(near[:, None, :], self._added)[:, 0]
        frame.weights += added * (1.0 - frame.weights)

    def _learn_names(self) -> None:
        """Make a column for every emotion that some stream leans in."""
        every = (self._settings.default, *self._settings.named.values())
        names = tuple(sorted({n for one in every for n, amount in one.amounts.items() if amount}))
        if names == self._names:
            return
        self._names = names
        self._nearness = Nearness([emotion_to_vad(name) for name in names], _CONE)
        self._keep("_added", len(names), len(BLENDSHAPES))
        self._added = np.zeros((len(self._streams), len(names), len(BLENDSHAPES)), np.float32)
        for row, stream in enumerate(self._streams):
            self._set(row, self._settings.of(stream))

    def _set(self, row: int, settings: LeanSettings) -> None:
        for column, name in enumerate(self._names):
            amount = np.float32(settings.amounts.get(name, 0.0))
            self._added[row, column] = amount * _one_sided(name, settings.side)
