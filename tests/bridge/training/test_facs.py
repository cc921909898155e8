import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.training.facs import full_face, sample_points, target_faces
from protocols.arkit import BLENDSHAPES

# The reference model's eight points, and the two strongest shapes of each face with their weights.
POINTS = {
    "neutral": ((0.0, 0.0, 0.0), {}),
    "happiness": ((0.80, 0.60, 0.50), {"mouthSmileLeft": 0.80, "cheekSquintRight": 0.60}),
    "surprise": ((0.30, 0.90, 0.20), {"browOuterUpLeft": 0.80, "browInnerUp": 0.75}),
    "sadness": ((-0.80, -0.40, -0.30), {"browInnerUp": 0.75, "mouthFrownRight": 0.65}),
    "anger": ((-0.70, 0.80, 0.70), {"browDownLeft": 0.85, "mouthPressRight": 0.45}),
    "disgust": ((-0.60, 0.30, 0.40), {"noseSneerLeft": 0.80, "mouthUpperUpRight": 0.55}),
    "fear": ((-0.70, 0.80, -0.30), {"browInnerUp": 0.80, "eyeWideLeft": 0.75}),
    "contempt": ((-0.40, 0.30, 0.80), {"mouthDimpleLeft": 0.25, "eyeSquintRight": 0.25}),
}


@pytest.fixture(scope="module")
def points() -> NDArray[np.float32]:
    return np.random.default_rng(0).uniform(-1, 1, (2000, 3)).astype(np.float32)


@pytest.mark.parametrize("emotion", POINTS)
def test_a_basic_emotion_at_full_intensity_has_its_full_face(emotion: str) -> None:
    vad, strongest = POINTS[emotion]
    target = target_faces(np.array([vad], np.float32))[0]
    for name, weight in strongest.items():
        assert target[BLENDSHAPES.index(name)] == pytest.approx(weight, abs=0.07)
    np.testing.assert_allclose(target, full_face(emotion), atol=0.07)


def test_targets_are_the_same_on_both_sides(points: NDArray[np.float32]) -> None:
    faces = target_faces(points)
    sides = [name for name in BLENDSHAPES if name.endswith("Left")]
    assert len(sides) == 20
    for left in sides:
        right = left.replace("Left", "Right")
        np.testing.assert_array_equal(
            faces[:, BLENDSHAPES.index(left)], faces[:, BLENDSHAPES.index(right)]
        )


def test_targets_are_weights_that_nobody_calls_too_much(points: NDArray[np.float32]) -> None:
    faces = target_faces(points)
    assert faces.shape == (len(points), 52)
    assert faces.min() >= 0.0
    assert faces.max() <= 0.85


def test_half_a_feeling_has_half_the_face() -> None:
    basic = np.array([vad for vad, _ in POINTS.values()], np.float32)
    np.testing.assert_allclose(target_faces(basic / 2), target_faces(basic) / 2, atol=0.01)


def test_more_than_a_full_feeling_has_no_more_than_the_full_face() -> None:
    anger = np.array([[-0.70, 0.80, 0.70]], np.float32)
    np.testing.assert_allclose(target_faces(anger * 1.25), target_faces(anger), atol=1e-3)


def test_targets_do_not_jump(points: NDArray[np.float32]) -> None:
    nearby = points + np.float32(0.001)
    assert np.abs(target_faces(nearby) - target_faces(points)).max() < 0.1


def test_training_points_fill_the_cube_and_crowd_around_the_basic_emotions() -> None:
    sampled = sample_points(4001, np.random.default_rng(0))
    assert sampled.shape == (4001, 3)
    assert sampled.dtype == np.float32
    assert np.abs(sampled).max() <= 1.0
    for corner in np.stack(np.meshgrid(*[(-1, 1)] * 3), axis=-1).reshape(-1, 3):
        assert np.linalg.norm(sampled - corner, axis=1).min() < 0.4
    # a ball of radius .2 is .4 % of the cube
    for vad, _ in POINTS.values():
        near = np.linalg.norm(sampled - np.array(vad), axis=1) < 0.2
        assert near.mean() > 0.01


def test_the_same_seed_draws_the_same_points() -> None:
    first, second = (sample_points(100, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
