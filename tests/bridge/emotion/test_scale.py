import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.scale import UNSCALED, RangeWatch, Scale, Scales
from bridge.emotion.update import UpdateError


@pytest.mark.parametrize(
    ("scale", "number", "axis"),
    [
        (Scale(), 0.3, 0.3),
        (Scale(0, 1), 0.5, 0.0),
        (Scale(0, 1), 0.75, 0.5),
        (Scale(1, 5), 1, -1.0),
        (Scale(1, 9), 7, 0.5),
        (Scale(0, 100), 100, 1.0),
        (Scale(0, 1, neutral=0.25), 0.25, 0.0),
        (Scale(0, 1, neutral=0.25), 0.0, -1.0),
        (Scale(0, 1, neutral=0.25), 0.625, 0.5),
        (Scale(0, 1, neutral=0.0), 0.5, 0.5),
        (Scale(0, 1, neutral=0.0), -0.05, 0.0),
        (Scale(0, 1, neutral=1.0), 0.5, -0.5),
        (Scale(1, 9, invert=True), 7, -0.5),
    ],
)
def test_a_number_is_placed_between_the_ends_with_neutral_at_0(scale, number, axis):
    assert scale.axis(number) == pytest.approx(axis)


@pytest.mark.parametrize(
    ("scale", "number", "fraction"),
    [(Scale(0, 1), 0.3, 0.3), (Scale(1, 5), 3, 0.5), (Scale(0, 10, invert=True), 2, 0.8)],
)
def test_an_intensity_is_placed_between_the_ends(scale, number, fraction):
    assert scale.fraction(number) == pytest.approx(fraction)


@given(st.floats(-1, 1), st.floats(-100, 100), st.floats(0.01, 100), st.booleans())
def test_no_number_leaves_the_axis(place, low, width, invert):
    scale = Scale(low, low + width, invert=invert)
    number = low + width * (1 + place) / 2
    assert -1 <= scale.axis(number) <= 1
    assert 0 <= scale.fraction(number) <= 1


@pytest.mark.parametrize(
    ("scale", "inside", "outside"),
    [
        (Scale(), 1.1, 1.11),
        (Scale(), -1.1, -1.11),
        (Scale(0, 1), 1.05, 1.06),
        (Scale(1, 9), 0.6, 0.5),
    ],
)
def test_a_twentieth_of_the_width_may_be_outside(scale, inside, outside):
    assert not scale.outside(inside)
    assert scale.outside(outside)
    assert scale.outside(math.nan)


def test_axes_that_were_not_sent_stay_unsaid():
    assert UNSCALED.axes((0.3, None, None)) == ((0.3, None, None), "")


def test_each_axis_has_its_own_scale():
    scales = Scales(Scale(1, 9), Scale(0, 1), Scale(-1, 1, invert=True))
    assert scales.axes((9, 0.5, 0.2))[0] == (1.0, 0.0, -0.2)


def test_what_is_clamped_is_named():
    axes, clamped = Scales(Scale(0, 1), Scale(0, 1)).axes((1.02, 0.5, -1.01))
    assert axes == (1.0, 0.0, -1.0)
    assert clamped == "1.02 is outside 0 to 1; -1.01 is outside -1 to 1"
    assert UNSCALED.intensity_of(1.04) == (1.0, "intensity 1.04 is outside 0 to 1")


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused_as_such(number):
    with pytest.raises(UpdateError, match="a number is not finite"):
        UNSCALED.axes((0.0, number, 0.0))
    with pytest.raises(UpdateError, match="the intensity is not finite"):
        UNSCALED.intensity_of(number)


@pytest.mark.parametrize(
    ("numbers", "asked"),
    [
        ([0.7] * 50, True),
        ([0.7] * 49, False),
        ([0.4] * 60, False),
        ([*[0.7] * 30, -0.1, *[0.7] * 60], False),
        ([*[0.1] * 49, 0.51], True),
    ],
)
def test_fifty_points_without_a_negative_number_raise_the_question_once(numbers, asked):
    watch = RangeWatch()
    answers = [watch.see((number, None, 0.0)) for number in numbers]
    assert sum(answers) == asked
