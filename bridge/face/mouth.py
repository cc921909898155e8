"""Speech owns the mouth: while a stream speaks, the emotion yields it. Visemes may move it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.cues import VISEMES
from bridge.face.layer import Frame, PerStream, RowLayer
from protocols.arkit import BLENDSHAPES, INDEX

Emotion = Literal["yield", "keep", "off"]

EASE = 0.12
"""Seconds after which 63 % of the way from silence to speech is gone, and back."""
_LIPS = 0.04
"""The same for the lips that follow visemes: half of a short phoneme."""
_QUIET = 1e-3

_OWNED = ("jaw", "mouthClose", "mouthFunnel", "mouthPucker", "mouthRoll", "mouthLowerDown")
_SOFTENED = ("mouthShrug", "mouthPress", "mouthStretch", "mouthUpperUp", "mouthDimple")
_YIELDED = 0.1
"""What is left of the shapes that speech owns; users of other programs set 0 to 0.2."""


def _kept(shape: str) -> float:
    """How much of an emotion's shape is left while its stream speaks.

    Smile and frown, cheeks, nose, brows and eyes keep all: to freeze the whole emotion during
    speech is a known mistake.
    """
    if shape == "tongueOut" or shape.startswith(_OWNED):
        return _YIELDED
    return 0.5 if shape.startswith(_SOFTENED) else 1.0


_MOUTH = np.array(
    [shape.startswith(("mouth", "jaw", "tongue")) for shape in BLENDSHAPES], dtype=np.bool_
)
_WHILE_SPEAKING = {
    "yield": np.array([_kept(shape) for shape in BLENDSHAPES], dtype=np.float32),
    "keep": np.ones(len(BLENDSHAPES), np.float32),
    "off": np.where(_MOUTH, 0.0, 1.0).astype(np.float32),
}

_SHAPES_OF_VISEMES: Mapping[str, Mapping[str, float]] = {
    "PP": {"mouthClose": 0.05, "mouthPress": 0.5, "mouthRollLower": 0.25, "mouthRollUpper": 0.25},
    "FF": {"jawOpen": 0.08, "mouthRollLower": 0.45, "mouthUpperUp": 0.15},
    "TH": {"jawOpen": 0.15, "tongueOut": 0.12, "mouthLowerDown": 0.12},
    "DD": {"jawOpen": 0.14, "mouthLowerDown": 0.18, "mouthUpperUp": 0.08},
    "kk": {"jawOpen": 0.18, "mouthLowerDown": 0.12, "mouthStretch": 0.1},
    "CH": {"jawOpen": 0.12, "mouthFunnel": 0.4, "mouthLowerDown": 0.12},
    "SS": {"jawOpen": 0.06, "mouthStretch": 0.25, "mouthLowerDown": 0.2, "mouthUpperUp": 0.1},
    "nn": {"jawOpen": 0.12, "mouthLowerDown": 0.12},
    "RR": {"jawOpen": 0.14, "mouthFunnel": 0.28, "mouthPucker": 0.15},
    "aa": {"jawOpen": 0.6, "mouthLowerDown": 0.25, "mouthUpperUp": 0.12},
    "E": {"jawOpen": 0.28, "mouthStretch": 0.3, "mouthLowerDown": 0.2, "mouthDimple": 0.1},
    "ih": {"jawOpen": 0.18, "mouthStretch": 0.25, "mouthLowerDown": 0.15, "mouthDimple": 0.15},
    "oh": {"jawOpen": 0.42, "mouthFunnel": 0.45, "mouthPucker": 0.1},
    "ou": {"jawOpen": 0.22, "mouthFunnel": 0.25, "mouthPucker": 0.6},
}
"""Judgements: what a mouth of 52 shapes shows of each viseme at full strength, left and right
alike. Silence (sil) is the mouth of the emotion."""


def _viseme_matrix() -> NDArray[np.float32]:
    """[15, 52]."""
    matrix = np.zeros((len(VISEMES), len(BLENDSHAPES)), np.float32)
    for viseme, shapes in _SHAPES_OF_VISEMES.items():
        for shape, weight in shapes.items():
            for name in (shape, f"{shape}Left", f"{shape}Right"):
                if name in INDEX:
                    matrix[VISEMES.index(viseme), INDEX[name]] = weight
    return matrix


_FROM_VISEMES = _viseme_matrix()


def from_visemes(
    visemes: Mapping[str, float],
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The mouth of some visemes by name: (52,) weights, and (52,) which shapes they may move."""
    given = np.array([visemes.get(name, 0.0) for name in VISEMES], np.float32)
    named = np.array([name in visemes for name in VISEMES])
    return given @ _FROM_VISEMES, _FROM_VISEMES[named].any(axis=0)


@dataclass(frozen=True, slots=True)
class MouthSettings:
    """What an emotion does with the mouth of one stream."""

    emotion: Emotion = "yield"
    """`yield` it while the stream speaks, `keep` it, or leave it alone always (`off`)."""


class Mouth(RowLayer[MouthSettings]):
    """Lets the emotion yield the mouth, and moves it by visemes where a source sends them."""

    _level: NDArray[np.float32]
    """[streams, 1]: how far the emotion has yielded, from 0 to 1."""
    _lips: NDArray[np.float32]
    """[streams, 15]: the visemes that the mouth shows."""
    _given_up: NDArray[np.float32]
    """[streams, 52]: the part of each shape that the emotion loses at full level."""
    _always: NDArray[np.bool_]

    def __init__(self, settings: PerStream[MouthSettings]) -> None:
        super().__init__(settings)
        self._keep("_level", 1)
        self._keep("_lips", len(VISEMES))
        self._keep("_given_up", len(BLENDSHAPES))
        self._keep("_always", 1, dtype=np.bool_)

    def apply(self, frame: Frame) -> None:
        speaking = frame.speaking
        # Not any(), which is several times as slow on arrays this small.
        if not any(map(np.count_nonzero, (frame.visemes, speaking, self._always, self._level))):
            return
        level, lips = self._level, self._lips
        lips += (frame.visemes - lips) * np.float32(-math.expm1(-frame.dt / _LIPS))
        lips[lips < _QUIET] = 0.0
        goal = speaking[:, None] | self._always | (frame.visemes.max(axis=1, keepdims=True) > 0)
        level += (goal - level) * np.float32(-math.expm1(-frame.dt / EASE))
        level[(level < _QUIET) & ~goal] = 0.0
        frame.weights *= 1.0 - level * self._given_up
        if lips.any():
            np.maximum(frame.weights, lips @ _FROM_VISEMES, out=frame.weights)

    def _begin(self, row: int, stream: str) -> None:
        # A mouth that the emotion never has is closed from the first frame on.
        self._level[row] = float(self._settings.of(stream).emotion == "off")

    def _set(self, row: int, settings: MouthSettings) -> None:
        self._given_up[row] = 1.0 - _WHILE_SPEAKING[settings.emotion]
        self._always[row] = settings.emotion == "off"
