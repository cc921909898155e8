"""Text from outside, made safe to print and fitted into columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.supervision.text import columns, printable, shortened


def test_letters_beside_an_unprintable_character_stay_readable():
    assert printable("Ярослав\x1b") == "Ярослав\\x1b"


@pytest.mark.parametrize(
    "character",
    ["\x00", "\n", "\x1b", "\x9b", "\u202e", "\u2066", "\u200b", "\ud83d", "\U000e0041"],
)
def test_control_and_format_characters_are_escaped(character):
    assert printable(f"a{character}b").isprintable()
    assert character not in printable(f"a{character}b")


@given(st.text(max_size=100), st.integers(1, 50))
def test_the_result_is_printable_and_no_longer_than_wanted(text, longest):
    result = printable(text, longest)
    assert result.isprintable()
    assert len(result) <= longest
    if result.endswith("…") and not text.endswith("…"):
        assert len(printable(text)) > longest


@pytest.mark.parametrize(("text", "wide"), [("abc", 3), ("夜", 2), ("é", 1), ("", 0)])
def test_columns_are_counted_as_a_terminal_draws_them(text, wide):
    assert columns(text) == wide


@given(st.text(st.sampled_from("aé夜ñ\u0301"), max_size=30), st.integers(0, 30))
def test_a_shortened_text_fits_and_says_that_it_was_cut(text, most):
    result = shortened(text, most)
    assert columns(result) <= most
    assert (result == text) == (columns(text) <= most)
