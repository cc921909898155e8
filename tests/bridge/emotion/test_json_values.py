import math

import pytest

from bridge.emotion.json_values import fold, folded, hold, is_number, number, seconds, stream
from bridge.emotion.update import UpdateError


@pytest.mark.parametrize(
    ("value", "expected"), [(1, 1.0), (0.5, 0.5), ("0.5", 0.5), ("0,5", 0.5), ("50%", 0.5)]
)
def test_a_number_may_be_text(value, expected):
    assert is_number(value)
    assert number(value, "x") == expected


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("much", "x: expected a number"),
        (None, "x: expected a number"),
        (True, "x: expected a number"),
        ([], "x: expected a number"),
        (math.nan, "x: the number is not finite"),
        (10**400, "x: the number is not finite"),
        ("inf", "x: the number is not finite"),
    ],
)
def test_what_is_not_a_finite_number_is_refused_with_its_key(value, reason):
    with pytest.raises(UpdateError, match=reason):
        number(value, "x")


def test_a_stream_may_be_a_number_and_null_is_the_other():
    assert (stream("bob", "main"), stream(7, "main"), stream(None, "main")) == ("bob", "7", "main")
    with pytest.raises(UpdateError, match="stream: expected text"):
        stream(True, "main")


def test_times_are_seconds_or_forever_and_null_is_the_other():
    assert (hold("Forever", None), hold("2.5", None), hold(None, 3.0)) == (math.inf, 2.5, 3.0)
    assert (seconds(1, "fade", None), seconds(None, "fade", 2.0)) == (1.0, 2.0)
    with pytest.raises(UpdateError, match="fade: expected a number"):
        seconds("long", "fade", None)


def test_keys_are_compared_without_case_and_the_first_counts():
    assert fold("Valence") == "valence"
    assert folded({"A": 1, "a": 2, 7: 3}) == {"a": 1, "7": 3}
