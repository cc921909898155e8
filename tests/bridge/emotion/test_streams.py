"""What a stream may be called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.streams import (
    EVERY_STREAM,
    LONGEST_STREAM,
    MAIN_STREAM,
    allowed_stream,
    is_stream_name,
)


@pytest.mark.parametrize("name", [MAIN_STREAM, "alice", "p07", "Ann-Marie_2", "花子", "é" * 32])
def test_a_plain_name_is_allowed(name: str):
    assert is_stream_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "a b", "a/b", "a#", "+", EVERY_STREAM, "a?", "a,b", "a\n", "a\u202eb", "\udc80", "é" * 33],
)
def test_what_would_break_an_address_a_topic_or_a_line_is_not(name: str):
    assert not is_stream_name(name)


def test_the_limit_is_in_bytes():
    assert is_stream_name("n" * LONGEST_STREAM)
    assert not is_stream_name("n" * (LONGEST_STREAM + 1))


@pytest.mark.parametrize(
    ("sent", "used"),
    [
        ("alice", "alice"),
        ("Guard 7", "Guard_7"),
        ("zone/guard", "zone-guard"),
        (" bob ", "bob"),
        ("a\nb", "a_b"),
        ("{npc}", "_npc_"),
        ("é", "é"),
    ],
)
def test_a_name_that_is_not_allowed_is_made_into_one(sent: str, used: str):
    assert allowed_stream(sent) == used


def test_long_names_are_cut_and_still_told_apart():
    one, other = allowed_stream("é" * 60 + " one"), allowed_stream("é" * 60 + " other")
    assert one != other
    assert one == allowed_stream("é" * 60 + " one")
    assert is_stream_name(one)


@pytest.mark.parametrize("name", ["", " ", "///", "#", "\n", "x" * 257])
def test_without_a_letter_or_far_too_long_it_is_no_name(name: str):
    assert allowed_stream(name) == ""


@given(st.text(max_size=300))
def test_whatever_is_sent_becomes_a_name_or_none(name: str):
    used = allowed_stream(name)
    assert not used or is_stream_name(used)
    assert allowed_stream(used) == used
