"""A mood: what moves it, how it fades, and what shows of it."""

import numpy as np
import pytest

from bridge.face.layer import PerStream
from bridge.face.mood import Mood, MoodSettings

HAPPY = np.array([[0.8, 0.6, 0.5]])
SAD = np.array([[-0.8, -0.4, -0.3]])
NOTHING = np.zeros((1, 3))
USUAL = {"on": True, "half_life": 300.0, "strength": 0.1, "shows": 0.3}


def mood(streams: int = 1, **settings) -> Mood:
    made = Mood(PerStream(MoodSettings(**{**USUAL, **settings})))
    for number in range(streams):
        made.add_rows([str(number)])
    return made


def live(made: Mood, emotion: np.ndarray, seconds: float, fps: float = 10) -> np.ndarray:
    """What shows after some seconds of an emotion."""
    shown = NOTHING
    for _ in range(round(seconds * fps)):
        shown = made.advance(emotion, 1 / fps)
    return shown


def test_ten_seconds_of_a_full_emotion_move_it_by_the_strength():
    made = mood(half_life=1e9)
    live(made, np.array([[1.0, -1.0, 0.0]]), 10.0)
    assert made.value[0] == pytest.approx([0.1, -0.1, 0.0], abs=1e-6)


def test_the_same_emotion_moves_it_less_the_nearer_it_is_to_the_edge():
    made = mood(half_life=1e9)
    at = [0.0]
    for _ in range(30):
        live(made, HAPPY, 10.0)
        at.append(float(made.value[0, 0]))
    steps = np.diff(at)
    assert (np.diff(steps) < 0).all()
    assert 0.8 < at[-1] < 1.0


def test_a_weak_emotion_never_takes_back_what_a_strong_one_of_its_kind_did():
    made = mood(half_life=1e9)
    live(made, HAPPY, 60.0)
    before = made.value.copy()
    live(made, 0.1 * HAPPY, 60.0)
    assert (made.value > before).all()
    live(made, SAD, 5.0)
    assert (made.value < before + 0.1).all()


def test_half_of_it_fades_in_its_half_life():
    made = mood()
    made.value[:] = 0.8
    live(made, NOTHING, 300.0)
    assert made.value == pytest.approx(0.4)


def test_an_emotion_for_ever_leaves_it_within_the_edge():
    made = mood(strength=0.9)
    for emotion in (HAPPY, SAD, 100 * HAPPY):
        live(made, np.clip(emotion, -1, 1), 10000.0, fps=0.1)
        assert (np.abs(made.value) < 1.0).all()


@pytest.mark.parametrize("fps", [1, 30, 120])
def test_the_frame_rate_does_not_matter(fps):
    made = mood()
    live(made, HAPPY, 20.0, fps)
    live(made, SAD, 7.0, fps)
    reference = mood()
    live(reference, HAPPY, 20.0, 60)
    live(reference, SAD, 7.0, 60)
    assert made.value == pytest.approx(reference.value, abs=1e-9)


def test_a_part_of_it_shows():
    made = mood()
    made.value[:] = 0.5
    assert made.advance(NOTHING, 0.0) == pytest.approx(0.15)


def test_it_is_forgotten_within_seconds_without_a_jump_and_then_begins_anew():
    made = mood()
    made.value[:] = 0.8
    before = made.advance(NOTHING, 0.0)[0, 0]
    made.forget(0)
    shown = np.array([before, *(made.advance(NOTHING, 1 / 60)[0, 0] for _ in range(300))])
    assert np.abs(np.diff(shown)).max() < 0.01
    assert shown[-1] == 0.0
    live(made, HAPPY, 10.0)
    assert made.value[0, 0] > 0.05


def test_a_reload_does_not_keep_a_mood_that_is_being_forgotten():
    made = mood()
    made.value[:] = 0.8
    made.forget(0)
    live(made, NOTHING, 0.1)
    made.configure(PerStream(MoodSettings(**USUAL)))
    assert live(made, NOTHING, 5.0)[0, 0] == 0.0


def test_without_settings_and_without_streams_there_is_none():
    made = Mood()
    assert not made.on
    made.add_rows(["main"])
    assert not made.on
    assert not mood(streams=0).on
    assert mood().on


def test_turned_off_by_a_reload_it_leaves_without_a_jump():
    made = mood()
    made.value[:] = 0.8
    before = made.advance(NOTHING, 0.0)[0, 0]
    made.configure(PerStream(MoodSettings()))
    assert made.on
    shown = np.array([before, *(made.advance(NOTHING, 1 / 60)[0, 0] for _ in range(180))])
    assert np.abs(np.diff(shown)).max() < 0.02
    assert not made.on


def test_streams_have_moods_and_settings_of_their_own():
    made = Mood(PerStream(MoodSettings(**USUAL), {"bob": MoodSettings()}))
    for stream in ("alice", "bob", "carol"):
        made.add_rows([stream])
    live(made, np.repeat(HAPPY, 3, axis=0), 10.0)
    assert made.value[0, 0] > 0.05
    assert not made.value[1].any()
    made.remove_rows([0])
    made.value[1] = 0.5
    assert live(made, np.zeros((2, 3)), 0.1)[:, 0] == pytest.approx([0.0, 0.15], abs=1e-3)
