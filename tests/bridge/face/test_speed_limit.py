"""How fast shapes may move, where that is limited."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bridge.face.layer import PerStream
from bridge.face.speed_limit import LIMITS, NO_LIMIT, SpeedLimit, SpeedLimitSettings, limit_of
from protocols.arkit import BLENDSHAPES, INDEX
from tests.bridge.face.stage import LEFT, RIGHT, Stage, bits

FACES = st.lists(arrays(np.float32, 52, elements=st.floats(0, 1, width=32)), min_size=2, max_size=6)
ON = SpeedLimitSettings(on=True)


def limited(**settings) -> SpeedLimit:
    return SpeedLimit(PerStream(SpeedLimitSettings(**{"on": True, **settings})))


def play(stage: Stage, faces) -> np.ndarray:
    shown = []
    for face in faces:
        stage.face[:] = face
        shown.append(stage.play(1 / stage.fps)[0])
    return np.array(shown)


@given(FACES)
def test_off_every_bit_of_the_face_stays(faces):
    shown = play(Stage(SpeedLimit(PerStream(SpeedLimitSettings()))), faces)
    assert bits(shown[:, 0]) == bits(np.array(faces))


@given(FACES)
def test_off_a_stream_is_left_alone_bit_for_bit_beside_one_that_is_limited(faces):
    layer = SpeedLimit(PerStream(SpeedLimitSettings(), {"alice": ON}))
    shown = play(Stage(layer, streams=("main", "alice")), faces)
    assert bits(shown[:, 0]) == bits(np.array(faces))


@given(FACES)
def test_no_shape_moves_faster_than_its_limit_nor_away_from_where_it_should_be(faces):
    shown = play(Stage(limited()), faces)[:, 0]
    most = np.array([limit_of(name, ON) for name in BLENDSHAPES]) / 60
    assert np.all(np.abs(np.diff(shown, axis=0)) <= most + 1e-6)
    for before, now, goal in zip(shown, shown[1:], faces[1:], strict=False):
        assert np.all(np.abs(goal - now) <= np.abs(goal - before) + 1e-6)


@given(FACES)
def test_partners_that_are_alike_stay_so_bit_for_bit(faces):
    for face in faces:
        face[RIGHT] = face[LEFT]
    shown = play(Stage(limited()), faces)[:, 0]
    assert bits(shown[:, LEFT]) == bits(shown[:, RIGHT])


@pytest.mark.parametrize(("shape", "limit"), LIMITS.items())
def test_measured_shapes_have_the_measured_limits(shape, limit):
    name = shape if shape in INDEX else f"{shape}Left"
    assert limit_of(name, ON) == limit


def test_eyes_that_look_elsewhere_have_no_limit():
    assert limit_of("eyeLookInLeft", ON) == NO_LIMIT


def test_a_factor_and_limits_of_one_s_own_are_settings():
    assert limit_of("browInnerUp", SpeedLimitSettings(on=True, factor=2.0)) == 4.0
    own = SpeedLimitSettings(on=True, factor=2.0, limits={"jawOpen": 6.0, "mouthSmile": 1.0})
    assert limit_of("jawOpen", own) == 12.0
    assert limit_of("mouthSmileRight", own) == 2.0


def frown(fps: int, seconds: float) -> np.ndarray:
    stage = Stage(limited(), fps=fps)
    stage.play(0.5)
    stage.set_face(mouthFrownLeft=0.65)
    return stage.shape("mouthFrownLeft", seconds)


def test_a_frown_takes_half_a_second_and_arrives_exactly():
    shown = frown(60, 1.0)
    assert shown[14] == pytest.approx(1.3 * 0.25, abs=0.01)
    assert shown[-1] == np.float32(0.65)


def test_30_60_and_120_frames_a_second_show_the_same_movement():
    # A frame shows where the way is at its own moment, a whole frame after the one before.
    slow, usual, fast = (frown(fps, 0.8)[fps // 30 - 1 :: fps // 30] for fps in (30, 60, 120))
    np.testing.assert_allclose(slow, usual, atol=1e-5)
    np.testing.assert_allclose(usual, fast, atol=1e-5)


def test_a_stream_begins_with_the_face_that_it_has():
    stage = Stage(limited(), mouthFrownLeft=0.8)
    assert stage.shape("mouthFrownLeft", 1 / 60)[0] == np.float32(0.8)


def test_a_cut_is_shown_at_once_and_counts_for_its_own_stream_only():
    stage = Stage(limited(), streams=("main", "alice"))
    stage.play(0.5)
    stage.set_face(mouthFrownLeft=0.65)
    stage.frame.cut[:] = (True, False)
    main, alice = stage.play(1 / 60)[0, :, INDEX["mouthFrownLeft"]]
    assert main == np.float32(0.65)
    assert alice < 0.05
    stage.frame.cut[:] = False
    main, alice = stage.play(1 / 60)[0, :, INDEX["mouthFrownLeft"]]
    assert main == np.float32(0.65)
    assert alice < 0.05


def test_switched_on_it_goes_on_from_the_face_as_it_is():
    layer = limited(on=False)
    stage = Stage(layer)
    stage.play(0.2)
    stage.set_face(mouthFrownLeft=0.65)
    stage.play(0.2)
    layer.configure(PerStream(ON))
    assert stage.shape("mouthFrownLeft", 0.2).tolist() == [np.float32(0.65)] * 12


def test_a_frame_without_time_changes_nothing_of_what_has_no_limit():
    stage = Stage(limited())
    stage.play(0.2)
    stage.set_face(eyeLookInLeft=0.7, mouthFrownLeft=0.7)
    stage.frame.dt = 0.0
    np.copyto(stage.frame.weights, stage.face)
    stage.layers[0].apply(stage.frame)
    assert stage.frame.weights[0, INDEX["eyeLookInLeft"]] == np.float32(0.7)
    assert stage.frame.weights[0, INDEX["mouthFrownLeft"]] < 1e-5


def test_streams_that_come_and_go_do_not_disturb_another():
    stage = Stage(limited(), streams=("alice", "bob"))
    stage.play(0.2)
    stage.set_face(mouthFrownLeft=0.65)
    before = stage.play(0.1)[-1, 1, INDEX["mouthFrownLeft"]]
    stage.remove(0)
    stage.set_face(mouthFrownLeft=0.65)
    after = stage.play(1 / 60)[0, 0, INDEX["mouthFrownLeft"]]
    assert after == pytest.approx(before + 1.3 / 60, abs=1e-5)
