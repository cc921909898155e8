import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.points import Part, Vad
from bridge.emotion.update import (
    GESTURE_HOLD,
    PREVIOUS,
    Update,
    UpdateError,
    checked,
    named_update,
    point_update,
)

SURE = (Part(Vad(0.1, 0.2, 0.3), 1.0),)


def test_an_update_for_a_point_is_called_by_its_numbers():
    assert point_update(0.8, 0.6, 0.5) == Update(
        (Part(Vad(0.8, 0.6, 0.5), 1.0),), "+0.80 +0.60 +0.50"
    )


def test_an_update_for_a_name_is_called_by_it_and_its_intensity():
    update = named_update(" Joy  ", 0.5)
    assert update.parts == (Part(Vad(0.4, 0.3, 0.25), 1.0),)
    assert update.label == "joy 0.5"


def test_the_target_of_several_parts_is_their_weighted_mean():
    update = named_update("happiness:0.75+fear")
    assert len(update.parts) == 2
    assert update.target == pytest.approx((0.425, 0.65, 0.3))


def test_both_leave_the_rest_to_their_source_or_say_it():
    for made in (point_update(0, 0, 0), named_update("joy")):
        assert (made.stream, made.hold, made.fade, made.clamped) == ("main", None, None, "")
    said = {"stream": "bob", "hold": 2.0, "fade": 0.0}
    for made in (point_update(0, 0, 0, **said), named_update("joy", **said)):
        assert (made.stream, made.hold, made.fade) == ("bob", 2.0, 0.0)


def test_numbers_out_of_range_are_clamped_and_named():
    assert point_update(2, 0, -3).target == (1, 0, -1)
    assert "2 0 -3" in point_update(2, 0, -3).clamped
    assert named_update("fear", 7).parts == named_update("fear").parts
    assert "7" in named_update("fear", 7).clamped
    assert point_update(1, -1, 0).clamped == named_update("fear", 0).clamped == ""


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_refused(value):
    with pytest.raises(UpdateError, match="not finite"):
        point_update(0.0, value, 0.0)
    with pytest.raises(UpdateError, match="not finite"):
        named_update("joy", value)


def test_an_unknown_name_is_refused():
    with pytest.raises(UpdateError, match='unknown emotion "hapy"'):
        named_update("hapy")


@pytest.mark.parametrize("hold", [0.0, -1.0, math.nan])
def test_a_hold_that_is_no_time_is_refused(hold):
    with pytest.raises(UpdateError, match="hold"):
        named_update("joy", hold=hold)


@pytest.mark.parametrize("fade", [-0.1, math.nan, math.inf])
def test_a_fade_that_is_no_time_is_refused(fade):
    with pytest.raises(UpdateError, match="fade"):
        named_update("joy", fade=fade)


def test_a_stream_that_cannot_be_is_refused_by_the_name_that_was_sent():
    with pytest.raises(UpdateError, match="'a b'"):
        point_update(0, 0, 0, stream="a b")
    with pytest.raises(UpdateError, match="'//'"):
        checked(Update(SURE, "", stream=""), "//")


def test_a_gesture_without_a_hold_shows_for_a_moment():
    gesture = Update(SURE, "joy", then=PREVIOUS)
    assert checked(gesture).hold == GESTURE_HOLD
    assert checked(gesture._replace(hold=3.0)).hold == 3.0


def test_a_gesture_without_an_emotion_or_without_an_end_is_refused():
    with pytest.raises(UpdateError, match="expected an emotion beside it"):
        checked(Update((), "", then=PREVIOUS))
    with pytest.raises(UpdateError, match="not forever"):
        checked(Update(SURE, "joy", hold=math.inf, then=PREVIOUS))


def test_a_label_is_cut_to_what_fits_a_line():
    label = checked(Update(SURE, "joy, " * 100)).label
    assert len(label) == 60
    assert label.endswith("…")


@given(st.tuples(st.floats(), st.floats(), st.floats()))
def test_any_three_floats_are_clamped_into_the_cube_or_refused(point):
    if not all(map(math.isfinite, point)):
        with pytest.raises(UpdateError, match="not finite"):
            point_update(*point)
    else:
        assert all(-1 <= axis <= 1 for axis in point_update(*point).target)
