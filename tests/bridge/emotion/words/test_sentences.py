import time
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.words.feeling import LONGEST
from bridge.emotion.words.sentences import Sentence, Sentences


def split(text: str, size: int | None = None) -> list[str]:
    """The sentences of a text that comes in pieces of `size` characters."""
    sentences = Sentences()
    step = size or len(text) or 1
    found = [sentences.feed(text[at : at + step]) for at in range(0, len(text), step)]
    return [sentence.text for sentence in [*chain(*found), *sentences.flush()]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I left. Did you? Yes!", ["I left.", "Did you?", "Yes!"]),
        ("one\ntwo\r\nthree\rfour", ["one", "two", "three", "four"]),
        ("Dr. Smith paid 3.5 dollars. He left!", ["Dr. Smith paid 3.5 dollars.", "He left!"]),
        (
            "J. R. Tolkien lived in the U.K. and wrote.",
            ["J. R. Tolkien lived in the U.K. and wrote."],
        ),
        ("So did I. Then", ["So did I.", "Then"]),
        ("1. First\n2. Second. More", ["1. First", "2. Second.", "More"]),
        ("At 9 a.m. we met, e.g. here. Bye", ["At 9 a.m. we met, e.g. here.", "Bye"]),
        ('"Hello!" she said. (Really?) Yes', ['"Hello!"', "she said.", "(Really?)", "Yes"]),
        ("**Wow!** yes", ["**Wow!**", "yes"]),
        ("Wait... no… yes", ["Wait...", "no…", "yes"]),
        ("What?! No way!!! Yes", ["What?!", "No way!!!", "Yes"]),
        ("Great 😊 what now", ["Great 😊", "what now"]),
        ("I love it! 😊😊 Next", ["I love it! 😊😊", "Next"]),
        ("Oh no!😢 Next", ["Oh no!😢", "Next"]),
        ("嬉しいです。本当に！？はい", ["嬉しいです。", "本当に！？", "はい"]),
        ("no end", ["no end"]),
        (" \n \n", []),
    ],
)
def test_text_is_cut_where_a_person_ends_a_sentence(text: str, expected: list[str]) -> None:
    assert split(text) == expected


@given(st.text(st.sampled_from('ab .!?"😊\n\r。1IDr…)'), max_size=80), st.integers(1, 9))
def test_sentences_are_the_same_however_the_text_is_cut(text: str, size: int) -> None:
    assert split(text, size) == split(text)


@given(st.text(st.sampled_from("ab .!?😊\n"), max_size=700), st.integers(1, 400))
def test_no_visible_character_is_lost_or_doubled(text: str, size: int) -> None:
    assert "".join("".join(split(text, size)).split()) == "".join(text.split())


def test_a_sentence_comes_as_soon_as_the_next_word_begins() -> None:
    sentences = Sentences()
    assert sentences.feed("I won! ") == []
    assert sentences.feed("S") == [Sentence("I won!", after=0)]


def test_a_pause_ends_a_sentence_that_has_its_sign_and_no_other() -> None:
    sentences = Sentences()
    sentences.feed("I am not")
    assert not sentences.may_end
    assert sentences.pause() == []
    sentences.feed(" happy. ")
    assert sentences.may_end
    assert sentences.pause() == [Sentence("I am not happy.", after=0)]
    assert sentences.pause() == []


@pytest.mark.parametrize("text", ["I met Dr.", "At 9 a.m.", "about 3,", "1."])
def test_a_pause_behind_an_abbreviation_ends_nothing(text: str) -> None:
    sentences = Sentences()
    sentences.feed(text)
    assert sentences.pause() == []


def test_a_text_without_end_is_cut_between_words_and_no_more_of_it_is_held() -> None:
    pieces = split("word " * 1000)
    assert max(map(len, pieces)) <= LONGEST
    assert set(" ".join(pieces).split()) == {"word"}


@pytest.mark.parametrize("sign", ["a", ".", " ", "😊 ", ". ", "\n", '!"', "。", ". 😊 ", "A."])
def test_no_text_takes_longer_than_its_length(sign: str) -> None:
    """64 kB of one sign take seconds where the search is quadratic, and a tenth of one here."""
    start = time.process_time()
    split(sign * (65536 // len(sign)))
    assert time.process_time() - start < 2


@given(st.text(st.sampled_from("ab .!?😊\n"), max_size=700), st.integers(1, 400))
def test_a_sentence_knows_where_the_last_word_before_it_ends(text: str, size: int) -> None:
    sentences = Sentences()
    found = [sentences.feed(text[at : at + size]) for at in range(0, len(text), size)]
    for sentence in [*chain(*found), *sentences.flush()]:
        before = text[: sentence.after]
        assert not before or before[-1].isalnum()
        rest = text[sentence.after :]
        assert not any(sign.isalnum() for sign in rest[: rest.index(sentence.text)])
