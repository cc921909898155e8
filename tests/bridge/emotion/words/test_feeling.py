import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.points import Vad
from bridge.emotion.words.feeling import LEAST, LONGEST, feeling
from tests.bridge.emotion.words.judged import agreement

AXES = ("valence", "arousal", "dominance")


def felt(sentence: str) -> Vad:
    """The feeling of a sentence that has one."""
    found = feeling(sentence)
    assert found is not None, sentence
    return found


@pytest.mark.parametrize(
    ("axis", "least_right", "most_wrong"), [(0, 38, 6), (1, 27, 3), (2, 15, 6)], ids=AXES
)
def test_words_agree_with_a_person_as_often_as_the_page_says(
    axis: int, least_right: int, most_wrong: int
) -> None:
    found = agreement()[axis]
    assert found.right >= least_right
    assert found.wrong <= most_wrong


@pytest.mark.parametrize(
    "sentence",
    [
        "The meeting starts at nine.",
        "Turn left at the next corner.",
        "What time is it?",
        "嬉しいです。",
        "asdf qwer",
        "12:30",
        "",
    ],
)
def test_a_sentence_that_says_nothing_has_no_feeling(sentence: str) -> None:
    assert feeling(sentence) is None


def test_few_known_words_give_a_weak_feeling() -> None:
    weak, strong = felt("He was nervous."), felt("He was nervous, scared and terrified.")
    assert weak.valence > strong.valence
    assert 0 < weak.arousal < strong.arousal


def test_a_negated_word_is_not_felt() -> None:
    assert felt("I am happy.").valence > 0 > felt("I am not happy.").valence
    assert felt("I'm scared.").arousal > felt("I’m not scared.").arousal


def test_a_negated_word_adds_neither_arousal_nor_dominance() -> None:
    assert felt("I am terrified.").arousal > 0.3
    assert felt("I am not terrified.").arousal == felt("I am never terrified.").arousal < 0.15


def test_a_capital_letter_hides_no_word() -> None:
    assert felt("Terrified people ran.") == felt("terrified people ran.")


def test_anger_and_fear_differ_in_dominance() -> None:
    assert felt("I am furious!").dominance > 0.2 > -0.2 > felt("I am terrified!").dominance


def test_exclamation_marks_and_capitals_raise_arousal() -> None:
    calm, loud = felt("I won."), felt("I won!!!")
    assert loud.arousal > calm.arousal + 0.3
    assert felt("I WON the race.").arousal > felt("I won the race.").arousal + 0.15


def test_trailing_off_lowers_arousal() -> None:
    assert felt("I am lonely...").arousal < felt("I am lonely.").arousal


def test_a_question_with_an_exclamation_mark_is_astonished() -> None:
    assert felt("What?!").arousal > 0.2


@pytest.mark.parametrize(
    ("emoji", "signs"), [("😊", "++"), ("😭", "--"), ("😡", "-+"), ("😱", "-+"), ("🎉", "+.")]
)
def test_an_emoji_alone_has_its_feeling(emoji: str, signs: str) -> None:
    for axis, sign in zip(felt(emoji), signs, strict=False):
        assert sign == "." or (axis > 0) == (sign == "+")


def test_a_negation_does_not_reach_an_emoji() -> None:
    assert felt("I am not 😊").valence > 0


def test_what_is_behind_the_longest_sentence_is_not_read() -> None:
    assert feeling("x " * (LONGEST // 2) + "I am happy!!!") is None


@given(st.text())
def test_any_text_has_a_feeling_within_range_or_none(text: str) -> None:
    found = feeling(text)
    assert found is None or (
        all(-1 <= axis <= 1 for axis in found) and max(map(abs, found)) >= LEAST
    )


def test_reading_words_needs_no_network_and_nothing_is_loaded_before_it() -> None:
    script = (
        "import socket, sys\n"
        "socket.socket.connect = None\n"
        "from bridge.emotion.words.feeling import feeling\n"
        "assert not [name for name in sys.modules if name.startswith('vader')]\n"
        "assert feeling('I am happy!')\n"
        "assert 'requests' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
