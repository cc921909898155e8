"""The weights that ship inside the package."""

import itertools
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.emotion.names import BASIC_EMOTIONS, emotion_to_vad
from bridge.model import checkpoint
from bridge.model.engine import Engine
from bridge.offline.evaluation.evaluation import Evaluation, evaluate, rows
from bridge.offline.training.blend import shipped_blend
from bridge.offline.training.corpus import Variation, facs_corpus
from bridge.offline.training.recipe import Recipe
from bridge.offline.training.targets import Target, full_face, shipped_targets
from protocols.arkit import PAIRS

EXPRESSIVE = BASIC_EMOTIONS[1:]
FIRST = Path(__file__).parent / "fixtures" / "first_model.safetensors"


@pytest.fixture(scope="module")
def shipped() -> tuple[Engine, checkpoint.Header]:
    arrays, header = checkpoint.load(checkpoint.BUILTIN)
    return Engine(arrays), header


@pytest.fixture(scope="module")
def model(shipped: tuple[Engine, checkpoint.Header]) -> Engine:
    return shipped[0]


def face(model: Engine, emotion: str, intensity: float = 1.0) -> NDArray[np.float32]:
    return model.run(np.array([emotion_to_vad(emotion, intensity)]))[0].copy()


def cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


@pytest.mark.parametrize("emotion", EXPRESSIVE)
@pytest.mark.parametrize(("intensity", "least"), [(1.0, 0.9), (0.5, 0.4)])
def test_each_key_shape_of_an_emotion_reaches_its_part_of_the_target(
    model: Engine, emotion: str, intensity: float, least: float
) -> None:
    target, shown = full_face(emotion), face(model, emotion, intensity)
    key = target >= 0.15
    assert (shown[key] >= least * target[key]).all()
    assert (shown <= 1.05 * intensity * target + 0.03).all()  # and nothing else shows


@pytest.mark.parametrize("emotion", EXPRESSIVE)
def test_key_shapes_grow_steadily_with_intensity(model: Engine, emotion: str) -> None:
    key = full_face(emotion) >= 0.15
    path = np.array([face(model, emotion, i)[key] for i in np.linspace(0, 1, 41)])
    steps = np.diff(path, axis=0)
    assert steps.min() > -0.002
    assert steps.max() < 3 * path[-1].max() / 40  # no sudden onset


def test_at_neutral_every_weight_is_zero(model: Engine) -> None:
    assert model.run(np.zeros((1, 3))).max() <= 1e-6


def test_left_equals_right_before_symmetry_is_enforced(model: Engine) -> None:
    points = np.random.default_rng(0).uniform(-1, 1, (2000, 3))
    faces = model.run(points)
    for left, right in PAIRS:
        np.testing.assert_allclose(faces[:, left], faces[:, right], atol=1e-6)


def test_partner_rows_of_the_last_layer_are_tied_and_unused_shapes_are_zero() -> None:
    arrays, _ = checkpoint.load(checkpoint.BUILTIN)
    matrix, bias = arrays["layers.12.weight"], arrays["layers.12.bias"]
    for left, right in PAIRS:
        np.testing.assert_array_equal(matrix[left], matrix[right])
        assert bias[left] == bias[right]
    used = np.max([target.face for target in shipped_targets()], axis=0) > 0
    np.testing.assert_array_equal(matrix.any(axis=1), used)
    assert not bias[~used].any()


def test_no_basic_emotion_puffs_its_cheeks_or_puts_its_tongue_out(measured: Evaluation) -> None:
    assert measured.behaviour.largest_without_part < 0.005


def test_the_network_has_the_parameters_of_the_reference() -> None:
    arrays, _ = checkpoint.load(checkpoint.BUILTIN)
    assert sum(array.size for array in arrays.values()) == 279_348


def test_the_face_of_two_emotions_is_like_each_of_them(model: Engine) -> None:
    faces = {emotion: face(model, emotion) for emotion in EXPRESSIVE}
    for one, other in itertools.combinations(EXPRESSIVE, 2):
        mean = (faces[one] + faces[other]) / 2
        assert min(cosine(mean, faces[one]), cosine(mean, faces[other])) >= 0.6, (one, other)
        smaller = min(np.linalg.norm(faces[one]), np.linalg.norm(faces[other]))
        assert np.linalg.norm(mean) >= 0.7 * smaller, (one, other)


def test_contempt_can_be_seen(model: Engine) -> None:
    assert np.linalg.norm(face(model, "contempt")) >= 0.7


@pytest.mark.parametrize("target", shipped_targets(), ids=lambda target: target.word)
def test_a_word_has_the_face_that_its_targets_blend_to(model: Engine, target: Target) -> None:
    point = np.array([target.point])
    shown, wanted = model.run(point)[0], shipped_blend().faces(point)[0]
    np.testing.assert_allclose(shown, wanted, atol=0.08)


