"""When and how lids close."""

import itertools
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.names import emotion_to_vad
from bridge.face.blink import Blink, BlinkSettings
from bridge.face.gaze import Gaze, GazeSettings
from bridge.face.layer import PerStream
from protocols.arkit import BLENDSHAPES, INDEX
from tests.bridge.face.stage import LEFT, RIGHT, Stage, bits

LID, WIDE = INDEX["eyeBlinkLeft"], INDEX["eyeWideLeft"]
LIDS = {"eyeBlinkLeft", "eyeBlinkRight"}


def blink(**settings) -> Blink:
    return Blink(PerStream(BlinkSettings(**{"seed": 5, **settings})))


def beginnings(lid: np.ndarray, fps: int) -> list[float]:
    """When a lid that was open began to close, in seconds."""
    closing = (lid[1:] > 1e-3) & (lid[:-1] <= 1e-3)
    return (np.flatnonzero(closing) / fps).tolist()


def many(layer: Blink, minutes: float, fps: int = 60) -> list[np.ndarray]:
    """A lid of each of 15 streams in so many minutes of theirs together."""
    stage = Stage(layer, fps=fps, streams=[str(number) for number in range(15)])
    return list(stage.play(60.0 * minutes / 15)[:, :, LID].T)


# --- off


@given(st.dictionaries(st.sampled_from(BLENDSHAPES), st.floats(0, 1, width=32)))
def test_off_every_bit_of_the_face_stays(face):
    stage = Stage(blink(on=False), fps=10, **face)
    shown = stage.play(60.0)
    assert bits(shown) == bits(np.broadcast_to(stage.face, shown.shape))


def test_between_blinks_every_bit_of_the_face_stays():
    face = {"eyeBlinkLeft": 0.3, "eyeWideLeft": 0.1, "jawOpen": 0.2}
    stage = Stage(blink(), streams=[str(n) for n in range(20)], **face)
    shown = stage.play(20.0)
    untouched = shown[:, :, INDEX["eyeBlinkRight"]] == 0.0
    assert 0.8 < untouched.mean() < 0.98
    assert np.all(shown[untouched] == stage.face[0])


def test_switched_off_a_blink_ends_and_none_follows_until_it_is_on_again():
    layer = blink(rate=60.0)
    stage = Stage(layer)
    while stage.play(1 / 60)[0, 0, LID] < 0.3:
        pass
    layer.configure(PerStream(BlinkSettings(on=False)))
    lid = stage.shape("eyeBlinkLeft", 60.0)
    assert lid.max() > 0.4
    assert not lid[30:].any()
    layer.configure(PerStream(BlinkSettings(rate=17.0)))
    assert 8 <= len(beginnings(stage.shape("eyeBlinkLeft", 60.0), 60)) <= 26


# --- how


def test_only_lids_and_wide_eyes_move_and_left_equals_right_bit_for_bit():
    stage = Stage(blink(), eyeWideLeft=0.4, eyeWideRight=0.4, browInnerUp=0.3)
    shown = stage.play(60.0)[:, 0]
    moved = {BLENDSHAPES[i] for i in np.flatnonzero(np.ptp(shown, axis=0))}
    assert moved == LIDS | {"eyeWideLeft", "eyeWideRight"}
    assert bits(shown[:, LEFT]) == bits(shown[:, RIGHT])


def each_blink(lid: np.ndarray) -> list[np.ndarray]:
    """Every run of frames in which the lid is not open, but for one that does not end."""
    whole = lid[: np.flatnonzero(lid == 0.0)[-1] + 1]
    runs = itertools.groupby(whole.tolist(), key=lambda weight: weight > 0)
    return [np.array(list(run)) for closed, run in runs if closed]


def test_lids_close_in_50_to_100_ms_and_open_more_slowly():
    fps = 500
    for lid in each_blink(Stage(blink(double=0.0), fps=fps).shape("eyeBlinkLeft", 120.0)):
        shut = np.flatnonzero(lid == lid.max())
        closing, opening = shut[0] / fps, (len(lid) - shut[-1]) / fps
        assert 0.05 <= closing <= 0.1
        assert 0.067 <= opening <= 0.33
        assert opening > closing


def test_lids_close_without_opening_and_open_without_closing():
    for lid in each_blink(Stage(blink(double=0.0), fps=500).shape("eyeBlinkLeft", 60.0)):
        top = int(lid.argmax())
        assert np.all(np.diff(lid[: top + 1]) >= 0)
        assert np.all(np.diff(lid[top:]) <= 0)
        assert np.abs(np.diff(lid)).max() < 0.1  # at 500 a second: nothing jumps


