import math

import pytest
from pydantic import TypeAdapter, ValidationError

from bridge.config.section import Hold, Section

HOLD = TypeAdapter(Hold)


class Sample(Section):
    number: float = 1.0


def test_settings_do_not_change_once_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Sample().number = 2.0


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ValidationError, match="extra"):
        Sample.model_validate({"numbr": 2})


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_refused(number: float) -> None:
    with pytest.raises(ValidationError, match="finite"):
        Sample(number=number)


@pytest.mark.parametrize("hold", ["forever", 0.001, 1, 86400])
def test_a_hold_is_seconds_or_forever(hold: object) -> None:
    assert HOLD.validate_python(hold) == hold


@pytest.mark.parametrize(
    "hold", [0, -1, 86401, math.nan, math.inf, "always", "5", None, True, [1], {}]
)
def test_a_hold_that_is_neither_is_refused_with_what_was_expected(hold: object) -> None:
    with pytest.raises(ValidationError, match="expected seconds, more than 0 up to 86400, or for"):
        HOLD.validate_python(hold)
