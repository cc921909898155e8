"""Differences and correlations of two models or two runs."""

import numpy as np
import pytest

from bridge.emotion.names import emotion_to_vad
from bridge.inference import load_model
from bridge.model import checkpoint
from bridge.model.engine import Engine
from bridge.offline.study.compare import compare_models, compare_runs
from bridge.rendering.reading import Mark
from bridge.rendering.rendered import Rendered
from protocols.arkit import INDEX


def a_run(times, jaw, begins=0.0):
    weights = np.zeros((len(times), 52), np.float32)
    weights[:, INDEX["jawOpen"]] = jaw
    feelings = np.tile(np.float32([0.1, 0.2, 0.3]), (len(times), 1))
    return Rendered(times + begins, feelings, weights, np.zeros((len(times), 3, 3), np.float32))


def row(comparison, name):
    [found] = [row for row in comparison.rows if row.name == name]
    return found


def test_a_run_is_equal_to_itself_at_another_rate_and_another_time():
    fine, coarse = np.linspace(0, 2, 241), np.linspace(0, 2, 61)
    found = compare_runs(a_run(fine, fine / 4), a_run(coarse, coarse / 4, begins=50.0))
    jaw = row(found, "jawOpen")
    assert jaw.distance < 1e-6
    assert jaw.correlation == pytest.approx(1.0)
    assert found.data == "241 frames, 2.0 s from the beginning of each"


def test_a_difference_has_its_sign_and_its_size():
    times = np.linspace(0, 2, 101)
    wave = np.sin(times * 9) / 4 + 0.5
    found = compare_runs(a_run(times, wave), a_run(times, 0.9 - wave))
    jaw = row(found, "jawOpen")
    assert jaw.difference == pytest.approx((0.9 - 2 * wave).mean(), abs=1e-6)
    assert jaw.distance == pytest.approx(np.abs(0.9 - 2 * wave).mean(), abs=1e-6)
    assert jaw.largest == pytest.approx(np.abs(0.9 - 2 * wave).max(), abs=1e-6)
    assert jaw.correlation == pytest.approx(-1.0)
    assert row(found, "mouthPucker").correlation is None  # nothing moves
    assert row(found, "valence").a == pytest.approx(0.1)


def test_only_the_time_that_both_last_counts():
    long, short = np.linspace(0, 3, 181), np.linspace(0, 1, 61)
    found = compare_runs(a_run(long, long > 1.01), a_run(short, 0 * short))
    assert row(found, "jawOpen").largest == 0
    with pytest.raises(ValueError, match="only one frame"):
        compare_runs(a_run(long, 0.0), a_run(short[:1], 0.0))


def test_the_frames_after_an_update_count_for_its_label():
    times = np.linspace(0, 3, 301)
    marks = [Mark(10 + t, "main", label) for t, label in ((0, "joy"), (1, "anger"), (2, "joy"))]
    angry = (times >= 1) & (times < 2)
    found = compare_runs(a_run(times, 0.0, begins=10.0), a_run(times, angry * 0.5), marks)
    assert [r.name for r in found.by("emotion")] == ["joy", "anger"]
    assert row(found, "joy").largest < 1e-6
    assert row(found, "anger").largest == pytest.approx(0.5)
    assert row(found, "anger").distance == pytest.approx(0.5 / 52, rel=0.02)


def test_two_models_are_compared_on_the_cube_and_on_the_emotions():
    shipped, _ = load_model()
    arrays, _ = checkpoint.load(checkpoint.BUILTIN)
    last = "layers.12.weight"
    half = Engine(
        {**arrays, last: arrays[last] / 2, "layers.12.bias": arrays["layers.12.bias"] / 2}
    )
    found = compare_models(shipped, half)
    smile = row(found, "mouthSmileLeft")
    assert smile.b == pytest.approx(smile.a / 2, rel=1e-3)
    assert smile.correlation == pytest.approx(1.0, abs=1e-4)
    joy = row(found, "happiness")
    face = shipped.run(np.array([emotion_to_vad("happiness")], np.float32))[0]
    assert joy.a == pytest.approx(face.mean(), rel=1e-4)
    assert joy.difference == pytest.approx(-face.mean() / 2, rel=1e-3)
    assert row(found, "neutral").correlation is None
    assert row(compare_models(shipped, shipped), "mouthSmileLeft").distance == 0
    assert "729 feelings" in found.data
