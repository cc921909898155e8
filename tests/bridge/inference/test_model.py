import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from bridge.emotion.names import EmotionError
from bridge.inference import emotion_to_vad, enforce_symmetry, load_model, predict
from bridge.model.engine import Engine
from bridge.model.layers import CheckpointError
from bridge.model.network import VadToBlendshapes
from protocols.arkit import BLENDSHAPES

SMILES = [BLENDSHAPES.index("mouthSmileLeft"), BLENDSHAPES.index("mouthSmileRight")]


@pytest.fixture(scope="module")
def model() -> Engine:
    return load_model()[0]


def test_the_example_of_the_documentation_runs_as_written(tmp_path: Path) -> None:
    path = tmp_path / "best_model.pt"
    torch.save({"model_state_dict": VadToBlendshapes().state_dict()}, path)
    model, meta = load_model(path)
    weights = predict(model, emotion_to_vad("surprise", intensity=0.9))
    weights = enforce_symmetry(weights)
    assert weights.shape == (52,)
    assert meta["names"] == BLENDSHAPES
    assert meta["training"] == {"source": "best_model.pt", "key": "model_state_dict"}


def test_the_shipped_model_says_what_it_is() -> None:
    _, meta = load_model()
    assert meta["format_version"] == 1
    assert "3-256-512-256-52" in meta["architecture"]
    assert meta["training"]["data"] == "facs"


def test_one_feeling_gives_one_face_and_many_give_many(model: Engine) -> None:
    points = np.random.default_rng(0).uniform(-1, 1, (5, 3)).astype(np.float32)
    many = predict(model, points)
    assert many.shape == (5, 52)
    assert many.dtype == np.float32
    for point, face in zip(points, many, strict=True):
        one = predict(model, point)
        assert one.shape == (52,)
        np.testing.assert_allclose(one, face, atol=1e-5)


def test_no_feelings_give_no_faces(model: Engine) -> None:
    assert predict(model, np.zeros((0, 3), np.float32)).shape == (0, 52)


def test_weights_are_within_0_and_1(model: Engine) -> None:
    faces = predict(model, np.random.default_rng(0).uniform(-1, 1, (500, 3)))
    assert faces.min() >= 0.0
    assert faces.max() <= 1.0


def test_a_face_stays_as_it_is_when_the_next_is_predicted(model: Engine) -> None:
    first = predict(model, (0.8, 0.6, 0.5))
    before = first.copy()
    predict(model, (-0.8, -0.4, -0.3))
    np.testing.assert_array_equal(first, before)


def test_the_faces_are_those_of_the_network_in_pytorch(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(3)
    network = VadToBlendshapes().eval()
    torch.save({"state_dict": network.state_dict()}, tmp_path / "best_model.pt")
    model, _ = load_model(str(tmp_path / "best_model.pt"))
    points = np.random.default_rng(0).uniform(-1, 1, (200, 3)).astype(np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(points)).numpy()
    np.testing.assert_allclose(predict(model, points), expected, atol=1e-5)


@pytest.mark.parametrize("shape", [(), (2,), (4,), (3, 1), (2, 2, 3), (3, 52)])
def test_another_shape_is_refused(model: Engine, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"\(3,\) or \(n, 3\)"):
        predict(model, np.zeros(shape))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(model: Engine, bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        predict(model, [[0.0, 0.0, 0.0], [0.1, bad, 0.2]])


def test_intensity_scales_a_feeling_and_plus_mixes_two() -> None:
    assert emotion_to_vad("surprise", intensity=0.9) == pytest.approx((0.27, 0.81, 0.18))
    assert emotion_to_vad("happiness+surprise") == pytest.approx((0.55, 0.75, 0.35))


def test_an_unknown_emotion_is_answered_with_near_misses() -> None:
    with pytest.raises(EmotionError, match="happiness"):
        emotion_to_vad("hapiness")


def test_symmetry_is_exact_for_one_face_and_for_many() -> None:
    faces = np.random.default_rng(0).uniform(0, 1, (20, 52)).astype(np.float32)
    before = faces.copy()
    symmetric = enforce_symmetry(faces)
    np.testing.assert_array_equal(faces, before)
    np.testing.assert_array_equal(enforce_symmetry(faces[0]), symmetric[0])
    left = [i for i, name in enumerate(BLENDSHAPES) if name.endswith("Left")]
    right = [BLENDSHAPES.index(BLENDSHAPES[i][:-4] + "Right") for i in left]
    np.testing.assert_array_equal(symmetric[:, left], symmetric[:, right])
    np.testing.assert_allclose(
        symmetric[:, left], (faces[:, left] + faces[:, right]) / 2, atol=1e-6
    )
    alone = [i for i, name in enumerate(BLENDSHAPES) if not name.endswith(("Left", "Right"))]
    np.testing.assert_array_equal(symmetric[:, alone], faces[:, alone])


def test_symmetry_may_be_enforced_in_part() -> None:
    face = np.zeros(52)
    face[SMILES] = 0.8, 0.4
    np.testing.assert_allclose(enforce_symmetry(face, 0.5)[SMILES], [0.7, 0.5], atol=1e-6)
    np.testing.assert_allclose(enforce_symmetry(face, 0.0)[SMILES], [0.8, 0.4], atol=1e-6)


def test_outputs_in_the_order_of_emo3d_are_put_right_when_asked(tmp_path: Path) -> None:
    network = VadToBlendshapes()
    with torch.no_grad():
        network.layers[-1].weight.zero_()
        network.layers[-1].bias.zero_()
        network.layers[-1].bias[0] = 0.9  # _neutral
        network.layers[-1].bias[44] = 0.7  # mouthSmileLeft, in MediaPipe's numbering
    torch.save(network.state_dict(), tmp_path / "a.pt")
    face = predict(load_model(tmp_path / "a.pt", output_order="emo3d")[0], (0, 0, 0))
    assert {BLENDSHAPES[i]: float(face[i]) for i in np.flatnonzero(face)} == pytest.approx(
        {"mouthSmileLeft": 0.7}
    )
    as_it_is = predict(load_model(tmp_path / "a.pt")[0], (0, 0, 0))
    assert as_it_is[0] == pytest.approx(0.9)  # never guessed


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no such file"):
        load_model(tmp_path / "best_model.pt")


def test_prediction_does_not_import_pytorch() -> None:
    program = (
        "import sys; from bridge.inference import *;"
        "predict(load_model()[0], emotion_to_vad('fear')); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("bad", [1.2, -1.2, 8.5, 100.0, 1e300])
def test_numbers_far_outside_are_refused_as_by_the_command(model: Engine, bad: float) -> None:
    with pytest.raises(ValueError, match=r"is outside -1 to 1") as refusal:
        predict(model, [[0.0, 0.0, 0.0], [0.1, bad, 0.2]])
    done = subprocess.run(
        [sys.executable, "-m", "bridge", "predict", "--vad", "0.1", str(bad), "0.2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.strip()) == (2, str(refusal.value))


def test_numbers_slightly_outside_are_clamped(model: Engine) -> None:
    at_the_edge = predict(model, (1.0, -1.0, 0.5))
    np.testing.assert_array_equal(predict(model, (1.04, -1.04, 0.5)), at_the_edge)
