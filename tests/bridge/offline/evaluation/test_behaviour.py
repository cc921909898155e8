from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.emotion.names import BASIC_EMOTIONS, emotion_to_vad
from bridge.model.engine import Engine
from bridge.offline.evaluation.behaviour import behaviour
from bridge.offline.training.targets import full_face
from protocols.arkit import BLENDSHAPES

Floats = NDArray[np.float32]
Known = Callable[[Callable[[Floats], Floats]], Engine]


def with_shapes(points: Floats, **weights: Floats | float) -> Floats:
    faces = np.zeros((len(points), 52), np.float32)
    for name, weight in weights.items():
        faces[:, BLENDSHAPES.index(name)] = weight
    return faces


def constant(**weights: float) -> Callable[[Floats], Floats]:
    return lambda points: with_shapes(points, **weights)


def test_a_perfect_model_behaves(perfect: Engine) -> None:
    found = behaviour(perfect)
    assert found.largest_decrease < 0.001
    assert found.reached_in_full > 0.99
    assert 0.45 < found.reached_by_half < 0.52
    assert found.largest_without_part < 0.001
    assert found.mixture_likeness > 0.6
    assert found.mixture_size > 0.7
    assert found.largest_at_neutral == 0.0
    assert 0.01 < found.largest_change < 0.06
    assert set(found.impossible.values()) == {0.0}
    assert found.mouth_closed_above_jaw <= 0.0
    assert found.largest_gaze < 0.001
    assert found.largest_peak == pytest.approx(0.85, abs=0.001)
    assert 0.3 < found.smallest_distance < found.mean_distance


def test_a_constant_model_does_not_move(known: Known) -> None:
    found = behaviour(known(constant(jawOpen=0.3, mouthSmileLeft=0.95)))
    assert found.largest_decrease == 0.0
    assert found.largest_at_neutral == pytest.approx(0.95)
    assert found.largest_change == 0.0
    assert found.smallest_distance == found.mean_distance == 0.0
    assert found.largest_peak == pytest.approx(0.95)


def test_the_largest_change_is_that_of_the_steepest_shape_where_it_is(known: Known) -> None:
    def steep(points: Floats) -> Floats:
        arousal = points[:, 1]
        return with_shapes(points, jawOpen=np.maximum(0, arousal - 0.5) * 2, cheekPuff=points[:, 0])

    found = behaviour(known(steep))
    assert found.largest_change == pytest.approx(0.02, abs=1e-4)  # 2 per unit, for .01
    name, (_, arousal, _) = found.largest_change_at
    assert name == "jawOpen"
    assert arousal >= 0.49


def test_a_key_shape_that_falls_back_is_noticed(known: Known) -> None:
    # happiness reaches 1.118 from neutral; its smile rises to .6 at half the way and ends at .5
    def falling(points: Floats) -> Floats:
        way = points @ np.array([0.8, 0.6, 0.5]) / 1.25
        smile = np.interp(way, [0, 0.5, 1], [0, 0.6, 0.5])
        return with_shapes(points, mouthSmileLeft=smile)

    assert behaviour(known(falling)).largest_decrease == pytest.approx(0.1, abs=1e-3)


def test_impossible_pairs_and_a_mouth_closed_above_the_jaw_are_noticed(known: Known) -> None:
    found = behaviour(
        known(
            constant(
                mouthSmileRight=0.4,
                mouthFrownRight=0.3,
                eyeWideLeft=0.2,
                eyeBlinkRight=0.6,
                jawOpen=0.1,
                mouthClose=0.35,
            )
        )
    )
    # a wide left eye and a closed right one are possible
    assert found.impossible == pytest.approx(
        {"mouthSmile with mouthFrown": 0.3, "eyeWide with eyeBlink": 0.0}
    )
    assert found.mouth_closed_above_jaw == pytest.approx(0.25)


@pytest.mark.parametrize("gaze", ["eyeLookUpLeft", "eyeLookInRight", "eyeLookDownLeft"])
def test_gaze_is_noticed(known: Known, gaze: str) -> None:
    assert behaviour(known(constant(**{gaze: 0.3}))).largest_gaze == pytest.approx(0.3)


def test_sadness_may_lower_the_eyes(known: Known) -> None:
    def sad(points: Floats) -> Floats:
        return with_shapes(points, eyeLookDownLeft=np.where(points[:, 1] < 0, 0.3, 0.0))

    assert behaviour(known(sad)).largest_gaze == 0.0


def test_what_a_key_shape_reaches_is_measured_on_the_one_that_reaches_least(known: Known) -> None:
    points = np.array([emotion_to_vad(emotion) for emotion in BASIC_EMOTIONS[1:]])
    targets = np.array([full_face(emotion) for emotion in BASIC_EMOTIONS[1:]])

    def lazy_smile(asked: Floats) -> Floats:
        far = np.linalg.norm(asked, axis=1) / 2
        nearest = np.linalg.norm(asked[:, None] - points, axis=2).argmin(axis=1)
        faces = targets[nearest] * np.where(far > 0.35, 1.0, 0.5)[:, None]
        faces[:, BLENDSHAPES.index("mouthSmileLeft")] *= 0.8
        return faces.astype(np.float32)

    assert behaviour(known(lazy_smile)).reached_in_full == pytest.approx(0.8, abs=1e-6)


def test_a_tongue_or_a_puffed_cheek_at_any_intensity_is_noticed(known: Known) -> None:
    def puffing(points: Floats) -> Floats:
        happy = points @ np.array([0.8, 0.6, 0.5]) / 1.25
        return with_shapes(points, cheekPuff=np.maximum(0, 0.02 - np.abs(happy - 0.5)))

    assert behaviour(known(puffing)).largest_without_part == pytest.approx(0.02, abs=1e-3)


def test_a_mixture_is_judged_by_the_part_that_it_shows_least(known: Known) -> None:
    points = np.array([emotion_to_vad(emotion) for emotion in BASIC_EMOTIONS[1:]])
    faces = np.zeros((7, 52), np.float32)
    faces[np.arange(7), np.arange(7)] = 0.8
    faces[6, 6] = 0.3  # contempt, which is weak

    def apart(asked: Floats) -> Floats:
        return faces[np.linalg.norm(asked[:, None] - points, axis=2).argmin(axis=1)]

    found = behaviour(known(apart))
    assert found.mixture_likeness == pytest.approx(0.3 / np.hypot(0.3, 0.8), abs=1e-6)
    assert "contempt" in found.mixture_likeness_of
    assert found.mixture_size == pytest.approx(0.5 * np.hypot(0.8, 0.8) / 0.8, abs=1e-6)


def test_a_model_that_shows_nothing_mixes_nothing(known: Known) -> None:
    found = behaviour(known(constant()))
    assert found.mixture_likeness == found.mixture_size == 0.0
