"""`bridge.render`: arrays in, arrays out."""

import math
import subprocess
import sys

import numpy as np
import pytest

import bridge
from bridge.emotion import dominance
from bridge.inference import emotion_to_vad, enforce_symmetry, load_model, predict
from bridge.rendering.render import RenderError, settings_of

SNAP = {"face": {"still": True}, "interpolation": "none"}


def test_the_arrays_have_a_row_for_each_frame():
    found = bridge.render([[0, 0, 0], [0.8, 0.6, 0.5]], [10.0, 11.0], fps=30)
    assert len(found) == 31
    assert found.times[[0, -1]].tolist() == [10.0, 11.0]
    assert (found.weights.shape, found.weights.dtype) == ((31, 52), np.float32)
    assert found.rotations.shape == (31, 3, 3)
    assert found.feelings.shape == (31, 3)
    assert found.blendshapes[2] == "browInnerUp"


def test_without_movement_each_frame_is_the_face_that_the_model_gives():
    points = [emotion_to_vad("happiness"), emotion_to_vad("fear", 0.5)]
    found = bridge.render(points, [0.0, 1.0], fps=10, config=SNAP)
    model, _ = load_model()
    expected = enforce_symmetry(predict(model, points))
    tuned = bridge.render(points, [0.0, 1.0], fps=10, config=SNAP).weights
    assert found.feelings[[0, 9, 10]] == pytest.approx(np.array([points[0], points[0], points[1]]))
    assert (found.weights == tuned).all()
    assert np.abs(found.weights[[0, 10]] - expected).max() < 0.15  # correctives may touch it


def test_two_columns_get_an_estimated_dominance():
    found = bridge.render([[0.5, -0.5]], [0.0], config=SNAP)
    assert found.feelings[0] == pytest.approx([0.5, -0.5, dominance.estimate(0.5, -0.5)])


def test_a_row_with_a_hole_is_left_out():
    found = bridge.render([[0.5, 0, 0], [math.nan, 0, 0]], [0.0, 1.0], config=SNAP)
    assert found.feelings[-1] == pytest.approx([0.5, 0, 0])


def test_the_same_call_gives_the_same_numbers_although_the_face_lives():
    points, times = [[0.2, 0.1, 0]], [0.0]
    first = bridge.render([*points, *points], [*times, 20.0])
    second = bridge.render([*points, *points], [*times, 20.0])
    assert (first.weights == second.weights).all()
    assert np.ptp(first.weights[:, 8]) > 0.3  # it blinks
    other = bridge.render([*points, *points], [*times, 20.0], config={"face": {"seed": 9}})
    assert (first.weights != other.weights).any()


@pytest.mark.parametrize(
    ("vad", "times", "fps", "why"),
    [
        ([[5, 5, 5]], [0], 60, "vad 5: expected numbers from -1 to 1"),
        ([0, 0, 0], [0], 60, r"vad of shape \(3,\): expected \(n, 3\) or \(n, 2\)"),
        ([[0, 0, 0]], [0, 1], 60, "expected a time for each of 1 points"),
        ([[0, 0], [0, 0]], [1, 0], 60, "seconds that never decrease"),
        ([[0, 0], [0, 0]], [0, math.inf], 60, "expected finite seconds"),
        ([[0, 0], [0, 0]], [0, 1e12], 60, "if the times are milliseconds"),
        ([[0, 0]], [0], 1000, "fps 1000: expected 1 to 240"),
        ([[math.nan, 0]], [0], 60, "there are no updates to render"),
    ],
)
def test_arrays_that_cannot_be_rendered_say_why(vad, times, fps, why):
    with pytest.raises(RenderError, match=why):
        bridge.render(vad, times, fps=fps)


def test_a_configuration_is_a_path_a_mapping_or_settings(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("fps: 30\n")
    assert settings_of(path).fps == settings_of(str(path)).fps == 30
    assert settings_of({"fps": 30}) == settings_of(settings_of({"fps": 30}))
    assert settings_of(None).fps == 60


def test_importing_the_package_imports_no_numpy():
    code = "import sys, bridge; print('numpy' in sys.modules, callable(bridge.render))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
    with pytest.raises(AttributeError, match="no attribute 'rendr'"):
        _ = bridge.rendr
