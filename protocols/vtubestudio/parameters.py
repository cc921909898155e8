"""The inputs of VTube Studio that a face sets: custom ones, one for each of the 52 shapes, and the
default inputs.

VTube Studio calls the inputs of a model parameters. A plugin may create at most 100 custom ones
(4–32 ASCII letters and digits), which the user then chooses in the settings of the model. Every
model that is set up for face tracking uses the default inputs.

What is known about the default inputs: the API documents their names and the range ±30 of
FaceAngleX. Others have read more ranges from the running program (0 to 1 for eyes, brows, MouthOpen
and MouthSmile, ±90 for FaceAngleZ), and users' mappings assume the rest (±1 for MouthX and for the
direction of the eyes). The values at rest (0.5 for MouthSmile and the brows, 1 for EyeOpen) and the
signs follow from Live2D's standard parameters, to which VTube Studio maps its inputs by default: X
is positive towards the right of the screen, which is the left of a face that looks out of it; Y is
positive upwards. It is not known whether VTube Studio mirrors its user, which would swap the sides;
the setting `mirror` is for that.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from protocols.arkit import BLENDSHAPES, pascal
from protocols.face import Face
from protocols.leave import NOTHING, LeftOut

LONGEST_PREFIX = 32 - max(map(len, BLENDSHAPES))
MOST_CUSTOM = 100
"""The most custom parameters of one plugin."""
LONGEST_EXPLANATION = 255

ANGLES: tuple[str, ...] = tuple(
    f"{part}{angle}"
    for part in ("head", "leftEye", "rightEye")
    for angle in ("Yaw", "Pitch", "Roll")
)
"""The angles of head and eyes in degrees, in the order and with the signs of `Face.rotations`."""

_SOURCES = {name: i for i, name in enumerate((*BLENDSHAPES, *ANGLES))}
_FURTHEST = 180.0
_WIDEST_ANGLE = 30.0
_TOWARDS = {
    "Yaw": "its own right",
    "Pitch": "the ground",
    "Roll": "its own right shoulder",
}


class Input(NamedTuple):
    """One input. Its value is `rest` plus each source times its factor, limited to `low` and
    `high`. Sources are ARKit names and `ANGLES`."""

    name: str
    low: float
    high: float
    rest: float
    sources: Mapping[str, float]


class Parameter(NamedTuple):
    """A custom parameter to create. `low` and `high` are the initial range of a user's mapping."""

    name: str
    explanation: str
    low: float
    high: float
    rest: float = 0.0


def custom_name(prefix: str, source: str) -> str:
    """The name of a custom parameter."""
    return prefix + pascal(source)


def custom_parameters(prefix: str, *, angles: bool, left: LeftOut = NOTHING) -> list[Parameter]:
    """The custom parameters to create.

    Raises:
        ValueError: VTube Studio would refuse names with this prefix.
    """
    if not (1 <= len(prefix) <= LONGEST_PREFIX and prefix.isascii() and prefix.isalnum()):
        raise ValueError(
            f"prefix {prefix!r}: expected 1–{LONGEST_PREFIX} ASCII letters and digits, no spaces"
        )
    shapes = [
        Parameter(
            custom_name(prefix, name),
            f"The ARKit blendshape {name}, from 0 at rest to 1, by affect-bridge.",
            0.0,
            1.0,
        )
        for name in BLENDSHAPES
        if name not in left.shapes
    ]
    return shapes + [
        Parameter(custom_name(prefix, name), _describe_angle(name), -_WIDEST_ANGLE, _WIDEST_ANGLE)
        for name in _angles(angles, left)
    ]


def _angles(angles: bool, left: LeftOut) -> list[str]:
    kept = np.repeat(left.rotations, 3)
    return [name for name, sent in zip(ANGLES, kept, strict=True) if angles and sent]


def _describe_angle(name: str) -> str:
    part, angle = next((name.removesuffix(a), a) for a in _TOWARDS if name.endswith(a))
    what = {"head": "head", "leftEye": "left eye", "rightEye": "right eye"}[part]
    return (
        f"The {angle.lower()} of the {what} in degrees, positive towards "
        f"{_TOWARDS[angle]}, by affect-bridge."
    )


def custom_inputs(prefix: str, *, angles: bool, left: LeftOut = NOTHING) -> list[Input]:
    """The inputs of the custom parameters: each is one source, unchanged."""
    shapes = [
        Input(custom_name(prefix, name), 0.0, 1.0, 0.0, {name: 1.0})
        for name in BLENDSHAPES
        if name not in left.shapes
    ]
    return shapes + [
        Input(custom_name(prefix, name), -_FURTHEST, _FURTHEST, 0.0, {name: 1.0})
        for name in _angles(angles, left)
    ]


