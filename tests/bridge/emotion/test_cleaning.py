import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.cleaning import Transcoder, clean, decode


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"joy 0.9", "joy 0.9"),
        ("喜び".encode(), "喜び"),
        (b"\xef\xbb\xbfjoy", "joy"),
        ("joy 😊".encode("utf-16"), "joy 😊"),
        (b"\xfe\xff" + "joy 😊".encode("utf-16-be"), "joy 😊"),
        ("joy".encode("utf-16-le"), "joy"),
        ("joy".encode("utf-16-be"), "joy"),
        ("joy\0".encode("utf-16-le"), "joy\0"),
        ("Müde".encode("utf-16-le"), "Müde"),
    ],
)
def test_utf_8_and_utf_16_are_read_with_and_without_a_byte_order_mark(data: bytes, text: str):
    assert decode(data).rstrip("\0") == text.rstrip("\0")


@pytest.mark.parametrize(
    "data", [b"joy\0", b"joy\0\0\0\0\0", b"\0joy\0", b"no\0", b"no\0\0", b"1\0"]
)
def test_nul_at_the_end_of_a_text_in_utf_8_is_the_end_of_the_text(data: bytes):
    assert clean(decode(data)) == data.strip(b"\0").decode()


def test_what_a_buffer_holds_behind_the_nul_is_not_read():
    assert clean(decode(b"joy\0\x7f\x03anger")) == "joy"


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("\x1b[1;32mjoy\x1b[0m 0.9", "joy 0.9"),
        ("\x1b[38;2;255;0;0mjoy", "joy"),
        ("jo\u200by\u2060 0.9\ufeff", "joy 0.9"),
        ("−0.5 \u20130.5 －0.5", "-0.5 -0.5 -0.5"),
        ("０．８　０．６　０．５", "0.8 0.6 0.5"),
        ("｛“emotion”：“joy”｝", '{"emotion":"joy"}'),
        ("joy\u00a00.9", "joy 0.9"),
        ("☺️", "☺"),
        ("  joy\t0.9 \r\n", "joy\t0.9"),
        ("喜び、0.9", "喜び,0.9"),
    ],
)
def test_what_looks_like_a_plain_text_becomes_it(sent: str, meant: str):
    assert clean(sent) == meant


@pytest.mark.parametrize(
    "text", ["colère 0.9", "гнев", "喜び", "기쁨", "😊", "¿qué?", "Überraschung"]
)
def test_other_scripts_stay_as_they_are(text: str):
    assert clean(text) == text


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str):
    once = clean(text)
    assert clean(once) == once or "\x1b" in text  # half a colour may become a whole one


@pytest.mark.parametrize(
    "text",
    [
        "x" * 4096,
        "喜び" * 2048,
        "\x1b[" * 2048,
        "\x1b[1" * 1365,
        "a" + "\u0301\u0327" * 2047,
        "\u200b" * 4096,
        "\0a" * 2048,
    ],
)
def test_no_text_takes_long(text: str):
    fastest = float("inf")
    for _ in range(5):
        began = time.perf_counter()
        clean(text)
        fastest = min(fastest, time.perf_counter() - began)
    assert fastest < 0.005  # of which it takes a tenth


# --- a stream of bytes


def through(chunks: list[bytes]) -> bytes:
    transcoder = Transcoder()
    return b"".join(map(transcoder.feed, chunks)) + transcoder.end()


TEXT = "joy 0.9\r\n喜び\n😊 0.5\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
    ],
)
def test_a_stream_is_the_same_in_every_encoding_wherever_it_is_cut(data: bytes):
    for size in (1, 2, 3, 5, 100):
        chunks = [data[i : i + size] for i in range(0, len(data), size)]
        assert through(chunks) == TEXT.encode()


@given(st.lists(st.binary(max_size=9)))
def test_no_bytes_stop_the_stream(chunks: list[bytes]):
    through(chunks)


@pytest.mark.parametrize("data", [b"\0joy\njoy", b"joy\0\njoy", b"\0\x07\x0e\x15\njoy", b"j\0\n"])
def test_nuls_of_a_noisy_line_do_not_make_the_stream_utf_16(data: bytes):
    assert through([data]) == through([data[:1], data[1:]]) == data


def test_a_stream_of_one_byte_is_that_byte():
    assert through([b"x"]) == b"x"
    assert through([]) == b""
