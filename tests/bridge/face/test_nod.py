"""Nods: how often, how deep, and nothing where nobody nods."""

import numpy as np
import pytest

from bridge.face.layer import PerStream
from bridge.face.nod import DEPTH, DOUBLE, Nods, NodSettings
from tests.bridge.face.stage import Stage, bits


def nods(rate: float = 6.0, seed: int = 1) -> Nods:
    return Nods(PerStream(NodSettings(rate, seed)))


def pitches(stage: Stage, seconds: float) -> np.ndarray:
    """[frames, streams]: the head's pitch in degrees, positive downwards."""
    shown = []
    stage.play(seconds, lambda frame: shown.append(np.degrees(frame.rotations[:, 0, 1]).copy()))
    return np.array(shown)


def begun(pitch: np.ndarray) -> int:
    return int(np.count_nonzero((pitch[1:] > 0) & (pitch[:-1] == 0)))


def test_it_nods_about_as_often_as_is_set_downwards_and_not_too_far():
    pitch = pitches(Stage(nods(), fps=30), 1800.0)[:, 0]
    assert begun(pitch) / 30 == pytest.approx(6.0, rel=0.25)
    assert pitch.min() == 0.0
    assert DEPTH[0] < pitch.max() <= DEPTH[1]


def test_a_nod_is_smooth():
    pitch = pitches(Stage(nods(rate=20.0)), 60.0)[:, 0]
    assert 0 < np.abs(np.diff(pitch)).max() < 1.0


def test_it_does_not_nod_in_the_moment_in_which_it_begins():
    assert not pitches(Stage(nods(rate=30.0)), 1.0).any()


def test_without_a_rate_nothing_moves_and_only_the_head_ever_does():
    assert not pitches(Stage(nods(rate=0.0)), 60.0).any()
    stage = Stage(nods(rate=20.0), mouthSmileLeft=0.4)
    for frame in stage.play(30.0):
        assert bits(frame) == bits(stage.face)


@pytest.mark.parametrize("fps", [30, 60])
def test_with_a_seed_it_nods_at_the_same_moments_at_every_frame_rate(fps):
    pitch = pitches(Stage(nods(rate=12.0), fps=fps), 60.0)[:: fps // 30, 0]
    reference = pitches(Stage(nods(rate=12.0), fps=120), 60.0)[::4, 0]
    assert np.abs(pitch - reference).max() < 0.3  # they begin at the first frame


def test_streams_nod_each_by_themselves_and_come_and_go():
    stage = Stage(nods(rate=20.0), streams=("alice", "bob"))
    shown = pitches(stage, 60.0)
    assert (shown[:, 0] != shown[:, 1]).any()
    stage.remove(0)
    assert begun(pitches(stage, 60.0)[:, 0]) > 5


def test_new_settings_stop_it_after_the_present_nod():
    stage = Stage(nods(rate=30.0))
    pitches(stage, 10.0)
    stage.layers[0].configure(PerStream(NodSettings()))
    pitches(stage, 2.0)
    assert not pitches(stage, 30.0).any()


def starts(pitch: np.ndarray, fps: int = 60) -> np.ndarray:
    """When the nods begin, in seconds."""
    return np.flatnonzero((pitch[1:] > 0) & (pitch[:-1] == 0)) / fps


def test_one_nod_is_over_before_the_next_begins():
    pitch = pitches(Stage(nods(rate=30.0)), 300.0)[:, 0]
    assert np.diff(starts(pitch)).min() > 1.4


def test_some_nods_are_double_and_the_second_is_half_as_deep():
    pitch = pitches(Stage(nods(rate=12.0)), 600.0)[:, 0]
    peaks = 1 + np.flatnonzero((pitch[1:-1] > pitch[:-2]) & (pitch[1:-1] >= pitch[2:]))
    near = np.diff(peaks) < 0.75 * 60
    ratios = pitch[peaks[1:][near]] / pitch[peaks[:-1][near]]
    assert len(ratios) / len(starts(pitch)) == pytest.approx(DOUBLE, abs=0.15)
    assert ratios == pytest.approx(0.5, abs=0.02)


def test_a_nod_goes_on_when_another_stream_ends():
    stage = Stage(nods(rate=20.0), streams=("alice", "bob"))
    while stage.step().rotations[1, 0, 1] < np.radians(1.0):
        pass
    before = np.degrees(stage.frame.rotations[1, 0, 1])
    stage.remove(0)
    after = np.degrees(stage.step().rotations[0, 0, 1])
    assert after == pytest.approx(before, abs=1.0)
    assert after > 0.5
