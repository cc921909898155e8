from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.model.engine import Engine
from bridge.model.layers import SHAPES, in_reference_order
from protocols.arkit import BLENDSHAPES

Arrays = dict[str, NDArray[Any]]
MakeArrays = Callable[[int], Arrays]

# As MediaPipe's Face Landmarker numbers its blendshapes, typed from its documentation.
MEDIAPIPE = [
    "_neutral",
    "browDownLeft",
    "browDownRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "eyeLookDownLeft",
    "eyeLookDownRight",
    "eyeLookInLeft",
    "eyeLookInRight",
    "eyeLookOutLeft",
    "eyeLookOutRight",
    "eyeLookUpLeft",
    "eyeLookUpRight",
    "eyeSquintLeft",
    "eyeSquintRight",
    "eyeWideLeft",
    "eyeWideRight",
    "jawForward",
    "jawLeft",
    "jawOpen",
    "jawRight",
    "mouthClose",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthFunnel",
    "mouthLeft",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthPucker",
    "mouthRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
    "noseSneerLeft",
    "noseSneerRight",
]


def assert_same(arranged: Any, arrays: Arrays) -> None:
    assert list(arranged) == list(SHAPES)
    for name, array in arrays.items():
        np.testing.assert_array_equal(arranged[name], array, name)


def test_tensors_have_the_shapes_and_order_of_the_reference() -> None:
    assert list(SHAPES.items()) == [
        ("layers.0.weight", (256, 3)),
        ("layers.0.bias", (256,)),
        ("layers.1.weight", (256,)),
        ("layers.1.bias", (256,)),
        ("layers.4.weight", (512, 256)),
        ("layers.4.bias", (512,)),
        ("layers.5.weight", (512,)),
        ("layers.5.bias", (512,)),
        ("layers.8.weight", (256, 512)),
        ("layers.8.bias", (256,)),
        ("layers.9.weight", (256,)),
        ("layers.9.bias", (256,)),
        ("layers.12.weight", (52, 256)),
        ("layers.12.bias", (52,)),
    ]
    assert sum(int(np.prod(shape)) for shape in SHAPES.values()) == 279_348


def test_emo3d_outputs_are_mapped_by_their_names(random_arrays: MakeArrays) -> None:
    assert len(MEDIAPIPE) == 52
    arrays = random_arrays(0)
    arrays["layers.12.weight"] = np.zeros((52, 256), np.float32)
    said = dict(zip(MEDIAPIPE, np.linspace(0.1, 0.9, 52, dtype=np.float32), strict=True))
    arrays["layers.12.bias"] = np.array(list(said.values()))
    [face] = Engine(in_reference_order(arrays, "emo3d")).run(np.zeros((1, 3)))
    for name, weight in zip(BLENDSHAPES, face, strict=True):
        assert weight == pytest.approx(said.get(name, 0.0)), name
    assert face[BLENDSHAPES.index("tongueOut")] == 0.0


def test_reference_outputs_are_left_as_they_are(random_arrays: MakeArrays) -> None:
    arrays = random_arrays(0)
    assert_same(in_reference_order(arrays, "reference"), arrays)


def test_reordering_outputs_does_not_change_the_original(random_arrays: MakeArrays) -> None:
    arrays = random_arrays(0)
    before = arrays["layers.12.bias"].copy()
    ordered = in_reference_order(arrays, "emo3d")
    assert {name: array.shape for name, array in ordered.items()} == SHAPES
    np.testing.assert_array_equal(arrays["layers.12.bias"], before)
