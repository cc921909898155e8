"""Unified Expressions from ARKit's 52 shapes. VRChat avatars for face tracking use these names.

The parameters are those of VRCFaceTracking's version 2 (`v2/JawOpen`). ARKit's shapes are converted
to base shapes as in VRCFaceTracking's documentation (docs.vrcft.io, the page about ARKit), and base
shapes to simple and combined ones as in its source (UnifiedSimpleExpressions.cs and
UnifiedExpressionsParameters.cs). Its module for Live Link corrects some shapes by others (the
eyelid by the squint, the roll of the upper lip by its raise); this file follows the documentation
instead.

Parameters that the 52 shapes cannot express are left out, because an avatar's parameters are 0 by
default: NasalDilation, NasalConstrict, CheekSuck, JawBackward, JawClench, JawMandibleRaise,
LipSuckCorner, MouthTightener, all of the tongue except TongueOut, SoftPalateClose, ThroatSwallow,
NeckFlex. Pupils are not known.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import BLENDSHAPES, INDEX
from protocols.face import Floats

Doubles = NDArray[np.float64]
"""Sums are made in double precision, so that after rounding they are the same on every
processor."""

_SIDES = ("Left", "Right")

_SIDED = {
    "browDown": ("BrowLowerer", "BrowPinch"),
    "browOuterUp": ("BrowOuterUp",),
    "cheekSquint": ("CheekSquint",),
    "eyeBlink": ("EyeClosed",),
    "eyeSquint": ("EyeSquint",),
    "eyeWide": ("EyeWide",),
    "mouthDimple": ("MouthDimple",),
    "mouthFrown": ("MouthFrown",),
    "mouthLowerDown": ("MouthLowerDown",),
    "mouthPress": ("MouthPress",),
    "mouthSmile": ("MouthCornerPull", "MouthCornerSlant"),
    "mouthStretch": ("MouthStretch",),
    "mouthUpperUp": ("MouthUpperUp", "MouthUpperDeepen"),
    "noseSneer": ("NoseSneer",),
}
"""ARKit shapes with two sides, and the shapes that get the same side's value."""

_WHOLE = {
    "browInnerUp": ("BrowInnerUpLeft", "BrowInnerUpRight"),
    "cheekPuff": ("CheekPuffLeft", "CheekPuffRight"),
    "jawForward": ("JawForward",),
    "jawLeft": ("JawLeft",),
    "jawOpen": ("JawOpen",),
    "jawRight": ("JawRight",),
    "mouthClose": ("MouthClosed",),
    "mouthFunnel": (
        "LipFunnelUpperLeft",
        "LipFunnelUpperRight",
        "LipFunnelLowerLeft",
        "LipFunnelLowerRight",
    ),
    "mouthLeft": ("MouthUpperLeft", "MouthLowerLeft"),
    "mouthPucker": (
        "LipPuckerUpperLeft",
        "LipPuckerUpperRight",
        "LipPuckerLowerLeft",
        "LipPuckerLowerRight",
    ),
    "mouthRight": ("MouthUpperRight", "MouthLowerRight"),
    "mouthRollLower": ("LipSuckLowerLeft", "LipSuckLowerRight"),
    "mouthRollUpper": ("LipSuckUpperLeft", "LipSuckUpperRight"),
    "mouthShrugLower": ("MouthRaiserLower",),
    "mouthShrugUpper": ("MouthRaiserUpper",),
    "tongueOut": ("TongueOut",),
}

_ONE = "one"
"""The number 1 as a term of a sum."""

_LARGER_OF = {
    "EyeSquint": ("eyeSquintLeft", "eyeSquintRight"),
    "EyeWide": ("eyeWideLeft", "eyeWideRight"),
    "MouthSadLeft": ("mouthFrownLeft", "mouthStretchLeft"),
    "MouthSadRight": ("mouthFrownRight", "mouthStretchRight"),
}
"""Parameters that are the larger of two shapes."""

_MEANS_OF_BOTH_SIDES = (
    "EyeOpen",
    "EyeClosed",
    "EyeLid",
    "BrowUp",
    "BrowDown",
    "BrowInnerUp",
    "BrowOuterUp",
    "BrowExpression",
    "CheekSquint",
    "CheekPuffSuck",
    "LipSuckUpper",
    "LipSuckLower",
    "LipFunnelUpper",
    "LipFunnelLower",
    "LipPuckerUpper",
    "LipPuckerLower",
    "LipSuckFunnelUpper",
    "LipSuckFunnelLower",
    "MouthUpperUp",
    "MouthLowerDown",
    "MouthStretch",
    "MouthPress",
    "MouthDimple",
    "MouthTightenerStretch",
    "MouthCornerY",
    "NoseSneer",
    "SmileFrown",
    "SmileSad",
)

Sum = Mapping[str, float]
"""Factors by the names of shapes or other parameters."""


