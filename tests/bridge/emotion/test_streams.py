"""What a stream may be called."""

import pytest

from bridge.emotion.streams import EVERY_STREAM, LONGEST_STREAM, MAIN_STREAM, is_stream_name


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
