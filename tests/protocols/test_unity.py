"""Rotations as Unity has them, against rotation matrices multiplied out here."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.unity import direction, quaternion, yaw_pitch_roll

HALF = math.sqrt(0.5)
RIGHT, UP, FORWARD = np.eye(3)

turns = st.floats(-3.1, 3.1)
tilts = st.floats(-1.5, 1.5)


def matrix(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Yaw takes forward to the right, pitch forward to down, roll up to the right."""
    y, p, r = (np.array([math.cos(a), math.sin(a)]) for a in (yaw, pitch, roll))
    turned = np.array([[y[0], 0, y[1]], [0, 1, 0], [-y[1], 0, y[0]]])
    nodded = np.array([[1, 0, 0], [0, p[0], -p[1]], [0, p[1], p[0]]])
    tilted = np.array([[r[0], r[1], 0], [-r[1], r[0], 0], [0, 0, 1]])
    return turned @ nodded @ tilted


def rotated(rotation: tuple[float, ...], vector: np.ndarray) -> np.ndarray:
    x, y, z, w = rotation
    axis = np.array([x, y, z])
    return vector + 2 * np.cross(axis, np.cross(axis, vector) + w * vector)


@pytest.mark.parametrize(
    ("angles", "expected"),
    [
        pytest.param((0, 0, 0), (0, 0, 0, 1), id="none"),
        pytest.param((math.pi / 2, 0, 0), (0, HALF, 0, HALF), id="to the right"),
        pytest.param((0, math.pi / 2, 0), (HALF, 0, 0, HALF), id="down"),
        pytest.param((0, 0, math.pi / 2), (0, 0, -HALF, HALF), id="to the right shoulder"),
    ],
)
def test_a_quarter_turn_is_the_quaternion_that_unity_has(
    angles: tuple[float, float, float], expected: tuple[float, ...]
) -> None:
    assert quaternion(*angles) == pytest.approx(expected)


def test_the_face_looks_where_its_angles_say() -> None:
    assert rotated(quaternion(0.3, 0, 0), FORWARD)[0] > 0  # to its own right
    assert rotated(quaternion(0, 0.3, 0), FORWARD)[1] < 0  # down
    assert rotated(quaternion(0, 0, 0.3), UP)[0] > 0  # the crown to the right shoulder


@given(turns, tilts, turns)
def test_a_quaternion_turns_as_yaw_then_pitch_then_roll(
    yaw: float, pitch: float, roll: float
) -> None:
    rotation = quaternion(yaw, pitch, roll)
    assert math.hypot(*rotation) == pytest.approx(1.0)
    for column, axis in enumerate((RIGHT, UP, FORWARD)):
        np.testing.assert_allclose(
            rotated(rotation, axis), matrix(yaw, pitch, roll)[:, column], atol=1e-9
        )


@given(turns, tilts, turns, st.floats(0.01, 100) | st.floats(-100, -0.01))
def test_the_angles_come_back_from_a_quaternion_of_any_length(
    yaw: float, pitch: float, roll: float, length: float
) -> None:
    rotation = [length * part for part in quaternion(yaw, pitch, roll)]
    assert yaw_pitch_roll(rotation) == pytest.approx((yaw, pitch, roll), abs=1e-6)


@pytest.mark.parametrize("odd", [0.0, math.nan, math.inf, -math.inf])
def test_what_is_no_rotation_turns_nothing(odd: float) -> None:
    assert yaw_pitch_roll((odd, odd, 0.0, odd)) == (0.0, 0.0, 0.0)


@given(st.tuples(*[st.floats(allow_nan=True, allow_infinity=True, width=32)] * 4))
def test_any_four_numbers_are_read_as_angles(rotation: tuple[float, ...]) -> None:
    assert all(math.isfinite(angle) for angle in yaw_pitch_roll(rotation))


@given(turns, tilts)
def test_a_direction_is_forward_turned_by_yaw_and_pitch(yaw: float, pitch: float) -> None:
    expected = matrix(yaw, pitch, 0.0) @ FORWARD
    np.testing.assert_allclose(direction(yaw, pitch), expected, atol=1e-9)
