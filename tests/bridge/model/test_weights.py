"""The weights that ship inside the package."""

from dataclasses import asdict

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.model import checkpoint
from bridge.model.engine import Engine
from bridge.offline.evaluation.evaluation import Evaluation, evaluate, rows
from bridge.offline.training.corpus import facs_corpus
from bridge.offline.training.recipe import Recipe

# (valence, arousal, dominance) of the reference, and the target face at full intensity; a shape
# stands for both its sides.
EMOTIONS = {
    "happiness": (
        (0.80, 0.60, 0.50),
        {
            "mouthSmile": 0.80,
            "cheekSquint": 0.60,
            "eyeSquint": 0.40,
            "mouthUpperUp": 0.15,
            "mouthDimple": 0.10,
            "jawOpen": 0.08,
        },
    ),
    "surprise": (
        (0.30, 0.90, 0.20),
        {
            "browOuterUp": 0.80,
            "browInnerUp": 0.75,
            "eyeWide": 0.70,
            "jawOpen": 0.45,
            "mouthFunnel": 0.10,
        },
    ),
    "sadness": (
        (-0.80, -0.40, -0.30),
        {
            "browInnerUp": 0.75,
            "mouthFrown": 0.65,
            "mouthShrugLower": 0.30,
            "eyeSquint": 0.20,
            "browDown": 0.15,
            "eyeBlink": 0.15,
            "eyeLookDown": 0.15,
            "mouthPress": 0.10,
        },
    ),
    "anger": (
        (-0.70, 0.80, 0.70),
        {
            "browDown": 0.85,
            "eyeSquint": 0.45,
            "mouthPress": 0.45,
            "noseSneer": 0.35,
            "mouthFrown": 0.25,
            "mouthShrugLower": 0.20,
            "eyeWide": 0.15,
            "jawForward": 0.15,
            "mouthUpperUp": 0.10,
        },
    ),
    "disgust": (
        (-0.60, 0.30, 0.40),
        {
            "noseSneer": 0.80,
            "mouthUpperUp": 0.55,
            "browDown": 0.45,
            "eyeSquint": 0.35,
            "mouthFrown": 0.30,
            "mouthShrugLower": 0.30,
            "cheekSquint": 0.20,
        },
    ),
    "fear": (
        (-0.70, 0.80, -0.30),
        {
            "browInnerUp": 0.80,
            "eyeWide": 0.75,
            "mouthStretch": 0.50,
            "browOuterUp": 0.40,
            "browDown": 0.25,
            "jawOpen": 0.20,
            "mouthLowerDown": 0.20,
        },
    ),
    "contempt": (
        (-0.40, 0.30, 0.80),
        {"mouthDimple": 0.25, "mouthPress": 0.20, "eyeSquint": 0.25, "mouthSmile": 0.10},
    ),
}


@pytest.fixture(scope="module")
def shipped() -> tuple[Engine, checkpoint.Header]:
    arrays, header = checkpoint.load(checkpoint.BUILTIN)
    return Engine(arrays), header


def face(model: Engine, names: tuple[str, ...], vad: tuple[float, ...]) -> dict[str, float]:
    return dict(zip(names, model.run(np.array([vad]))[0].tolist(), strict=True))


@pytest.mark.parametrize("emotion", EMOTIONS)
@pytest.mark.parametrize("intensity", [0.5, 1.0])
def test_each_basic_emotion_shows_its_own_face_and_nothing_else(
    shipped: tuple[Engine, checkpoint.Header], emotion: str, intensity: float
) -> None:
    model, header = shipped
    vad, wanted = EMOTIONS[emotion]
    shown = face(model, header.names, tuple(intensity * axis for axis in vad))
    target = {
        name: intensity * wanted.get(name.removesuffix("Left").removesuffix("Right"), 0.0)
        for name in shown
    }
    lengths = np.linalg.norm(list(shown.values())) * np.linalg.norm(list(target.values()))
    assert sum(shown[name] * target[name] for name in shown) / lengths > 0.95
    strongest = max(target, key=lambda name: target[name])
    assert 0.65 * target[strongest] < shown[strongest] < 1.1 * target[strongest]
    assert max(weight for name, weight in shown.items() if not target[name]) <= 0.08


def test_a_neutral_feeling_shows_a_neutral_face(shipped: tuple[Engine, checkpoint.Header]) -> None:
    model, header = shipped
    assert max(face(model, header.names, (0, 0, 0)).values()) <= 0.05


def test_neighbouring_feelings_show_neighbouring_faces(
    shipped: tuple[Engine, checkpoint.Header],
) -> None:
    model, _ = shipped
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
    assert metrics["mse"] < metrics["constant_mean_mse"] / 3
    assert metrics["constant_mean_mse"] < metrics["all_zero_mse"]
    assert metrics["asymmetry"] < 0.001 < 0.1 < metrics["data_asymmetry"]
    assert training["data"] == "facs"
    assert training["recipe"]["seed"] == 0


def test_the_shipped_weights_are_those_of_the_default_recipe(
    shipped: tuple[Engine, checkpoint.Header],
) -> None:
    assert shipped[1].training["recipe"] == asdict(Recipe())


def test_the_shipped_file_is_about_as_large_as_its_numbers() -> None:
    assert 279_348 * 4 < checkpoint.BUILTIN.stat().st_size < 279_348 * 4 + 5000


@pytest.fixture(scope="module")
def measured(shipped: tuple[Engine, checkpoint.Header]) -> Evaluation:
    """The shipped weights on faces that they were not trained on."""
    return evaluate("shipped", shipped[0], facs_corpus(4000, np.random.default_rng(12345)))


def test_every_emotion_reads_as_itself(measured: Evaluation) -> None:
    assert [at.intensity for at in measured.recognition] == [0.4, 0.7, 1.0]
    weak, middle, full = measured.recognition
    assert weak.hits >= 7
    assert middle.hits == 8
    assert full.hits == 8


def test_nine_tenths_of_the_measured_terms_read_as_their_closest_emotion(
    measured: Evaluation,
) -> None:
    assert measured.terms.share >= 0.9


def test_faces_grow_with_the_feeling_and_move_smoothly(measured: Evaluation) -> None:
    assert measured.behaviour.largest_decrease <= 0.02
    assert measured.behaviour.largest_at_neutral <= 0.05
    assert measured.behaviour.largest_change <= 0.03


def test_the_eyes_look_ahead_and_no_shape_is_overdone(measured: Evaluation) -> None:
    assert measured.behaviour.largest_gaze <= 0.05
    assert measured.behaviour.largest_peak <= 0.9


def test_exclusive_shapes_stay_apart_and_emotions_differ(measured: Evaluation) -> None:
    assert measured.behaviour.impossible.keys() == {
        "mouthSmile with mouthFrown",
        "eyeWide with eyeBlink",
    }
    assert max(measured.behaviour.impossible.values()) <= 0.1
    assert measured.behaviour.mouth_closed_above_jaw <= 0.05
    assert measured.behaviour.smallest_distance > measured.behaviour.mean_distance / 3


def test_the_error_is_far_below_what_models_that_know_nothing_reach(measured: Evaluation) -> None:
    errors = measured.errors
    assert errors.mse < errors.constant_mean_mse / 3
    assert errors.mse < errors.all_zero_mse / 3


def test_every_goal_of_the_evaluation_is_met(measured: Evaluation) -> None:
    assert [row.what for row in rows(measured) if row.met is False] == []
