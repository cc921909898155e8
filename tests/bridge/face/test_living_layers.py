"""The layers that make a face live, together in their order."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.names import BASIC_EMOTIONS, emotion_to_vad
from bridge.face.blink import Blink, BlinkSettings
from bridge.face.correctives import Correctives
from bridge.face.eye_rotations import EyeRotations
from bridge.face.gaze import Gaze, GazeSettings
from bridge.face.idle import Idle, IdleSettings
from bridge.face.layer import Layer, PerStream
from bridge.face.lean import Lean, LeanSettings
from bridge.face.speed_limit import SpeedLimit, SpeedLimitSettings
from bridge.model import checkpoint
from bridge.model.engine import Engine
from protocols.arkit import BLENDSHAPES, INDEX
from tests.bridge.face.stage import LEFT, RIGHT, Stage, bits

FACES = st.dictionaries(st.sampled_from(BLENDSHAPES), st.floats(0, 1, width=32))


def living(
    speed: SpeedLimitSettings | None = None,
    lean: LeanSettings | None = None,
    idle: IdleSettings | None = None,
    gaze: GazeSettings | None = None,
    blink: BlinkSettings | None = None,
) -> list[Layer]:
    """All of them with these settings, or as they are by default but for a seed."""
    eyes = Gaze(PerStream(gaze or GazeSettings(seed=3)))
    return [
        SpeedLimit(PerStream(speed or SpeedLimitSettings())),
        Lean(PerStream(lean or LeanSettings())),
        Idle(PerStream(idle or IdleSettings(seed=3))),
        eyes,
        Blink(PerStream(blink or BlinkSettings(seed=3)), eyes),
        Correctives(),
        EyeRotations(),
    ]


OFF = {"idle": IdleSettings(on=False), "blink": BlinkSettings(on=False)}
EVERYTHING = {
    "speed": SpeedLimitSettings(on=True),
    "lean": LeanSettings({"contempt": 1.0, "anger": 1.0}),
    "gaze": GazeSettings(on=True, head=0.5, seed=3),
    "idle": IdleSettings(amount=2.0, seed=3),
    "blink": BlinkSettings(rate=40.0, seed=3),
}


@pytest.mark.parametrize("emotion", BASIC_EMOTIONS)
def test_with_every_layer_off_the_face_is_what_the_model_says_bit_for_bit(emotion):
    engine = Engine(checkpoint.load(checkpoint.BUILTIN)[0])
    stage = Stage(*living(**OFF), fps=30)
    stage.frame.feelings[:] = emotion_to_vad(emotion)
    stage.face[:] = np.clip(engine.run(stage.frame.feelings), 0.0, 1.0)
    shown = stage.play(10.0)
    assert bits(shown) == bits(np.broadcast_to(stage.face, shown.shape))
    assert not stage.frame.rotations[0, 0].any()


@given(FACES)
def test_by_default_left_equals_right_bit_for_bit(face):
    stage = Stage(*living(), fps=10, **face)
    stage.face[:, RIGHT] = stage.face[:, LEFT]
    shown = stage.play(20.0)
    assert bits(shown[:, :, LEFT]) == bits(shown[:, :, RIGHT])


@given(FACES, st.tuples(*[st.floats(-1, 1)] * 3))
def test_with_everything_on_weights_stay_within_bounds(face, feeling):
    stage = Stage(*living(**EVERYTHING), fps=10, **face)
    stage.frame.feelings[:] = feeling
    stage.play(5.0)  # which checks them
    stage.frame.look_at[:] = (1.2, -0.7)
    stage.frame.speaking[:] = True
    stage.play(5.0)


def test_a_neutral_face_is_never_still_for_long():
    streams = [f"face {number}" for number in range(8)]  # one in twelve is still for longer
    shown = Stage(*living(), streams=streams).play(60.0)[60:]
    still = (np.diff(shown, axis=0) == 0).all(axis=2)
    assert still.mean() < 0.01


def test_lids_and_eyes_agree_with_each_other_in_every_frame():
    stage = Stage(*living(**EVERYTHING))

    def check(frame):
        shown = frame.weights[0]
        assert shown[INDEX["eyeWideLeft"]] + shown[INDEX["eyeBlinkLeft"]] <= 1 + 1e-6
        pitch = shown[INDEX["eyeLookDownLeft"]] - shown[INDEX["eyeLookUpLeft"]]
        assert np.degrees(frame.rotations[0, 1, 1]) == pytest.approx(35 * pitch, abs=1e-3)

    stage.play(30.0, check)


@pytest.mark.parametrize("settings", [{}, EVERYTHING], ids=["default", "everything"])
def test_frames_leave_nothing_behind_in_memory(settings):
    stage = Stage(*living(**settings))
    for _ in range(1200):
        stage.step()
    tracemalloc.start()
    try:
        for _ in range(100):
            stage.step()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(3000):
            stage.step()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 2048  # what frames of one moment or another hold


def test_a_thousand_streams_live_each_in_its_own_way():
    many = Stage(*living(), streams=[str(number) for number in range(1000)], fps=30)
    shown = many.play(1.0)
    assert len(np.unique(shown[-1], axis=0)) > 990  # a few rest for the moment
