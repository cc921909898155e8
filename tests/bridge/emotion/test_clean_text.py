"""The text of a chatbot without its tags: what goes in, and what people read and hear."""

import itertools
import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.emotion.clean_text import CleanText
from bridge.emotion.tags import Piece, Tag
from tests.bridge.emotion.test_tags import FIXTURES as TAGS
from tests.bridge.emotion.test_tags import FRAGMENTS, UNTOUCHED
from tests.cases import chapters, said

CLEAN = {
    "Hello [joy] there": "Hello there",
    "[joy] Hi": "Hi",
    "[joy]Hi": "Hi",
    "Hello.[joy] Next": "Hello. Next",
    "Good[joy]bye": "Goodbye",
    "[joy] [sad] Hi": "Hi",
    "[joy][sad] Hi": "Hi",
    "Hi [joy] [sad] there": "Hi there",
    "Hi [joy][sad] there": "Hi there",
    "One.\n[joy] Two.": "One.\nTwo.",
    "One.\r\n[joy] Two.\r\n": "One.\r\nTwo.\r\n",
    "One.\r[joy]\rTwo.": "One.\r\rTwo.",
    "[joy]\n\nHi": "\n\nHi",
    "- [joy]\titem": "- item",
    "Hello  there": "Hello  there",
    "Hello [joy]  there": "Hello  there",
    "  [joy] Hi": "  Hi",
    "<emotion value='sad'>Oh no</emotion> dear": "Oh no dear",
    "Well <|DELAY:1|> then": "Well then",
    "Hi [joy]": "Hi ",
    "[joy]": "",
    " ": " ",
}
"""What is written, and what is left of it."""

FIXTURES = [
    *CLEAN,
    *UNTOUCHED,
    *(sent for sent, _, _ in TAGS.values()),
    *(case.sent for case in said()),
    *(case.sent for chapter in chapters() for case in chapter.cases),
    json.dumps([case.sent for case in said()], ensure_ascii=False),
    "\n".join(sent for sent, _, _ in TAGS.values()),
]


def read(*chunks: str) -> list[Piece]:
    """The pieces that come of chunks of text, with neighbouring text joined."""
    reader = CleanText()
    pieces = [piece for chunk in chunks for piece in reader.feed(chunk)] + reader.flush()
    joined: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined


def text_of(pieces: list[Piece]) -> str:
    return "".join(piece for piece in pieces if isinstance(piece, str))


@pytest.mark.parametrize("written", CLEAN)
def test_a_tag_leaves_no_gap_and_takes_no_other_character(written: str) -> None:
    assert text_of(read(written)) == CLEAN[written]


@pytest.mark.parametrize("text", UNTOUCHED, ids=lambda text: text[:30])
def test_text_without_a_tag_is_the_same_to_the_last_blank(text: str) -> None:
    assert read(text) == [text]


@pytest.mark.parametrize("text", FIXTURES, ids=lambda text: text[:30])
def test_wherever_a_fixture_is_cut_its_text_and_tags_are_the_same(text: str) -> None:
    whole = read(text)
    assert read(*text) == whole  # a character at a time
    for place in range(len(text)):
        assert read(text[:place], text[place:]) == whole, text[:place]


@given(
    st.lists(st.one_of(FRAGMENTS, st.sampled_from(FIXTURES)), max_size=20),
    st.lists(st.integers(0, 400), max_size=8),
)
@example(["Hello ", "[joy]", " ", "[sad]", " there"], [7, 11, 12])
def test_any_text_cut_anywhere_loses_nothing_but_tags_and_a_blank_behind_each(
    parts: list[str], cuts: list[int]
) -> None:
    text = "".join(parts)
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = read(*(text[a:b] for a, b in itertools.pairwise(places)))
    assert pieces == read(text)
    pattern = "".join(
        re.escape(piece) if isinstance(piece, str) else f"{re.escape(piece.text)}[ \t]?"
        for piece in pieces
    )
    assert re.fullmatch(pattern, text)


def test_text_passes_at_once_and_is_held_only_while_it_may_be_a_tag() -> None:
    reader = CleanText()
    assert reader.feed("H") == ["H"]
    assert reader.feed("i ") == ["i "]
    assert reader.feed("[jo") == []
    assert reader.held == "[jo"
    assert reader.flush() == ["[jo"]
    assert reader.held == ""


def test_other_kinds_of_tags_count_from_the_next_text_on_also_in_what_is_held() -> None:
    reader = CleanText(["brackets"])
    assert reader.feed("(sad) [jo") == ["(sad) "]
    reader.choose(["parentheses"])
    assert text_of(reader.feed("y] (sad)")) == "[joy] "
    assert isinstance(reader.feed(".")[0], Tag | str)
    assert reader.flush() == []
