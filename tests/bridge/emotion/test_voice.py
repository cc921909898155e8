"""How far the voice is in the text that it speaks."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.voice import CHARACTERS_A_WORD, SPEAKER_TIMEOUT, Voice

RATE = 60.0  # words a minute, so that a second has six characters


@pytest.fixture
def voice() -> Voice:
    return Voice(RATE)


def test_without_a_speaker_the_voice_goes_through_the_text_at_its_rate(voice: Voice):
    voice.wrote("x" * 60, 100.0)
    assert voice.place(100.0) == 0
    assert voice.place(101.0) == CHARACTERS_A_WORD
    assert voice.place(200.0) == 60
    assert voice.reaches(30) == 105.0
    assert voice.reaches(0) == -math.inf


def test_the_voice_begins_when_text_comes_and_does_not_make_up_for_a_pause(voice: Voice):
    voice.wrote("x" * 6, 100.0)
    voice.wrote("x" * 6, 150.0)
    assert voice.place(150.5) == 9
    assert voice.reaches(12) == 151.0


def test_text_a_character_at_a_time_is_spoken_no_slower(voice: Voice):
    for number in range(60):
        voice.wrote("x", 100.0 + number / 1000)
    assert voice.place(105.0) == pytest.approx(30)


def test_another_rate_counts_from_now_on(voice: Voice):
    voice.wrote("x" * 60, 100.0)
    voice.speak_at(2 * RATE, 101.0)
    assert voice.place(102.0) == 18


def test_a_speaker_says_where_the_voice_is(voice: Voice):
    voice.wrote("x" * 60, 100.0)
    voice.report(42, 100.5)
    assert voice.place(101.0) == 42
    assert voice.reaches(42) == -math.inf
    voice.report(12, 101.0)  # a report that was overtaken, or a word that is said again
    assert voice.place(101.0) == 12


def test_a_speaker_is_nowhere_beyond_what_is_written(voice: Voice):
    voice.wrote("x" * 10, 100.0)
    voice.report(99, 100.0)
    assert voice.place(100.0) == 10


def test_a_speaker_that_says_nothing_for_a_while_is_stood_in_for(voice: Voice):
    voice.wrote("x" * 60, 100.0)
    voice.report(6, 100.0)
    silent = 100.0 + SPEAKER_TIMEOUT
    assert voice.place(silent) == 6
    assert voice.reaches(12) == silent + 1
    assert voice.place(silent + 1) == 12


def test_a_speaker_has_time_to_begin_a_new_text_but_a_dead_one_only_once(voice: Voice):
    voice.wrote("x" * 6, 0.0)
    voice.report(6, 1.0)
    voice.wrote("y" * 6, 100.0)
    assert voice.place(100.0 + SPEAKER_TIMEOUT) == 6
    assert voice.place(102.0 + SPEAKER_TIMEOUT) == 12
    voice.wrote("z" * 6, 200.0)
    assert voice.place(201.0) == 18


def test_zero_begins_another_count_at_the_next_word(voice: Voice):
    voice.wrote("Hello there. How are you?", 100.0)
    voice.report(0, 100.0)
    voice.report(11, 101.0)  # "there", without its stop
    voice.report(0, 102.0)
    assert voice.place(102.0) == len("Hello there. ")
    voice.report(3, 102.5)
    assert voice.place(102.5) == len("Hello there. How")


def test_zero_before_anything_was_spoken_begins_at_the_start(voice: Voice):
    voice.wrote("Hello there.", 100.0)
    voice.report(0, 101.0)
    voice.report(5, 101.5)
    assert voice.place(101.5) == 5


def test_zero_after_a_pause_begins_at_what_was_written_since(voice: Voice):
    voice.wrote("One two three. ", 0.0)
    voice.report(4, 1.0)  # and says no more
    voice.wrote("Four five.", 100.0)
    voice.report(0, 101.0)
    assert voice.place(101.0) == len("One two three. ")


def test_what_comes_after_the_last_word_is_not_waited_for(voice: Voice):
    voice.wrote("Hello", 0.0)
    assert voice.end_of_words == 5
    voice.wrote(" … ", 0.0)
    assert (voice.end_of_words, voice.written) == (5, 8)
    voice.wrote("喜", 0.0)
    assert voice.end_of_words == 9


@given(st.lists(st.one_of(st.integers(0, 500), st.text(max_size=20)), max_size=30))
def test_the_voice_is_always_within_the_text_and_reaches_all_of_it(events: list[int | str]):
    voice, now = Voice(160.0), 1000.0
    for event in events:
        now += 0.7
        if isinstance(event, str):
            voice.wrote(event, now)
        else:
            voice.report(event, now)
        assert 0 <= voice.place(now) <= voice.written
        assert voice.end_of_words <= voice.written
    end = voice.reaches(voice.written)
    assert end < math.inf
    assert voice.place(max(end, now) + 1e-6) == pytest.approx(voice.written)