def test_about_half_of_the_blinks_are_partial_and_the_others_close_the_eye():
    depths = [run.max() for lid in many(blink(), 30.0) for run in each_blink(lid)]
    partial = [depth for depth in depths if depth < 0.95]
    assert len(partial) / len(depths) == pytest.approx(0.52, abs=0.08)
    assert min(depths) >= 0.45
    assert max(depths) == pytest.approx(1.0)


@pytest.mark.parametrize("partial", [0.0, 1.0])
def test_the_share_of_partial_blinks_is_a_setting(partial):
    for lid in many(blink(partial=partial), 10.0):
        assert all((run.max() < 0.95) == bool(partial) for run in each_blink(lid))


@pytest.mark.parametrize("double", [0.0, 0.15, 1.0])
def test_some_blinks_are_double(double):
    began = [beginnings(lid, 60) for lid in many(blink(double=double), 30.0)]
    gaps = np.concatenate([np.diff(some) for some in began])
    # A few blinks in a hundred follow so soon by chance.
    assert (gaps < 0.6).mean() == pytest.approx(double / (1 + double), abs=0.05)
    assert sum(map(len, began)) / 30 == pytest.approx(17.0, abs=2.0)


@given(
    st.floats(0, 1, width=32),
    st.floats(0, 1, width=32),
    st.floats(0, 0.2),
)
def test_lowered_lids_blink_from_where_they_are_and_nothing_opens_in_mid_blink(before, after, at):
    # The emotion moves the lids at any moment of a blink, as fast as a frame.
    layer = blink(rate=60.0, double=0.0)
    stage = Stage(layer, fps=200, eyeBlinkLeft=before, eyeBlinkRight=before)
    while not layer._blinking:
        lid = stage.shape("eyeBlinkLeft", 1 / 200)
    blinking, shown = layer._lids[0], [lid[0]]
    while stage.frame.now < blinking.start + blinking.closing:
        if stage.frame.now >= blinking.start + at:
            stage.set_face(eyeBlinkLeft=after, eyeBlinkRight=after)
        shown.append(stage.shape("eyeBlinkLeft", 1 / 200)[0])
    assert np.all(np.diff(shown) >= -1e-6)
    assert shown[0] >= min(before, after) - 1e-6
    # What the emotion has moved meanwhile is reached without a jump, apart from its own.
    opening = stage.shape("eyeBlinkLeft", blinking.end - stage.frame.now)
    allowed = 0.1 + max(0.0, after - before)
    assert np.abs(np.diff([shown[-1], *opening])).max() <= allowed


def test_a_face_with_closed_eyes_keeps_them_closed():
    stage = Stage(blink(rate=60.0), eyeBlinkLeft=1.0, eyeBlinkRight=1.0)
    assert set(stage.shape("eyeBlinkLeft", 30.0).tolist()) == {1.0}


def test_wide_eyes_give_way_while_the_lids_are_shut():
    stage = Stage(blink(), eyeWideLeft=0.7, eyeWideRight=0.7)
    shown = stage.play(60.0)[:, 0]
    assert np.all(shown[:, WIDE] <= 0.7 * (1 - shown[:, LID]) + 1e-6)


# --- when


def blinks_a_minute(*, speaking: bool = False, feeling: str = "neutral", **settings) -> float:
    stage = Stage(blink(**settings), fps=30, streams=[str(n) for n in range(10)])
    stage.frame.speaking[:] = speaking
    stage.frame.feelings[:] = emotion_to_vad(feeling)
    lids = stage.play(240.0)[:, :, LID]
    return fmean(len(each_blink(lid)) for lid in lids.T) / 4


def test_people_at_rest_blink_17_times_a_minute_and_26_times_while_speaking():
    assert blinks_a_minute() == pytest.approx(17.0, abs=1.5)
    assert blinks_a_minute(speaking=True) == pytest.approx(26.0, abs=2.0)


@pytest.mark.parametrize(("feeling", "least", "most"), [
    ("fear", 9.0, 13.0),
    ("sadness", 20.0, 25.0),
    ("surprise", 0.0, 2.0),
    ("anger", 12.0, 16.0),
    ("sleepy", 5.0, 8.0),
    ("happiness", 17.0, 20.0),
])  # fmt: skip
def test_the_rate_follows_the_emotion(feeling, least, most):
    assert least <= blinks_a_minute(feeling=feeling) <= most


def test_the_rate_grows_with_arousal():
    stage = {a: Stage(blink(), fps=20, streams=[str(n) for n in range(10)]) for a in (-0.5, 0.5)}
    counts = {}
    for arousal, one in stage.items():
        one.frame.feelings[:] = (0.7, arousal, 0.6)
        counts[arousal] = sum(len(each_blink(lid)) for lid in one.play(300.0)[:, :, LID].T)
    assert counts[0.5] > counts[-0.5]


