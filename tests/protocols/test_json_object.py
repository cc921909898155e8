import pytest

from protocols.face import DecodeError
from protocols.json_object import finite, read_object


def test_an_object_is_read() -> None:
    assert read_object(b'{"a":[1]}', largest=9, most_brackets=2) == {"a": [1]}


@pytest.mark.parametrize(
    ("datagram", "expected"),
    [
        (b'{"a":[10]}', "at most 9 bytes"),
        (b"[[[1]]]", "at most 2 brackets"),
        (b"[1]", "a JSON object"),
        (b'{"a"', "JSON in UTF-8"),
        (b'{"\xff":1}', "JSON in UTF-8"),
    ],
)
def test_anything_else_is_refused_with_what_was_expected(datagram: bytes, expected: str) -> None:
    with pytest.raises(DecodeError, match=expected):
        read_object(datagram, largest=9, most_brackets=2)


def test_text_that_nests_without_end_is_refused_before_it_is_a_burden() -> None:
    for brackets in (b"[" * 100_000, b'{"a":' * 100_000):
        with pytest.raises(DecodeError):
            read_object(brackets, largest=1_000_000, most_brackets=1_000_000)


@pytest.mark.parametrize("said", [True, None, "1", [1], float("nan"), float("inf"), 10**400])
def test_what_is_no_finite_number_is_refused_by_its_name(said: object) -> None:
    with pytest.raises(DecodeError, match="number for 'time'"):
        finite(said, "time")


def test_whole_numbers_and_fractions_are_numbers() -> None:
    assert (finite(2, "time"), finite(0.5, "time")) == (2.0, 0.5)
