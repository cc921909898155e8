"""Which way the eyes turn, from the face's own point of view."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bridge.face.eye_rotations import turn_eyes
from protocols.arkit import BLENDSHAPES

LEFT_EYE, RIGHT_EYE = 1, 2
YAW, PITCH = 0, 1

FACES = arrays(np.float32, (3, 52), elements=st.floats(0, 1, width=32))

# In and out are towards the nose and away from it, so that the left eye looks to the face's own
# right when it looks in. Yaw is positive to the own right, pitch downwards.
TURNS = {
    "eyeLookInLeft": (LEFT_EYE, YAW, 1),
    "eyeLookOutLeft": (LEFT_EYE, YAW, -1),
    "eyeLookDownLeft": (LEFT_EYE, PITCH, 1),
    "eyeLookUpLeft": (LEFT_EYE, PITCH, -1),
    "eyeLookInRight": (RIGHT_EYE, YAW, -1),
    "eyeLookOutRight": (RIGHT_EYE, YAW, 1),
    "eyeLookDownRight": (RIGHT_EYE, PITCH, 1),
    "eyeLookUpRight": (RIGHT_EYE, PITCH, -1),
}


def turned(weights: dict[str, float]) -> np.ndarray:
    faces = np.zeros((1, 52), np.float32)
    for name, weight in weights.items():
        faces[0, BLENDSHAPES.index(name)] = weight
    rotations = np.zeros((1, 3, 3), np.float32)
    turn_eyes(rotations, faces)
    return rotations[0]


@pytest.mark.parametrize("name", TURNS)
@pytest.mark.parametrize(("weight", "degrees"), [(1.0, 35.0), (0.5, 17.5)])
def test_a_shape_turns_its_own_eye_its_own_way_by_35_degrees_at_most(name, weight, degrees):
    eye, axis, sign = TURNS[name]
    expected = np.zeros((3, 3))
    expected[eye, axis] = sign * math.radians(degrees)
    np.testing.assert_allclose(turned({name: weight}), expected, atol=1e-6)


def test_both_eyes_look_to_the_own_left_together():
    _, left, right = turned({"eyeLookOutLeft": 0.8, "eyeLookInRight": 0.8})
    assert left[YAW] == right[YAW] < 0.0


def test_opposite_shapes_take_from_each_other():
    rotations = turned({"eyeLookUpLeft": 0.75, "eyeLookDownLeft": 0.25})
    assert rotations[LEFT_EYE, PITCH] == pytest.approx(-math.radians(17.5), abs=1e-6)


def test_other_shapes_turn_nothing():
    others = [name for name in BLENDSHAPES if name not in TURNS]
    assert len(others) == 44
    assert not turned(dict.fromkeys(others, 1.0)).any()


@given(FACES)
def test_eyes_never_roll_nor_turn_further_than_35_degrees(faces):
    rotations = np.full((3, 3, 3), 9.0, np.float32)
    turn_eyes(rotations, faces)
    assert np.all(np.abs(rotations[:, 1:]) <= math.radians(35.0) + 1e-6)
    assert not rotations[:, 1:, 2].any()


def test_the_head_stays_as_it_is():
    rotations = np.full((2, 3, 3), 0.25, np.float32)
    turn_eyes(rotations, np.zeros((2, 52), np.float32))
    assert np.all(rotations[:, 0] == 0.25)
    assert not rotations[:, 1:].any()


def test_each_stream_has_eyes_of_its_own():
    faces = np.zeros((2, 52), np.float32)
    faces[1, BLENDSHAPES.index("eyeLookDownLeft")] = 1.0
    rotations = np.zeros((2, 3, 3), np.float32)
    turn_eyes(rotations, faces)
    assert not rotations[0].any()
    assert rotations[1].any()


def test_no_face_at_all_is_no_mistake():
    turn_eyes(np.zeros((0, 3, 3), np.float32), np.zeros((0, 52), np.float32))