def test_a_rate_of_0_never_blinks():
    assert blinks_a_minute(rate=0.0) == 0.0


def test_intervals_are_skewed_like_those_of_people():
    lids = many(blink(double=0.0), 90.0, fps=30)
    gaps = np.concatenate([np.diff(beginnings(lid, 30)) for lid in lids])
    assert gaps.min() < 1.0
    assert 10.0 < gaps.max() < 60.0
    assert np.median(gaps) < 0.85 * gaps.mean()
    assert np.log(gaps).std() == pytest.approx(0.8, abs=0.1)


# --- with the gaze


def test_a_large_gaze_shift_brings_a_blink_that_begins_with_it():
    gaze = Gaze(PerStream(GazeSettings(microsaccades=0.0)))
    stage = Stage(gaze, Blink(PerStream(BlinkSettings(rate=0.0, seed=2)), gaze), fps=120)
    at, blinked = 0.0, {True: [], False: []}
    for number in range(600):
        to = (-1) ** number * (20.0 if number % 3 else 10.0)
        stage.frame.look_at[0] = np.radians((to, 0.0))
        began = beginnings(stage.shape("eyeBlinkLeft", 0.6), 120)
        assert all(moment <= 2 / 120 for moment in began[:1])  # a second one may follow
        blinked[abs(to - at) > 33.0].append(bool(began))
        at = to
    assert fmean(blinked[True]) == pytest.approx(0.97, abs=0.03)
    assert not any(blinked[False])


def test_with_blinks_off_a_large_gaze_shift_brings_none():
    gaze = Gaze(PerStream(GazeSettings(microsaccades=0.0)))
    stage = Stage(gaze, Blink(PerStream(BlinkSettings(on=False)), gaze))
    stage.frame.look_at[0] = (0.6, 0.0)
    stage.play(0.5)
    stage.frame.look_at[0] = (-0.6, 0.0)
    assert not stage.shape("eyeBlinkLeft", 1.0).any()


# --- frames and streams


def test_30_60_and_120_frames_a_second_show_the_same_blinks():
    def play(fps):
        stage = Stage(blink(), fps=fps)
        shown = []
        for feeling, speaking in (("neutral", False), ("sadness", True), ("fear", False)):
            stage.frame.feelings[:] = emotion_to_vad(feeling)
            stage.frame.speaking[:] = speaking
            shown.append(stage.play(20.0))
        return np.concatenate(shown)[:: fps // 30]

    np.testing.assert_allclose(play(30), play(60), atol=1e-3)
    np.testing.assert_allclose(play(60), play(120), atol=1e-3)


def test_a_feeling_on_its_way_blinks_at_the_same_moments_at_every_rate():
    def play(fps):
        stage = Stage(blink(double=0.0), fps=fps)
        lids = []
        for _ in range(120 * fps):
            stage.frame.feelings[0, 1] = np.sin(stage.frames / fps)
            lids.append(stage.step().weights[0, LID])
        return beginnings(np.array(lids), fps)

    slow, fast = play(30), play(120)
    assert len(slow) == len(fast) > 10
    np.testing.assert_allclose(slow, fast, atol=0.05)


def test_streams_that_come_and_go_do_not_disturb_another():
    alone = Stage(blink(), streams=("bob",)).play(60.0)[:, 0]
    stage = Stage(blink(), streams=("alice", "bob"))
    shown = [stage.play(20.0)[:, 1]]
    stage.add("carol")
    shown.append(stage.play(20.0)[:, 1])
    stage.remove(0)
    shown.append(stage.play(20.0)[:, 0])
    np.testing.assert_allclose(np.concatenate(shown), alone, atol=1e-4)
    assert alone.any()


def test_streams_do_not_blink_together_although_they_have_one_seed():
    lids = Stage(blink(), streams=("alice", "bob")).play(60.0)[:, :, LID]
    assert np.corrcoef(lids.T)[0, 1] < 0.3


def test_the_same_seed_blinks_the_same_way_and_another_does_not():
    one, same, other = (Stage(blink(seed=seed)).play(30.0) for seed in (1, 1, 2))
    assert bits(one) == bits(same)
    assert bits(one) != bits(other)


def test_a_stall_of_an_hour_is_no_mistake():
    stage = Stage(blink())
    stage.play(10.0)
    stage.time += 3600.0
    assert 8 <= len(each_blink(stage.shape("eyeBlinkLeft", 60.0))) <= 26


def test_no_stream_is_no_mistake():
    Stage(blink(), streams=()).layers[0].apply(Stage(streams=()).frame)
