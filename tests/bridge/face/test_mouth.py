"""The mouth while a stream speaks: the emotion yields it, visemes move it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.cues import VISEMES
from bridge.face.layer import Frame, PerStream
from bridge.face.mouth import EASE, Mouth, MouthSettings, from_visemes
from protocols.arkit import BLENDSHAPES, GROUPS, INDEX, PAIRS

OWNED = ("jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthRollLower", "tongueOut")
SOFTENED = ("mouthShrugLower", "mouthPressLeft", "mouthStretchRight", "mouthDimpleLeft")
KEPT = (
    "mouthSmileLeft",
    "mouthFrownRight",
    "cheekPuff",
    "noseSneerLeft",
    "browInnerUp",
    "eyeBlinkLeft",
)


class Speaker:
    """One stream whose emotion shows every shape at .8."""

    def __init__(self, emotion="yield", fps: int = 60) -> None:
        self.layer = Mouth(PerStream(MouthSettings(emotion)))
        self.layer.add_rows(["main"])
        self.dt = 1 / fps

    def after(self, seconds: float, *, speaking: bool = False, visemes=None, weight=0.8) -> dict:
        for _ in range(round(seconds / self.dt)):
            frame = Frame.of(1)
            frame.weights[:] = weight
            frame.speaking[:] = speaking
            frame.visemes[0] = [(visemes or {}).get(name, 0.0) for name in VISEMES]
            frame.dt = self.dt
            self.layer.apply(frame)
            assert np.all((frame.weights >= 0) & (frame.weights <= 1))
        return dict(zip(BLENDSHAPES, frame.weights[0].tolist(), strict=True))


def test_a_silent_stream_is_left_alone_bit_for_bit():
    assert set(Speaker().after(1.0).values()) == {float(np.float32(0.8))}


def test_while_a_stream_speaks_the_mouth_yields_by_three_groups():
    shown = Speaker().after(2.0, speaking=True)
    for name in OWNED:
        assert shown[name] <= 0.2 * 0.8
    for name in SOFTENED:
        assert shown[name] == pytest.approx(0.4, abs=0.01)
    for name in KEPT:
        assert shown[name] == pytest.approx(0.8)


def test_the_mouth_eases_in_and_out():
    speaker = Speaker()
    shown = [speaker.after(EASE, speaking=True)["jawOpen"]]
    assert shown[0] == pytest.approx(0.8 * (1 - 0.9 * 0.632), abs=0.02)
    speaker.after(2.0, speaking=True)
    assert speaker.after(EASE)["jawOpen"] == pytest.approx(0.8 * (0.1 + 0.9 * 0.632), abs=0.02)
    assert speaker.after(2.0)["jawOpen"] == np.float32(0.8)


def test_what_the_emotion_becomes_while_speaking_shows_afterwards():
    speaker = Speaker()
    speaker.after(1.0, speaking=True, weight=0.2)
    assert speaker.after(1.0, weight=0.6)["mouthFunnel"] == pytest.approx(0.6)


def test_keep_leaves_the_mouth_to_the_emotion():
    assert Speaker("keep").after(1.0, speaking=True)["jawOpen"] == pytest.approx(0.8)


def test_off_leaves_the_mouth_alone_from_the_first_frame_on_and_the_rest_as_it_is():
    shown = Speaker("off").after(1 / 60)
    for group in ("mouth", "jaw", "tongue"):
        assert {shown[name] for name in GROUPS[group]} == {0.0}
    assert shown["browInnerUp"] == pytest.approx(0.8)


def test_visemes_move_the_mouth_and_silence_closes_it():
    speaker = Speaker()
    open_ = speaker.after(0.5, visemes={"aa": 1.0}, weight=0.0)
    assert open_["jawOpen"] > 0.5
    assert open_["browInnerUp"] == 0.0
    round_ = speaker.after(0.5, visemes={"ou": 1.0}, weight=0.0)
    assert round_["mouthPucker"] > 0.4
    assert round_["jawOpen"] < open_["jawOpen"] / 2
    assert set(speaker.after(1.0, weight=0.0).values()) == {0.0}


def test_visemes_make_a_happy_mouth_speak_without_losing_its_smile():
    shown = Speaker().after(1.0, visemes={"aa": 0.6}, weight=0.7)
    assert shown["mouthSmileLeft"] == pytest.approx(0.7)
    assert 0.3 < shown["jawOpen"] < 0.5


@pytest.mark.parametrize("viseme", [name for name in VISEMES if name != "sil"])
def test_every_viseme_shows_in_the_mouth_alone_and_alike_left_and_right(viseme):
    weights, given_ = from_visemes({viseme: 1.0})
    assert weights.max() > 0.1
    assert {BLENDSHAPES[i] for i in np.flatnonzero(weights)} <= {
        *GROUPS["mouth"],
        *GROUPS["jaw"],
        *GROUPS["tongue"],
    }
    assert all(weights[left] == weights[right] for left, right in PAIRS)
    assert given_[weights > 0].all()


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=8))
def test_30_60_and_120_frames_a_second_show_the_same_mouth(script):
    def play(fps):
        speaker = Speaker(fps=fps)
        return [
            list(speaker.after(0.1, speaking=said, visemes={"oh": loud}).values())
            for said, loud in script
        ]

    np.testing.assert_allclose(play(30), play(60), atol=1e-3)
    np.testing.assert_allclose(play(60), play(120), atol=1e-3)


def test_one_stream_that_speaks_leaves_the_other_alone():
    layer = Mouth(PerStream(MouthSettings()))
    for stream in ("main", "alice"):
        layer.add_rows([stream])
    for _ in range(60):
        frame = Frame.of(2)
        frame.weights[:] = 0.8
        frame.speaking[1] = True
        frame.dt = 1 / 60
        layer.apply(frame)
    assert frame.weights[0].tolist() == [np.float32(0.8)] * 52
    assert frame.weights[1, INDEX["jawOpen"]] < 0.2