HEAD_INPUTS: tuple[Input, ...] = (
    Input("FaceAngleX", -30.0, 30.0, 0.0, {"headYaw": -1.0}),
    Input("FaceAngleY", -30.0, 30.0, 0.0, {"headPitch": -1.0}),
    Input("FaceAngleZ", -90.0, 90.0, 0.0, {"headRoll": -1.0}),
)
"""The default inputs for the head."""

FACE_INPUTS: tuple[Input, ...] = (
    Input(
        "MouthSmile",
        0.0,
        1.0,
        0.5,
        {
            "mouthSmileLeft": 0.25,
            "mouthSmileRight": 0.25,
            "mouthFrownLeft": -0.25,
            "mouthFrownRight": -0.25,
        },
    ),
    Input("MouthOpen", 0.0, 1.0, 0.0, {"jawOpen": 1.0, "mouthClose": -1.0}),
    Input("MouthX", -1.0, 1.0, 0.0, {"mouthLeft": 1.0, "mouthRight": -1.0}),
    Input(
        "Brows",
        0.0,
        1.0,
        0.5,
        {
            "browInnerUp": 0.25,
            "browOuterUpLeft": 0.125,
            "browOuterUpRight": 0.125,
            "browDownLeft": -0.25,
            "browDownRight": -0.25,
        },
    ),
    *(
        Input(
            f"Brow{side}Y",
            0.0,
            1.0,
            0.5,
            {"browInnerUp": 0.25, f"browOuterUp{side}": 0.25, f"browDown{side}": -0.5},
        )
        for side in ("Left", "Right")
    ),
    *(
        Input(f"EyeOpen{side}", 0.0, 1.0, 1.0, {f"eyeBlink{side}": -1.0, f"eyeSquint{side}": -0.25})
        for side in ("Left", "Right")
    ),
    Input("EyeLeftX", -1.0, 1.0, 0.0, {"eyeLookOutLeft": 1.0, "eyeLookInLeft": -1.0}),
    Input("EyeLeftY", -1.0, 1.0, 0.0, {"eyeLookUpLeft": 1.0, "eyeLookDownLeft": -1.0}),
    Input("EyeRightX", -1.0, 1.0, 0.0, {"eyeLookInRight": 1.0, "eyeLookOutRight": -1.0}),
    Input("EyeRightY", -1.0, 1.0, 0.0, {"eyeLookUpRight": 1.0, "eyeLookDownRight": -1.0}),
    Input("CheekPuff", 0.0, 1.0, 0.0, {"cheekPuff": 1.0}),
    Input("TongueOut", 0.0, 1.0, 0.0, {"tongueOut": 1.0}),
)
"""The default inputs that the 52 shapes set. FaceAngry is left out: its makers advise against
it."""


def default_inputs(*, angles: bool, mirror: bool, left: LeftOut = NOTHING) -> list[Input]:
    """The default inputs. Without `angles` the head is left to VTube Studio's tracking. An input
    that is made of several shapes is left out if one of them is."""
    inputs = [*(HEAD_INPUTS if angles and not left.head else ()), *FACE_INPUTS]
    if mirror:
        inputs = [_mirrored(one) for one in inputs]
    return [one for one in inputs if left.shapes.isdisjoint(one.sources)]


def _mirrored(one: Input) -> Input:
    """The input for the mirrored face: sides swapped, yaw and roll negated."""
    sources = {}
    for name, factor in one.sources.items():
        negated = name.endswith(("Yaw", "Roll"))
        sources[_other_side(name)] = -factor if negated else factor
    return one._replace(sources=sources)


def _other_side(name: str) -> str:
    if name.endswith("Left"):
        return name.removesuffix("Left") + "Right"
    return name.removesuffix("Right") + "Left" if name.endswith("Right") else name


class InjectionEncoder:
    """Writes the values of one face as the list in a request."""

    def __init__(self, inputs: Sequence[Input]) -> None:
        """Prepare `inputs`. Their names are ASCII letters and digits."""
        self._matrix = np.zeros((len(inputs), len(_SOURCES)), np.float32)
        for row, one in enumerate(inputs):
            for source, factor in one.sources.items():
                self._matrix[row, _SOURCES[source]] = factor
        self._rest = np.array([one.rest for one in inputs], np.float32)
        self._low = np.array([one.low for one in inputs], np.float32)
        self._high = np.array([one.high for one in inputs], np.float32)
        self._sources = np.zeros(len(_SOURCES), np.float32)
        self._values = np.zeros(len(inputs), np.float32)
        self._template = ",".join(f'{{"id":"{one.name}","value":%.4f}}' for one in inputs)

    def encode(self, face: Face) -> str:
        """The JSON objects of the face, separated by commas."""
        self._sources[: len(BLENDSHAPES)] = face.weights
        np.degrees(face.rotations.reshape(-1), out=self._sources[len(BLENDSHAPES) :])
        np.matmul(self._matrix, self._sources, out=self._values)
        self._values += self._rest
        np.clip(self._values, self._low, self._high, out=self._values)
        return self._template % tuple(self._values.tolist())
