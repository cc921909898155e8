"""Which subjects are understood, and how a stream's name stands in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.config.subject_filter import (
    check_subject,
    escaped,
    parse_subject_filter,
    stored_key,
    subject_for,
)
from bridge.emotion.streams import is_stream_name

NAMES = st.text(min_size=1, max_size=40).filter(is_stream_name)


@pytest.mark.parametrize(
    ("text", "subscription", "subject", "stream"),
    [
        ("affect.*.set", "affect.*.set", "affect.bob.set", "bob"),
        ("game.*.npc.{stream}.set", "game.*.npc.*.set", "game.7.npc.bob.set", "bob"),
        ("{zone}.{stream}.>", "*.*.>", "north.bob.a.b", "bob"),
        ("studio.mood", "studio.mood", "studio.mood", None),
        ("studio.>", "studio.>", "studio.bob.mood", None),
        ("affect.*.set", "affect.*.set", "affect.dr%2Ewho.set", "dr.who"),
        ("affect.*.set", "affect.*.set", "affect.100%.set", "100%"),
    ],
)
def test_a_filter_says_which_token_is_the_stream(text, subscription, subject, stream):
    found = parse_subject_filter(text)
    assert found.subscription == subscription
    assert found.stream_of(subject) == stream


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a.*.b.*", "say which token is the stream, as in"),
        ("a.>.b", "> must be the last token"),
        ("a.b*.c", "must each be a whole token"),
        ("{stream}.{stream}", "only one token can be {stream}"),
        ("a..b", "expected a subject of tokens with dots between them"),
        ("a.b c", "without spaces"),
        ("a." + 1000 * "b", "at most 1000 bytes"),
    ],
)
def test_what_is_no_filter_is_refused_with_the_reason(text, why):
    with pytest.raises(ValueError, match=r"^") as refused:
        parse_subject_filter(text)
    assert why in str(refused.value)


@pytest.mark.parametrize("text", ["affect.*.face", "affect.>", "$SYS.x", "a.{name}.b", "a..b"])
def test_what_cannot_be_published_to_is_refused(text):
    with pytest.raises(ValueError, match=r"^"):
        check_subject(text)


@given(NAMES)
def test_every_name_of_a_stream_comes_back_from_its_subject(name):
    check_subject("affect.{stream}.face")
    subject = subject_for("affect.{stream}.face", name)
    assert subject.count(".") == 2
    assert not set(escaped(name)) & set("*> \t\r\n")
    assert parse_subject_filter("affect.{stream}.face").stream_of(subject) == name


@given(NAMES, NAMES)
def test_keys_of_different_streams_differ_and_have_allowed_letters(one, other):
    assert (stored_key(one) == stored_key(other)) == (one == other)
    assert all(sign.isascii() and (sign.isalnum() or sign in "-_=") for sign in stored_key(one))
