import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.emotion.names import emotion_to_vad
from bridge.offline.training.facs import FULL_FACES, full_face, target_faces
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
        assert target[BLENDSHAPES.index(name)] == pytest.approx(weight)
    np.testing.assert_allclose(target, full_face(emotion), atol=1e-6)


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
    np.testing.assert_allclose(target_faces(basic / 2), target_faces(basic) / 2, atol=1e-6)


def test_more_than_a_full_feeling_has_no_more_than_the_full_face() -> None:
    anger = np.array([[-0.70, 0.80, 0.70]], np.float32)
    np.testing.assert_allclose(target_faces(anger * 1.25), target_faces(anger), atol=1e-3)


def test_targets_do_not_jump(points: NDArray[np.float32]) -> None:
    for step in (1e-2, 1e-3, 1e-4):
        nearby = points + np.float32(step) * np.eye(3, dtype=np.float32)[:, None]
        change = np.abs(target_faces(nearby.reshape(-1, 3)) - np.tile(target_faces(points), (3, 1)))
        assert change.max() < 5 * step  # a jump would not shrink with the step


@pytest.mark.parametrize("emotion", FULL_FACES)
def test_the_target_of_an_emotion_is_exactly_its_full_face(emotion: str) -> None:
    point = np.array([emotion_to_vad(emotion)])
    np.testing.assert_allclose(target_faces(point)[0], full_face(emotion), atol=1e-6)


def test_every_emotion_is_full_on_both_sides_with_names_that_exist() -> None:
    for emotion, shapes in FULL_FACES.items():
        face = full_face(emotion)
        shown = {
            name.removesuffix("Left").removesuffix("Right"): float(weight)
            for name, weight in zip(BLENDSHAPES, face, strict=True)
            if weight
        }
        assert shown == pytest.approx(dict(shapes))
        assert 0 < max(shapes.values()) <= 0.85


def test_smile_and_frown_and_wide_and_closed_eyes_are_never_together(
    points: NDArray[np.float32],
) -> None:
    faces = target_faces(points)
    for one, other in (("mouthSmile", "mouthFrown"), ("eyeWide", "eyeBlink")):
        for side in ("Left", "Right"):
            both = [BLENDSHAPES.index(one + side), BLENDSHAPES.index(other + side)]
            assert faces[:, both].max(axis=0).min() > 0.1  # each does show somewhere
            assert faces[:, both].min(axis=1).max() == 0.0


def test_targets_at_and_around_neutral_are_neutral() -> None:
    assert target_faces(np.zeros((1, 3))).max() == 0.0
    tiny = np.random.default_rng(0).normal(0, 1e-6, (100, 3))
    assert target_faces(tiny).max() < 1e-4


def test_intensity_scales_a_target_and_nothing_else(points: NDArray[np.float32]) -> None:
    inner = points / np.linalg.norm(points, axis=1, keepdims=True) * 0.5
    half = target_faces(inner / 2)
    np.testing.assert_allclose(half, target_faces(inner) / 2, atol=1e-5)
