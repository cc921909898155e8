"""A face at rest moves, hardly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.face.blink import Blink, BlinkSettings
from bridge.face.idle import GLANCE, Idle, IdleSettings
from bridge.face.layer import PerStream
from protocols.arkit import BLENDSHAPES, INDEX
from tests.bridge.face.stage import LEFT, RIGHT, Stage, bits

SMILE, DOWN, LID = INDEX["mouthSmileLeft"], INDEX["eyeLookDownLeft"], INDEX["eyeBlinkLeft"]
FACES = st.dictionaries(st.sampled_from(BLENDSHAPES), st.floats(0, 1, width=32))
PITCH = 1


def idle(**settings) -> Idle:
    return Idle(PerStream(IdleSettings(**{"seed": 5, **settings})))


# --- off


@given(FACES)
def test_off_every_bit_of_the_face_stays(face):
    stage = Stage(idle(on=False), fps=20, **face)
    shown = stage.play(10.0)
    assert bits(shown) == bits(np.broadcast_to(stage.face, shown.shape))
    assert not stage.frame.rotations.any()


def test_off_a_stream_is_left_alone_bit_for_bit_beside_one_that_drifts():
    layer = Idle(PerStream(IdleSettings(on=False), {"alice": IdleSettings(seed=1)}))
    stage = Stage(layer, streams=("main", "alice"), mouthSmileLeft=0.3)
    shown = stage.play(5.0)
    assert bits(shown[:, 0]) == bits(np.broadcast_to(stage.face[0], shown[:, 0].shape))
    assert not stage.frame.rotations[0].any()
    assert np.ptp(shown[:, 1], axis=0).max() > 0.01


def test_switched_off_the_face_eases_to_what_the_emotion_says_exactly():
    layer = idle()
    stage = Stage(layer, mouthSmileLeft=0.5)
    stage.play(20.0)
    layer.configure(PerStream(IdleSettings(on=False)))
    shown = stage.play(3.0)
    assert np.abs(np.diff(shown[:, 0, SMILE])).max() < 0.02
    assert bits(shown[-1]) == bits(stage.face)
    assert not stage.frame.rotations.any()


def test_a_face_begins_to_move_without_a_jump():
    shown = Stage(idle(eyes=False)).play(1.0)[:, 0]
    assert not shown[0].any()
    assert np.abs(np.diff(shown, axis=0)).max() < 0.02


# --- how much


@given(FACES, st.sampled_from([0.5, 1.0, 4.0]))
def test_weights_stay_within_bounds_and_left_equals_right_bit_for_bit(face, amount):
    both = {name.replace("Right", "Left"): weight for name, weight in face.items()}
    both |= {name.replace("Left", "Right"): weight for name, weight in both.items()}
    both = {name: weight for name, weight in both.items() if name in INDEX}
    shown = Stage(idle(amount=amount), fps=4, **both).play(10.0)[:, 0]
    assert bits(shown[:, LEFT]) == bits(shown[:, RIGHT])


def test_an_idle_face_does_not_tremble():
    """No skin moves by more than a hundredth in a frame, and seldom changes its direction."""
    shown = Stage(idle(eyes=False, breath=0.0)).play(120.0)[60:, 0]
    steps = np.diff(shown, axis=0)
    assert np.abs(steps).max() < 0.01
    for name in ("mouthSmileLeft", "noseSneerLeft", "jawOpen", "browInnerUp"):
        step = steps[:, INDEX[name]]
        turns = (np.sign(step[1:]) * np.sign(step[:-1]) < 0).sum()
        assert turns < 2 * 120


def test_the_amount_is_a_factor():
    whole, half = (
        Stage(idle(amount=amount, breath=0.0, eyes=False)).play(60.0)[300:, 0]
        for amount in (1.0, 0.5)
    )
    np.testing.assert_allclose(half, whole / 2, atol=1e-3)


def test_a_face_that_shows_an_emotion_drifts_half_as_much():
    neutral, held = Stage(idle(eyes=False)), Stage(idle(eyes=False))
    held.frame.feelings[:] = (0.8, 0.0, 0.6)
    whole, half = (stage.play(20.0)[300:, 0] for stage in (neutral, held))
    np.testing.assert_allclose(half, whole / 2, atol=1e-4)


def test_without_sway_and_breath_the_head_rests():
    stage = Stage(idle(sway=0.0, breath=0.0))
    stage.play(5.0, lambda frame: pytest.fail("turned") if frame.rotations.any() else None)


def turned(seconds: float, arousal: float = 0.0, **settings) -> np.ndarray:
    """[frames, 3]: yaw, pitch and roll of the head in degrees."""
    stage, found = Stage(idle(**settings), fps=20), []
    stage.frame.feelings[:, 1] = arousal
    stage.play(seconds, lambda frame: found.append(frame.rotations[0, 0].copy()))
    return np.degrees(found)


def test_the_head_sways_a_little_and_slowly():
    head = turned(1200.0, breath=0.0)
    assert head.std(axis=0) == pytest.approx((1.2, 0.8, 0.6), rel=0.1)
    assert np.abs(head).max() < 5.0
    assert np.abs(np.diff(head, axis=0)).max() * 20 < 3.0  # degrees a second


@pytest.mark.parametrize(("arousal", "breaths"), [(0.0, 14), (-0.7, 9.1), (0.8, 19.6)])
def test_breath_is_slower_when_sleepy_and_quicker_when_aroused(arousal, breaths):
    pitch = turned(120.0, arousal, sway=0.0)[:, PITCH]
    level = pitch - pitch.mean()
    assert ((level[1:] > 0) & (level[:-1] <= 0)).sum() / 2 == pytest.approx(breaths, abs=0.6)
    assert np.ptp(pitch) < 1.0


# --- eyes


def test_eyes_rest_and_jump_down_and_lids_follow():
    shown = Stage(idle()).play(120.0)[:, 0]
    down = shown[:, DOWN]
    assert (np.diff(down) == 0).mean() > 0.8
    assert down.std() == pytest.approx(GLANCE, abs=0.01)
    assert bits(shown[:, LID]) == bits(down)


def test_eyes_may_be_left_to_the_gaze():
    shown = Stage(idle(eyes=False)).play(30.0)[:, 0]
    assert not shown[:, [DOWN, LID]].any()


def test_eyes_that_a_source_directs_do_not_wander():
    stage = Stage(idle())
    stage.play(10.0)
    stage.frame.look_at[0] = (0.1, 0.0)
    assert not stage.play(10.0)[:, 0, DOWN].any()
    stage.frame.look_at[0] = np.nan
    assert stage.play(10.0)[:, 0, DOWN].any()


def test_lids_that_blink_stay_shut_whatever_the_eyes_do():
    blink = Blink(PerStream(BlinkSettings(partial=0.0, rate=60.0, seed=1)))
    shut = Stage(blink, idle(amount=2.0)).play(120.0)[:, 0, LID]
    bare = Stage(Blink(PerStream(BlinkSettings(partial=0.0, rate=60.0, seed=1)))).play(120.0)
    assert np.all(shut >= bare[:, 0, LID] - 1e-6)


# --- frames and streams


def test_30_60_and_120_frames_a_second_show_the_same_movement():
    def play(fps):
        stage = Stage(idle(), fps=fps, mouthSmileLeft=0.5)
        shown = []
        for arousal in (0.0, 0.8, -0.5):
            stage.frame.feelings[:, 1] = arousal
            shown.append(stage.play(10.0))
        return np.concatenate(shown)[:: fps // 30]

    np.testing.assert_allclose(play(30), play(60), atol=1e-3)
    np.testing.assert_allclose(play(60), play(120), atol=1e-3)


def test_streams_that_come_and_go_do_not_disturb_another():
    alone = Stage(idle(), streams=("bob",)).play(6.0)[:, 0]
    stage = Stage(idle(), streams=("alice", "bob"))
    shown = [stage.play(2.0)[:, 1]]
    stage.add("carol")
    shown.append(stage.play(2.0)[:, 1])
    stage.remove(0)
    shown.append(stage.play(2.0)[:, 0])
    np.testing.assert_allclose(np.concatenate(shown), alone, atol=1e-4)


def test_streams_do_not_move_together_although_they_have_one_seed():
    smiles = Stage(idle(), streams=("alice", "bob"), fps=10).play(600.0)[:, :, SMILE]
    assert abs(np.corrcoef(smiles.T)[0, 1]) < 0.4


def test_the_same_seed_moves_the_same_way_and_another_does_not():
    one, same, other = (Stage(idle(seed=seed)).play(5.0) for seed in (1, 1, 2))
    assert bits(one) == bits(same)
    assert bits(one) != bits(other)


def test_a_stall_of_an_hour_is_no_mistake():
    stage = Stage(idle())
    stage.play(2.0)
    stage.time += 3600.0
    stage.play(2.0)


def test_no_stream_is_no_mistake():
    layer = idle()
    layer.apply(Stage(streams=()).frame)
    layer.add_rows(["main"])
    layer.remove_rows([0])
    layer.apply(Stage(streams=()).frame)
