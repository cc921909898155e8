from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.offline.training.blend import Blend, shipped_blend
from bridge.offline.training.targets import Target, full_face, read_targets, shipped_targets
from protocols.arkit import BLENDSHAPES

# The reference model's eight points, and the two strongest shapes of each face with their weights.
POINTS = {
    "neutral": ((0.0, 0.0, 0.0), {}),
    "happiness": ((0.80, 0.60, 0.50), {"mouthSmileLeft": 0.80, "cheekSquintRight": 0.55}),
    "surprise": ((0.30, 0.90, 0.20), {"browOuterUpLeft": 0.75, "browInnerUp": 0.75}),
    "sadness": ((-0.80, -0.40, -0.30), {"browInnerUp": 0.70, "mouthFrownRight": 0.55}),
    "anger": ((-0.70, 0.80, 0.70), {"browDownLeft": 0.85, "eyeSquintRight": 0.45}),
    "disgust": ((-0.60, 0.30, 0.40), {"noseSneerLeft": 0.80, "mouthUpperUpRight": 0.55}),
    "fear": ((-0.70, 0.80, -0.30), {"browInnerUp": 0.80, "eyeWideLeft": 0.75}),
    "contempt": ((-0.40, 0.30, 0.80), {"mouthDimpleLeft": 0.55, "eyeSquintRight": 0.55}),
}


@pytest.fixture(scope="module")
def points() -> NDArray[np.float32]:
    return np.random.default_rng(0).uniform(-1, 1, (2000, 3)).astype(np.float32)


@pytest.mark.parametrize("emotion", POINTS)
def test_a_basic_emotion_at_full_intensity_has_its_full_face(emotion: str) -> None:
    vad, strongest = POINTS[emotion]
    target = shipped_blend().faces(np.array([vad], np.float32))[0]
    for name, weight in strongest.items():
        assert target[BLENDSHAPES.index(name)] == pytest.approx(weight, abs=0.005)
    np.testing.assert_allclose(target, full_face(emotion), atol=0.005)


def test_targets_are_the_same_on_both_sides(points: NDArray[np.float32]) -> None:
    faces = shipped_blend().faces(points)
    sides = [name for name in BLENDSHAPES if name.endswith("Left")]
    assert len(sides) == 20
    for left in sides:
        right = left.replace("Left", "Right")
        np.testing.assert_array_equal(
            faces[:, BLENDSHAPES.index(left)], faces[:, BLENDSHAPES.index(right)]
        )


def test_targets_are_weights_that_nobody_calls_too_much(points: NDArray[np.float32]) -> None:
    faces = shipped_blend().faces(points)
    assert faces.shape == (len(points), 52)
    assert faces.dtype == np.float32
    assert faces.min() >= 0.0
    assert faces.max() <= 0.8501


def test_half_a_feeling_has_half_the_face() -> None:
    basic = np.array([vad for vad, _ in POINTS.values()], np.float32)
    faces = shipped_blend().faces
    np.testing.assert_allclose(faces(basic / 2), faces(basic) / 2, atol=0.02)


def test_more_than_a_full_feeling_has_hardly_more_than_the_full_face() -> None:
    anger = np.array([[-0.70, 0.80, 0.70]], np.float32)
    faces = shipped_blend().faces
    np.testing.assert_allclose(faces(anger * 1.25), faces(anger), atol=0.05)


def test_targets_do_not_jump(points: NDArray[np.float32]) -> None:
    faces = shipped_blend().faces
    for step in (1e-2, 1e-3, 1e-4):
        nearby = points + step * np.eye(3)[:, None]
        change = np.abs(faces(nearby.reshape(-1, 3)) - np.tile(faces(points), (3, 1)))
        assert change.max() < 5 * step  # a jump would not shrink with the step


# What these three numbers cannot tell from a basic emotion or from another word on the list.
INDISTINCT = {"embarrassment", "realization", "confusion", "doubt", "guilt", "desire"}


@pytest.mark.parametrize("target", shipped_targets(), ids=lambda target: target.word)
def test_a_word_has_a_face_like_its_target_unless_another_stands_where_it_stands(
    target: Target,
) -> None:
    face = shipped_blend().faces(np.array([target.point]))[0]
    cosine = face @ target.face / (np.linalg.norm(face) * np.linalg.norm(target.face))
    assert cosine > (0.45 if target.word in INDISTINCT else 0.92)
    if target.word not in INDISTINCT:
        assert np.linalg.norm(face) > 0.8 * np.linalg.norm(target.face)


def test_shapes_that_no_word_uses_are_never_shown(points: NDArray[np.float32]) -> None:
    used = np.max([target.face for target in shipped_targets()], axis=0) > 0
    assert "tongueOut" in np.array(BLENDSHAPES)[~used]
    assert not shipped_blend().faces(points)[:, ~used].any()


def test_smile_and_frown_and_wide_and_closed_eyes_are_never_together(
    points: NDArray[np.float32],
) -> None:
    faces = shipped_blend().faces(points)
    for one, other in (("mouthSmile", "mouthFrown"), ("eyeWide", "eyeBlink")):
        for side in ("Left", "Right"):
            both = [BLENDSHAPES.index(one + side), BLENDSHAPES.index(other + side)]
            assert faces[:, both].max(axis=0).min() > 0.1  # each does show somewhere
            assert faces[:, both].min(axis=1).max() == 0.0


def test_targets_at_and_around_neutral_are_neutral() -> None:
    assert shipped_blend().faces(np.zeros((1, 3))).max() == 0.0
    tiny = np.random.default_rng(0).normal(0, 1e-6, (100, 3))
    assert shipped_blend().faces(tiny).max() < 1e-4


def blend_of(tmp_path: Path, text: str) -> Blend:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return Blend(read_targets(path))


def test_a_single_word_has_its_face_and_the_other_side_of_the_cube_is_neutral(
    tmp_path: Path,
) -> None:
    blend = blend_of(tmp_path, "joy: {point: [.8, .6, .5], shapes: {mouthSmile: .7}}")
    joy = np.array([0.8, 0.6, 0.5])
    full, half, opposite = blend.faces(np.array([joy, joy / 2, -joy]))
    smile = BLENDSHAPES.index("mouthSmileLeft")
    assert full[smile] == pytest.approx(0.7, abs=0.01)
    assert half[smile] == pytest.approx(0.35, abs=0.02)
    assert opposite.max() < 0.01


def test_a_weak_word_changes_the_faces_around_it_and_not_the_strong_one_behind_it(
    tmp_path: Path,
) -> None:
    anger = "anger: {point: [-.7, .8, .7], shapes: {browDown: .8}}\n"
    annoyed = "annoyed: {point: [-.3, .25, .1], shapes: {browDown: .3, mouthPress: .4}}\n"
    points = np.array([[-0.3, 0.25, 0.1], [-0.7, 0.8, 0.7]])
    press = BLENDSHAPES.index("mouthPressLeft")
    without = blend_of(tmp_path, anger).faces(points)
    weak, strong = blend_of(tmp_path, anger + annoyed).faces(points)
    assert not without[:, press].any()
    assert weak[press] == pytest.approx(0.4, abs=0.1)
    assert strong[press] < 0.01


def test_two_words_at_one_point_share_it(tmp_path: Path) -> None:
    both = """
guilt: {point: [-.6, .3, -.3], shapes: {eyeLookDown: .6}}
doubt: {point: [-.6, .3, -.3], shapes: {browDown: .4}}
"""
    [face] = blend_of(tmp_path, both).faces(np.array([[-0.6, 0.3, -0.3]]))
    assert np.isfinite(face).all()
    assert face.max() <= 0.6
