"""The weights that ship inside the package."""

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.model import checkpoint
from bridge.model.engine import Engine

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
def test_each_basic_emotion_shows_its_own_face(
    shipped: tuple[Engine, checkpoint.Header], emotion: str
) -> None:
    model, header = shipped
    vad, wanted = EMOTIONS[emotion]
    shown = face(model, header.names, vad)
    for name, weight in shown.items():
        shape = name.removesuffix("Left").removesuffix("Right")
        assert weight == pytest.approx(wanted.get(shape, 0.0), abs=0.08), name


def test_a_neutral_feeling_shows_a_neutral_face(shipped: tuple[Engine, checkpoint.Header]) -> None:
    model, header = shipped
    assert max(face(model, header.names, (0, 0, 0)).values()) <= 0.05


def test_half_a_feeling_shows_about_half_the_face(
    shipped: tuple[Engine, checkpoint.Header],
) -> None:
    model, header = shipped
    for vad, wanted in EMOTIONS.values():
        shown = face(model, header.names, tuple(axis / 2 for axis in vad))
        for shape, weight in wanted.items():
            name = shape if shape in shown else shape + "Left"
            assert shown[name] == pytest.approx(weight / 2, abs=0.06), name


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
    metrics = shipped[1].training["metrics"]
    assert metrics["validation_mse"] < metrics["constant_mean_mse"] / 10
    assert metrics["constant_mean_mse"] < metrics["all_zero_mse"]
    assert shipped[1].training["recipe"]["seed"] == 0