def test_neighbouring_feelings_show_neighbouring_faces(model: Engine) -> None:
    rng = np.random.default_rng(0)
    points: NDArray[np.float64] = rng.uniform(-1, 1, (4000, 3))
    steps = rng.normal(0, 1, points.shape)
    steps *= 0.005 / np.linalg.norm(steps, axis=1, keepdims=True)
    before = model.run(points).copy()
    assert np.abs(model.run(points + steps) - before).max() < 0.1


def test_the_header_says_what_the_weights_are(shipped: tuple[Engine, checkpoint.Header]) -> None:
    _, header = shipped
    assert header.format_version == 1
    assert "3-256-512-256-52" in header.architecture
    assert len(header.names) == 52
    assert (header.names[0], header.names[24], header.names[51]) == (
        "browDownLeft",
        "jawOpen",
        "tongueOut",
    )


def test_the_header_says_how_good_the_weights_are(
    shipped: tuple[Engine, checkpoint.Header],
) -> None:
    training = shipped[1].training
    metrics = training["metrics"]
    assert metrics["mse"] < metrics["constant_mean_mse"] / 100
    assert metrics["constant_mean_mse"] < metrics["all_zero_mse"]
    assert metrics["asymmetry"] < 1e-6
    assert (training["data"], training["targets"]) == ("facs", "targets.yaml")
    assert training["recipe"]["seed"] == 0


def test_the_shipped_weights_are_those_of_the_default_recipe(
    shipped: tuple[Engine, checkpoint.Header],
) -> None:
    assert shipped[1].training["recipe"] == asdict(Recipe())


def test_the_shipped_file_is_about_as_large_as_its_numbers() -> None:
    assert 279_348 * 4 < checkpoint.BUILTIN.stat().st_size < 279_348 * 4 + 5000


@pytest.fixture(scope="module")
def measured(model: Engine) -> Evaluation:
    """The shipped weights on faces that they were not trained on."""
    rng = np.random.default_rng(12345)
    return evaluate("shipped", model, facs_corpus(4000, rng, shipped_blend(), Variation()))


def test_every_emotion_reads_as_itself(measured: Evaluation) -> None:
    assert [at.intensity for at in measured.recognition] == [0.4, 0.7, 1.0]
    assert [at.hits for at in measured.recognition] == [8, 8, 8]


def test_nine_tenths_of_the_measured_terms_read_as_their_closest_emotion(
    measured: Evaluation,
) -> None:
    assert measured.terms.share >= 0.9


def test_words_read_as_the_families_that_other_people_gave_them(measured: Evaluation) -> None:
    assert measured.words.goemotions >= 0.8
    assert measured.words.sorted_by_people >= 0.8


def test_a_chatbots_28_words_give_more_than_eight_faces(measured: Evaluation) -> None:
    assert measured.words.goemotions_faces > 20


def test_emotions_agree_with_recordings_and_artists(measured: Evaluation) -> None:
    assert measured.agreement.share >= 0.8
    assert measured.agreement.mean_gap < 0.05


def test_emotions_stay_apart_without_the_shapes_that_a_camera_does_not_see(
    measured: Evaluation,
) -> None:
    assert measured.separation.smallest >= 0.5


def test_faces_grow_with_the_feeling_and_move_smoothly(measured: Evaluation) -> None:
    assert measured.behaviour.largest_decrease <= 0.005
    assert measured.behaviour.largest_change <= 0.03


def test_the_eyes_look_ahead_and_no_shape_is_overdone(measured: Evaluation) -> None:
    assert measured.behaviour.largest_gaze <= 0.05
    assert measured.behaviour.largest_peak <= 0.9


def test_exclusive_shapes_stay_apart_and_emotions_differ(measured: Evaluation) -> None:
    assert measured.behaviour.impossible.keys() == {
        "mouthSmile with mouthFrown",
        "eyeWide with eyeBlink",
    }
    assert max(measured.behaviour.impossible.values()) <= 0.05
    assert measured.behaviour.mouth_closed_above_jaw <= 0.001
    assert measured.behaviour.smallest_distance > measured.behaviour.mean_distance / 3


def test_the_error_is_far_below_what_models_that_know_nothing_reach(measured: Evaluation) -> None:
    errors = measured.errors
    assert errors.mse < errors.constant_mean_mse / 3
    assert errors.mse < errors.all_zero_mse / 3


def test_every_goal_of_the_evaluation_is_met(measured: Evaluation) -> None:
    assert [row.what for row in rows(measured) if row.met is False] == []


def test_the_first_model_misses_the_goals_that_the_judges_of_others_set() -> None:
    arrays, _ = checkpoint.load(FIRST)
    first = evaluate(
        "first", Engine(arrays), facs_corpus(500, np.random.default_rng(0), shipped_blend())
    )
    missed = {row.what for row in rows(first) if row.met is False}
    assert "shapes within .1 of recordings and artists" in missed
    assert "smallest distance of two emotions without the silent shapes" in missed
    assert "the mean of two faces is like each of them (cosine)" in missed
