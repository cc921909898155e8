"""Where the eyes look: by themselves, and where a source wants them to."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.face.eye_rotations import EyeRotations
from bridge.face.gaze import LARGE_SHIFT, Gaze, GazeSettings
from bridge.face.layer import PerStream
from protocols.arkit import BLENDSHAPES, INDEX
from tests.bridge.face.stage import Stage, bits

YAW, PITCH = 0, 1
SADNESS = {"eyeLookDownLeft": 0.2, "eyeLookDownRight": 0.2, "eyeBlinkLeft": 0.1}


def gaze(**settings) -> Gaze:
    return Gaze(PerStream(GazeSettings(**{"seed": 5, **settings})))


def degrees(stage: Stage, seconds: float) -> np.ndarray:
    """[frames, 2]: where the left eye of the first stream looks, head and eye together."""
    turned = []
    stage.play(seconds, lambda f: turned.append(f.rotations[0, 0, :2] + f.rotations[0, 1, :2]))
    return np.degrees(turned)


def stage_of(layer: Gaze, *, fps: int = 60, streams=("main",), **face) -> Stage:
    return Stage(layer, EyeRotations(), fps=fps, streams=streams, **face)


# --- off


@given(st.dictionaries(st.sampled_from(BLENDSHAPES), st.floats(0, 1, width=32)))
def test_off_every_bit_of_the_face_stays(face):
    layer = gaze(on=False)
    stage = Stage(layer, **face)
    shown = stage.play(1.0)
    assert bits(shown[-1]) == bits(stage.face)
    assert not stage.frame.rotations.any()


def test_off_a_stream_is_left_alone_bit_for_bit_beside_one_that_looks_around():
    layer = Gaze(PerStream(GazeSettings(), {"alice": GazeSettings(on=True, seed=1)}))
    # Up and down at once are left as they are too.
    stage = Stage(layer, streams=("main", "alice"), eyeLookUpLeft=0.1, eyeLookDownLeft=0.3)
    shown = stage.play(3.0)
    assert bits(shown[:, 0]) == bits(np.broadcast_to(stage.face[0], shown[:, 0].shape))
    assert np.ptp(shown[:, 1], axis=0).max() > 0.1


def test_switched_off_the_eyes_go_back_within_a_tenth_of_a_second():
    layer = gaze(on=True)
    stage = stage_of(layer, **SADNESS)
    stage.play(5.0)
    layer.configure(PerStream(GazeSettings(on=False)))
    shown = stage.play(0.3)
    assert bits(shown[6:]) == bits(np.broadcast_to(stage.face, shown[6:].shape))


# --- by themselves


def test_eyes_rest_and_jump():
    moved = np.linalg.norm(np.diff(degrees(stage_of(gaze(on=True), fps=120), 60.0), axis=0), axis=1)
    assert (moved < 1e-6).mean() > 0.75
    assert moved.max() > 2.0


def test_only_eyes_and_lids_move_and_the_head_rests():
    stage = stage_of(gaze(on=True))
    heads = []
    shown = stage.play(20.0, lambda frame: heads.append(frame.rotations[0, 0].copy()))
    moving = {BLENDSHAPES[i] for i in np.flatnonzero(np.ptp(shown[:, 0], axis=0))}
    assert all(name.startswith(("eyeLook", "eyeBlink")) for name in moving)
    assert not np.any(heads)


def test_both_eyes_look_the_same_way_and_rotations_agree_with_the_shapes():
    stage = stage_of(gaze(on=True))

    def check(frame):
        _, left, right = frame.rotations[0]
        np.testing.assert_allclose(left, right, atol=1e-6)
        shown = dict(zip(BLENDSHAPES, frame.weights[0].tolist(), strict=True))
        assert shown["eyeLookInLeft"] == pytest.approx(shown["eyeLookOutRight"], abs=1e-6)
        assert shown["eyeLookUpLeft"] * shown["eyeLookDownLeft"] == 0.0
        yaw = (shown["eyeLookInLeft"] - shown["eyeLookOutLeft"]) * 35
        assert math.degrees(left[YAW]) == pytest.approx(yaw, abs=1e-3)

    stage.play(20.0, check)


def share_of_contact(*, speaking: bool, **settings) -> float:
    stage = stage_of(gaze(on=True, **settings), fps=20)
    stage.frame.speaking[:] = speaking
    return float((np.linalg.norm(degrees(stage, 900.0), axis=1) < 5.0).mean())


def test_eyes_meet_the_viewer_s_more_while_speaking():
    assert share_of_contact(speaking=False) == pytest.approx(0.2, abs=0.07)
    assert share_of_contact(speaking=True) == pytest.approx(0.65, abs=0.1)


def test_eyes_look_from_where_the_emotion_has_them():
    stage = stage_of(gaze(on=True, contact=1.0), fps=20, **SADNESS)
    assert degrees(stage, 60.0)[20:, PITCH].mean() == pytest.approx(0.2 * 35, abs=1.0)


def test_microsaccades_come_as_often_as_asked_for_and_not_at_all_for_0():
    def jumps(rate: float) -> float:
        stage = stage_of(gaze(microsaccades=rate), fps=240)
        stage.frame.look_at[:] = 0.0
        at = degrees(stage, 60.0)[240:]
        moving = np.linalg.norm(np.diff(at, axis=0), axis=1) > 1e-6
        return float((moving[1:] & ~moving[:-1]).sum() / 59)

    assert jumps(1.5) == pytest.approx(1.5, abs=0.3)
    assert jumps(0.0) == 0.0


def test_lids_follow_the_eyes_down_but_not_up():
    stage = stage_of(gaze())
    for pitch, lids in ((20.0, 0.6 * 20 / 35), (-20.0, 0.0), (90.0, 0.6)):
        stage.frame.look_at[0] = np.radians((0.0, pitch))
        shown = stage.play(1.0)[-1, 0]
        assert shown[INDEX["eyeBlinkLeft"]] == pytest.approx(lids, abs=0.03)
        assert shown[INDEX["eyeBlinkLeft"]] == shown[INDEX["eyeBlinkRight"]]


# --- look_at


@pytest.mark.parametrize("on", [False, True])
@pytest.mark.parametrize("head", [0.0, 0.4, 1.0])
def test_look_at_wins_whatever_the_eyes_did_and_the_emotion_does(on, head):
    stage = stage_of(gaze(on=on, head=head, microsaccades=0.0), **SADNESS)
    stage.play(2.0)
    stage.frame.look_at[0] = np.radians((20.0, -10.0))
    assert degrees(stage, 1.5)[-1] == pytest.approx((20.0, -10.0), abs=0.1)
    assert np.degrees(stage.frame.rotations[0, 0]) == pytest.approx(
        (20.0 * head, -10.0 * head, 0.0), abs=0.1
    )


def test_eyes_jump_first_and_stay_on_the_target_while_the_head_follows():
    stage = stage_of(gaze(head=0.6, microsaccades=0.0), fps=120)
    stage.play(1.0)
    stage.frame.look_at[0] = np.radians((30.0, 0.0))
    at = degrees(stage, 1.0)[:, YAW]
    assert np.all(at[round(0.1 * 120) :] == pytest.approx(30.0, abs=0.2))


def test_further_than_they_can_eyes_do_not_turn():
    stage = stage_of(gaze(microsaccades=0.0))
    stage.frame.look_at[0] = np.radians((90.0, 0.0))
    assert degrees(stage, 1.0)[-1] == pytest.approx((35.0, 0.0), abs=1e-3)


@pytest.mark.parametrize("size", [5.0, 10.0, 30.0])
def test_a_saccade_lasts_21_ms_and_2_2_ms_a_degree(size):
    stage = stage_of(gaze(microsaccades=0.0), fps=2000)
    stage.frame.look_at[0] = 0.0
    stage.play(0.1)
    stage.frame.look_at[0] = np.radians((size, 0.0))
    moving = np.diff(degrees(stage, 0.2)[:, YAW]) > 1e-6
    assert moving.sum() / 2000 == pytest.approx(0.021 + 0.0022 * size, abs=0.002)


def test_what_moves_slowly_is_followed_without_jumps():
    stage = stage_of(gaze(microsaccades=0.0))
    stage.frame.look_at[0] = 0.0
    stage.play(0.5)
    at = []
    for step in range(60):
        stage.frame.look_at[0] = np.radians((step / 3, 0.0))
        at.append(degrees(stage, 1 / 60)[0, YAW])
    np.testing.assert_allclose(at, np.arange(60) / 3, atol=1e-3)


def test_let_go_eyes_and_head_return_to_the_emotion_exactly():
    stage = stage_of(gaze(head=0.5), **SADNESS)
    stage.frame.look_at[0] = np.radians((20.0, 5.0))
    stage.play(1.0)
    stage.frame.look_at[0] = np.nan
    stage.play(3.0)
    assert bits(stage.frame.weights) == bits(stage.face)
    assert not stage.frame.rotations[:, 0].any()


def test_a_large_shift_is_told_once_with_its_moment_and_a_small_one_is_not():
    layer = gaze(microsaccades=0.0)
    stage = stage_of(layer)
    found = []
    for yaw in (0.0, LARGE_SHIFT - 3, LARGE_SHIFT - 3, -5.0):
        stage.frame.look_at[0] = np.radians((yaw, 0.0))
        moment = stage.time + stage.frames / 60
        stage.play(0.5, lambda frame: found.extend(layer.large_shifts))
    assert found == [(0, pytest.approx(moment))]


# --- frames and streams


@pytest.mark.parametrize("on", [True, False])
def test_30_60_and_120_frames_a_second_show_the_same_movement(on):
    def play(fps):
        stage = stage_of(gaze(on=on, head=0.5), fps=fps)
        shown = [stage.play(4.0)]
        for target in ((25.0, 8.0), (-20.0, 0.0), (np.nan, np.nan)):
            stage.frame.look_at[0] = np.radians(target)
            shown.append(stage.play(2.0))
        return np.concatenate(shown)[:: fps // 30]

    np.testing.assert_allclose(play(30), play(60), atol=2e-5)
    np.testing.assert_allclose(play(60), play(120), atol=2e-5)


def test_streams_that_come_and_go_do_not_disturb_another():
    alone = Stage(gaze(on=True), streams=("bob",)).play(6.0)[:, 0]
    stage = Stage(gaze(on=True), streams=("alice", "bob"))
    shown = [stage.play(2.0)[:, 1]]
    stage.add("carol")
    shown.append(stage.play(2.0)[:, 1])
    stage.remove(0)
    shown.append(stage.play(2.0)[:, 0])
    np.testing.assert_allclose(np.concatenate(shown), alone, atol=1e-6)


def test_the_same_seed_moves_the_eyes_the_same_way_and_another_does_not():
    one, same, other = (Stage(gaze(on=True, seed=s)).play(5.0) for s in (1, 1, 2))
    assert bits(one) == bits(same)
    assert bits(one) != bits(other)


def test_a_stall_of_an_hour_is_no_mistake():
    stage = stage_of(gaze(on=True))
    stage.play(2.0)
    stage.time += 3600.0
    stage.play(2.0)


def test_an_hour_without_any_stream_is_no_mistake():
    Stage(gaze(on=True), streams=()).layers[0].apply(Stage(streams=()).frame)
