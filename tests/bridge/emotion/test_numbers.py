import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.numbers import message_of, read_numbers, read_row, to_number
from bridge.emotion.scale import UNSCALED, Scale, Scales
from bridge.emotion.update import UpdateError


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.5", 0.5),
        (" -1e-1 ", -0.1),
        ("50%", 0.5),
        ("0,5", 0.5),
        ("97,3%", 0.973),
        ("", None),
        ("joy", None),
        ("1,2,3", None),
        ("1.0,5", None),
        ("%", None),
    ],
)
def test_a_number_may_be_a_percentage_or_have_a_decimal_comma(text, number):
    assert to_number(text) == (None if number is None else pytest.approx(number))


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0.1 0.2 0.3", [0.1, 0.2, 0.3]),
        ("0.1,0.2,0.3", [0.1, 0.2, 0.3]),
        ("(0.1; 0.2; 0.3)", [0.1, 0.2, 0.3]),
        ("[0.1, 0.2]", [0.1, 0.2]),
        ("0,1 0,2 0,3", [0.1, 0.2, 0.3]),
        ("0,1; 0,2; 0", [0.1, 0.2, 0.0]),
        ("0,1;0,2;-0,3", [0.1, 0.2, -0.3]),
        ("1,0,-1", [1.0, 0.0, -1.0]),
        ("1,0 0", [1.0, 0.0, 0.0]),
        ("10% -20%", [0.1, -0.2]),
        ("0.5", [0.5]),
        ("joy 0.5", None),
        ("0.5 joy", None),
        ("(0.1 0.2", None),
        ("", None),
        ("-", None),
    ],
)
def test_a_text_of_numbers_alone_is_those_numbers(text, numbers):
    found = read_numbers(text)
    assert found == (None if numbers is None else pytest.approx(numbers))


def test_what_is_not_finite_is_a_number_so_that_it_is_refused_as_such():
    assert all(map(math.isinf, read_numbers("inf -inf Infinity") or ()))


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("17 0.3 0.5", ["17", "0.3", "0.5"]),
        ("17,in love,0.5", ["17", "in love", "0.5"]),
        ("17;0,3;0,5", ["17", "0,3", "0,5"]),
        ("17\t0.3\t0.5", ["17", "0.3", "0.5"]),
        ("17 0.3", None),
        ("17 0.3 0.5 0.1", None),
    ],
)
def test_a_row_has_as_many_cells_as_columns(text, cells):
    row = read_row(text, ["time", "b", "c"])
    assert (list(row.values()) if row else None) == cells


def test_two_numbers_are_valence_and_arousal_and_three_have_dominance():
    assert message_of([0.1, 0.2], UNSCALED, stream="bob").axes == (0.1, 0.2, None)
    message = message_of([0.1, 0.2, 0.3], UNSCALED, stream="bob")
    assert (message.axes, message.stream) == ((0.1, 0.2, 0.3), "bob")


@pytest.mark.parametrize("count", [1, 4, 7])
def test_another_count_is_refused(count):
    with pytest.raises(UpdateError, match=f"two or three numbers .* not {count}"):
        message_of([0.0] * count, UNSCALED, stream="main")


def test_columns_say_what_is_what():
    scales = Scales(Scale(0, 10))
    columns = ["arousal", "skip", "valence"]
    assert message_of([0.5, 9e9, 10], scales, columns, stream="main").axes == (1.0, 0.5, None)


def test_columns_that_are_not_axes_may_be_missing():
    columns = ["time", "arousal", "valence"]
    assert message_of([0.5, 0.3], UNSCALED, columns, stream="main").axes == (0.3, 0.5, None)
    with pytest.raises(UpdateError, match="expected 3 columns"):
        message_of([0.1, 0.2, 0.3, 0.4], UNSCALED, columns, stream="main")


@given(st.text())
def test_any_text_is_numbers_or_not(text):
    numbers = read_numbers(text)
    assert numbers is None or all(isinstance(number, float) for number in numbers)
