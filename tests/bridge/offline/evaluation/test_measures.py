from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.model.engine import Engine
from bridge.offline.evaluation.measures import (
    errors,
    nearest_prototypes,
    recognition,
    terms,
)
from bridge.offline.training.blend import shipped_blend
from bridge.offline.training.corpus import Corpus
from bridge.offline.training.targets import full_face
from protocols.arkit import BLENDSHAPES

Floats = NDArray[np.float32]
Known = Callable[[Callable[[Floats], Floats]], Engine]

EMOTIONS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")


def shape(name: str) -> int:
    return BLENDSHAPES.index(name)


def with_shapes(points: Floats, **weights: Floats | float) -> Floats:
    faces = np.zeros((len(points), 52), np.float32)
    for name, weight in weights.items():
        faces[:, shape(name)] = weight
    return faces


def constant(**weights: float) -> Callable[[Floats], Floats]:
    return lambda points: with_shapes(points, **weights)


def test_a_perfect_model_makes_no_error(perfect: Engine) -> None:
    points = np.random.default_rng(0).uniform(-1, 1, (500, 3)).astype(np.float32)
    found = errors(perfect, Corpus(points, shipped_blend().faces(points)))
    assert found.mse == 0.0
    assert found.asymmetry == 0.0
    assert found.data_asymmetry == 0.0
    assert 0 < found.constant_mean_mse < found.all_zero_mse


def test_errors_and_baselines_are_those_worked_out_by_hand(known: Known) -> None:
    points = np.zeros((2, 3), np.float32)
    data = Corpus(points, with_shapes(points, jawOpen=np.array([0.2, 0.6], np.float32)))
    found = errors(known(constant(jawOpen=0.5)), data)
    assert found.mse == pytest.approx((0.3**2 + 0.1**2) / (2 * 52))
    assert found.constant_mean_mse == pytest.approx((0.2**2 + 0.2**2) / (2 * 52))
    assert found.all_zero_mse == pytest.approx((0.2**2 + 0.6**2) / (2 * 52))


def test_asymmetry_is_measured_over_all_pairs_and_in_data_over_those_that_take_part(
    known: Known,
) -> None:
    points = np.zeros((1, 3), np.float32)
    data = Corpus(points, with_shapes(points, mouthSmileLeft=0.6, mouthSmileRight=0.4))
    found = errors(known(constant(mouthSmileLeft=0.5, mouthSmileRight=0.1)), data)
    assert found.asymmetry == pytest.approx(0.4 / 20)
    assert found.data_asymmetry == pytest.approx(0.2)


def test_a_model_that_says_the_mean_face_is_as_good_as_that_baseline(known: Known) -> None:
    points = np.random.default_rng(0).uniform(-1, 1, (200, 3)).astype(np.float32)
    data = Corpus(points, shipped_blend().faces(points))
    mean = data.faces.mean(axis=0)
    found = errors(known(lambda asked: np.tile(mean, (len(asked), 1))), data)
    assert found.mse == pytest.approx(found.constant_mean_mse)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_a_prototype_is_nearest_to_itself_however_faint(emotion: str) -> None:
    face = full_face(emotion)
    assert nearest_prototypes(np.stack([face, face * np.float32(0.3)])) == [emotion, emotion]


def test_a_face_that_hardly_shows_anything_is_neutral() -> None:
    faint = np.zeros((2, 52), np.float32)
    faint[:, shape("mouthSmileLeft")] = [0.04, 0.06]
    assert nearest_prototypes(faint) == ["neutral", "happiness"]


@pytest.mark.parametrize("intensity", [0.4, 0.7, 1.0])
def test_a_perfect_model_is_read_right_at_every_intensity(
    perfect: Engine, intensity: float
) -> None:
    found = recognition(perfect, intensity)
    assert found.read_as == EMOTIONS
    assert found.hits == 8


def test_a_constant_model_is_read_as_one_emotion(known: Known) -> None:
    happy = known(lambda points: np.tile(full_face("happiness"), (len(points), 1)))
    found = recognition(happy, 1.0)
    assert found.read_as == ("happiness",) * 8
    assert found.hits == 1


def test_a_model_that_shows_nothing_is_read_as_neutral(known: Known) -> None:
    assert recognition(known(constant()), 1.0).read_as == ("neutral",) * 8


def test_nearly_all_terms_of_a_perfect_model_are_read_right(perfect: Engine) -> None:
    found = terms(perfect)
    assert 0.9 <= found.share <= 1.0
    assert len(found.misses) == round((1 - found.share) * 151)
    assert all(meant != seen for _, meant, seen in found.misses)


def test_a_model_that_shows_the_emotion_of_the_nearest_direction_misses_no_term(
    known: Known,
) -> None:
    directions = np.array(
        [
            (0.80, 0.60, 0.50),
            (0.30, 0.90, 0.20),
            (-0.80, -0.40, -0.30),
            (-0.70, 0.80, 0.70),
            (-0.60, 0.30, 0.40),
            (-0.70, 0.80, -0.30),
            (-0.40, 0.30, 0.80),
        ]
    )
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    prototypes = np.stack([full_face(emotion) for emotion in EMOTIONS[1:]])
    found = terms(known(lambda points: prototypes[(points @ directions.T).argmax(axis=1)]))
    assert found.share == 1.0
    assert found.misses == ()
    assert 0.3 < found.share_by_distance < 1.0


def test_a_constant_model_misses_most_terms(known: Known) -> None:
    found = terms(known(lambda points: np.tile(full_face("disgust"), (len(points), 1))))
    assert found.share < 0.3
    assert {seen for _, _, seen in found.misses} == {"disgust"}
