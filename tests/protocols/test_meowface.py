"""MeowFace's stream as the module for VRCFaceTracking reads it."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from protocols.dialect import Shown
from protocols.dialects import DIALECTS
from protocols.face import Face
from protocols.meowface import DIALECT, KEYS, MeowFaceEncoder, encoder
from protocols.vts_phone import VtsPhoneDecoder, VtsPhoneEncoder

# As typed from MeowDataStructure.cs, in its order.
_MODULE_KEYS = """
jawOpen eyeLookOutRight eyeLookDownRight noseSneerLeft eyeLookOutLeft noseSneerRight mouthLeft
headRight eyeLookUpLeft eyeLookUpRight headUp mouthRollLower cheekPuff browOuterUpRight
eyeLookInRight mouthUpperUpLeft browInnerUpRight headRollRight eyeLookInLeft jawLeft
browInnerUpLeft mouthUpperUpRight mouthRight browDownRight headDown eyeWideRight browDownLeft
mouthShrugUpper mouthRollUpper eyeWideLeft browOuterUpLeft tongueOut eyeSquintLeft jawRight
mouthLowerDownRight mouthLowerDownLeft eyeLookDownLeft eyeSquintRight mouthFrownLeft
mouthFrownRight mouthSmileRight headRollLeft eyeBlinkLeft mouthPucker eyeBlinkRight
mouthSmileLeft mouthFunnel headLeft browInnerUp
"""
MODULE_KEYS = _MODULE_KEYS.split()


def frame_of(face: Face, **told: Any) -> dict[str, Any]:
    (datagram,) = MeowFaceEncoder(**told).encode(face)
    frame: dict[str, Any] = json.loads(bytes(datagram))
    return frame


def shapes_of(face: Face, **told: Any) -> dict[str, float]:
    shapes = [(shape["k"], shape["v"]) for shape in frame_of(face, **told)["BlendShapes"]]
    assert len(dict(shapes)) == len(shapes)
    return dict(shapes)


def test_a_frame_has_the_golden_bytes(
    golden: Callable[[str], list[bytes]], golden_face: Face
) -> None:
    face = replace(golden_face, timestamp=1700000000.25)
    assert list(map(bytes, MeowFaceEncoder().encode(face))) == golden("meowface.hex")


def test_the_keys_are_the_49_of_the_module_in_its_order(golden_face: Face) -> None:
    assert len(MODULE_KEYS) == 49
    assert list(KEYS) == MODULE_KEYS
    assert list(shapes_of(golden_face)) == MODULE_KEYS


def test_each_shape_that_the_module_knows_has_its_own_weight(
    reference_order: list[str], golden_face: Face
) -> None:
    shapes = shapes_of(golden_face)
    known = [name for name in reference_order if name in MODULE_KEYS]
    assert len(known) == 41
    for name in known:
        assert shapes[name] == pytest.approx(reference_order.index(name) / 64, abs=0.000501)


def test_the_inner_brow_is_said_for_both_sides(reference_order: list[str]) -> None:
    face = Face()
    face.weights[reference_order.index("browInnerUp")] = 0.75
    shapes = shapes_of(face)
    assert {name: v for name, v in shapes.items() if v} == {
        "browInnerUpLeft": 0.75,
        "browInnerUpRight": 0.75,
        "browInnerUp": 0.75,
    }


@pytest.mark.parametrize(
    ("turn", "degrees", "said"),
    [
        ((1, 0, 0), 22.5, {"headRight": 0.5}),
        ((-1, 0, 0), 22.5, {"headLeft": 0.5}),
        ((0, 1, 0), 22.5, {"headDown": 0.5}),
        ((0, -1, 0), 22.5, {"headUp": 0.5}),
        ((0, 0, 1), 9, {"headRollRight": 0.2}),
        ((0, 0, -1), 9, {"headRollLeft": 0.2}),
        ((-1, 1, 1), 90, {"headLeft": 1, "headDown": 1, "headRollRight": 1}),
        ((0, 0, 0), 0, {}),
    ],
)
def test_the_head_turns_by_weights(
    turn: tuple[int, int, int], degrees: float, said: dict[str, float]
) -> None:
    face = Face()
    face.rotations[0] = np.array(turn) * math.radians(degrees)
    assert {name: v for name, v in shapes_of(face).items() if v} == said
    assert not any(shapes_of(face, rotations=False).values())


def test_an_eye_has_its_pitch_in_x_and_its_yaw_in_y_in_degrees() -> None:
    face = Face()
    face.rotations[1:] = np.radians([[12, -7, 0], [13, 6, 1]])  # yaw, pitch, roll
    frame = frame_of(face)
    assert frame["EyeLeft"] == {"x": -7, "y": 12, "z": 0}
    assert frame["EyeRight"] == {"x": 6, "y": 13, "z": 1}


def test_a_frame_differs_from_the_phones_in_its_shapes_only(golden_face: Face) -> None:
    phone = json.loads(bytes(VtsPhoneEncoder().encode(golden_face)[0]))
    frame = frame_of(golden_face)
    assert list(frame) == list(phone)
    for said in (frame, phone):
        del said["BlendShapes"]
    assert frame == phone


def test_the_largest_frame_is_not_larger_than_the_dialect_says() -> None:
    face = Face(timestamp=9e9)
    face.weights[:] = 0.123
    face.rotations[:] = -3.1
    (datagram,) = MeowFaceEncoder().encode(face)
    assert 1400 < len(datagram) <= DIALECT.largest <= 4096  # the module's buffer


def test_it_is_sent_unasked_to_the_port_of_the_module(golden_face: Face) -> None:
    assert DIALECTS["meowface"] is DIALECT
    assert DIALECT.port == 12345
    assert DIALECT.asking is None
    (datagram,) = encoder(Shown(), rotations=False).encode(golden_face)
    (received,) = DIALECT.decoder().feed(bytes(datagram))
    assert received.about["left"] == "0,0,0"


weights = arrays(np.float32, 52, elements=st.floats(0, 1, width=32))
rotations = arrays(np.float32, (3, 3), elements=st.floats(-4, 4, width=32))


@settings(deadline=None)
@given(weights, rotations)
def test_what_was_encoded_decodes_to_the_same_within_what_is_written(
    reference_order: list[str], weights: np.ndarray, rotations: np.ndarray
) -> None:
    (datagram,) = MeowFaceEncoder().encode(Face(weights, rotations))
    (received,) = VtsPhoneDecoder().feed(bytes(datagram))
    assert list(received.weights) == MODULE_KEYS
    for name, weight in zip(reference_order, weights.tolist(), strict=True):
        if name in received.weights:
            assert received.weights[name] == pytest.approx(weight, abs=0.000501)
    for pair in (("headLeft", "headRight"), ("headUp", "headDown")):
        assert min(received.weights[name] for name in pair) == 0
    assert all(0 <= weight <= 1 for weight in received.weights.values())