def _of_a_side(side: str) -> dict[str, Sum]:
    sums: dict[str, Sum] = {
        "EyeOpen": {_ONE: 1, "EyeClosed": -1},
        "EyeLid": {"EyeOpen": 0.75, "EyeWide": 0.25},
        "BrowUp": {"BrowOuterUp": 0.6, "BrowInnerUp": 0.4},
        "BrowDown": {"BrowLowerer": 0.75, "BrowPinch": 0.25},
        "BrowExpression": {"BrowInnerUp": 0.5, "BrowOuterUp": 0.5, "BrowDown": -1},
        "CheekPuffSuck": {"CheekPuff": 1},
        "MouthSmile": {"MouthCornerPull": 0.8, "MouthCornerSlant": 0.2},
        "MouthTightenerStretch": {"MouthStretch": -1},
        "MouthCornerY": {"MouthCornerSlant": 1, "MouthFrown": -1},
        "SmileFrown": {"MouthSmile": 1, "MouthFrown": -1},
        "SmileSad": {"MouthSmile": 1, "MouthSad": -1},
        "LipPucker": {"LipPuckerUpper": 0.5, "LipPuckerLower": 0.5},
        "LipSuckFunnelUpper": {"LipSuckUpper": 1, "LipFunnelUpper": -1},
        "LipSuckFunnelLower": {"LipSuckLower": 1, "LipFunnelLower": -1},
    }
    return {
        name + side: {part if part == _ONE else part + side: by for part, by in parts.items()}
        for name, parts in sums.items()
    }


def _sums() -> Iterator[tuple[str, Sum]]:
    """All parameters that are sums. Each may contain only earlier ones."""
    for shape, names in _WHOLE.items():
        yield from ((name, {shape: 1}) for name in names)
    for shape, names in _SIDED.items():
        yield from ((name + side, {shape + side: 1}) for name in names for side in _SIDES)
    # X is positive towards the face's own right, Y upwards; "in" is towards the nose.
    yield "EyeLeftX", {"eyeLookInLeft": 1, "eyeLookOutLeft": -1}
    yield "EyeRightX", {"eyeLookOutRight": 1, "eyeLookInRight": -1}
    for side in _SIDES:
        yield f"Eye{side}Y", {f"eyeLookUp{side}": 1, f"eyeLookDown{side}": -1}
        yield from _of_a_side(side).items()
    for axis in "XY":
        yield f"Eye{axis}", {f"EyeLeft{axis}": 0.5, f"EyeRight{axis}": 0.5}
    for name in _MEANS_OF_BOTH_SIDES:
        yield name, {f"{name}Left": 0.5, f"{name}Right": 0.5}
    yield "EyesSquint", {"EyeSquint": 1}
    for name in ("LipSuck", "LipFunnel", "LipPucker"):
        yield name, {f"{name}Upper": 0.5, f"{name}Lower": 0.5}
    yield "MouthOpen", {"MouthUpperUp": 0.5, "MouthLowerDown": 0.5}
    yield "JawX", {"JawRight": 1, "JawLeft": -1}
    yield "JawZ", {"JawForward": 1}
    for lip in ("Upper", "Lower"):
        yield f"Mouth{lip}X", {f"Mouth{lip}Right": 1, f"Mouth{lip}Left": -1}
    yield "MouthX", {"MouthUpperX": 0.5, "MouthLowerX": 0.5}


def _resolved() -> dict[str, Doubles]:
    """For each parameter the factors of the inputs: 52 shapes, 1, and the larger ones of two."""
    units = np.eye(len(BLENDSHAPES) + 1 + len(_LARGER_OF))
    known = dict(zip((*BLENDSHAPES, _ONE, *_LARGER_OF), units, strict=True))
    parameters = {name: known[name] for name in _LARGER_OF}
    for name, parts in _sums():
        row = sum((by * known[part] for part, by in parts.items()), np.zeros(len(units)))
        known[name] = parameters[name] = row
    return parameters


_ROWS = _resolved()

PARAMETERS: tuple[str, ...] = tuple(_ROWS)
"""The names of the parameters, in the order of `UnifiedExpressions.values`."""

SIGNED: frozenset[str] = frozenset(
    name
    for name, row in _ROWS.items()
    if row[len(BLENDSHAPES)] + np.minimum(row, 0).sum() < 0  # the smallest possible value
)
"""The parameters within [-1, 1]. All others are within [0, 1]."""

_INPUTS = (*((name,) for name in BLENDSHAPES), (), *_LARGER_OF.values())

SOURCES: Mapping[str, frozenset[str]] = {
    name: frozenset(shape for column in row.nonzero()[0] for shape in _INPUTS[column])
    for name, row in _ROWS.items()
}
"""The ARKit shapes that each parameter is computed from."""

_MATRIX = np.ascontiguousarray(np.stack(list(_ROWS.values())).T)
_ONE_OF_TWO, _OTHER_OF_TWO = (
    np.array([INDEX[pair[side]] for pair in _LARGER_OF.values()], dtype=np.intp) for side in (0, 1)
)


class UnifiedExpressions:
    """The parameters of one face, in arrays that are reused."""

    def __init__(self) -> None:
        self.values: Floats = np.zeros(len(PARAMETERS), dtype=np.float32)
        self._inputs = np.zeros(len(_MATRIX))
        self._inputs[len(BLENDSHAPES)] = 1.0
        self._sums = np.zeros(len(PARAMETERS))

    def show(self, weights: Floats) -> None:
        """Compute `values` from `weights`, (52,) in reference order."""
        self._inputs[: len(BLENDSHAPES)] = weights
        np.maximum(
            weights[_ONE_OF_TWO],
            weights[_OTHER_OF_TWO],
            out=self._inputs[len(BLENDSHAPES) + 1 :],
        )
        np.dot(self._inputs, _MATRIX, out=self._sums)
        np.copyto(self.values, self._sums, casting="same_kind")
