"""What another bridge gets of an update."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.names import parts_of
from bridge.emotion.points import Part, Vad
from bridge.emotion.update import PREVIOUS, Then, Update, named_update, point_update
from bridge.inputs.kept_update import kept, restored

NOW = 1_800_000_000.0


def back(update, hold=math.inf, later=0.0, **more):
    value = kept(update, hold, NOW)
    assert value is not None
    return restored(value, update.stream, NOW + later, **more)


def test_a_feeling_comes_back_with_its_label_and_what_is_left_of_its_hold():
    update = named_update("happiness+surprise", stream="bob", hold=10)
    again = back(update, later=4)
    assert (again.stream, again.label, again.hold) == ("bob", update.label, 6)
    assert again.target == pytest.approx(update.target, abs=1e-5)
    assert [share for _, share in again.parts] == pytest.approx([0.5, 0.5])


def test_one_that_has_expired_does_not_come_back():
    update = named_update("joy", hold=10)
    assert back(update, later=9.9) is not None
    assert back(update, later=10) is None


def test_the_hold_of_the_input_counts_where_the_update_has_none():
    update = point_update(0.1, 0.2, 0.3)
    assert back(update).hold == math.inf
    assert back(update, hold=30, later=20).hold == 10


def test_after_a_gesture_comes_what_it_names_and_never_the_gesture_itself():
    sad = Then(parts_of("sadness", 1.0), "sadness")
    again = back(named_update("joy", hold=2)._replace(then=sad), hold=30)
    assert (again.label, again.hold) == ("sadness", 32)
    assert again.target == named_update("sadness").target
    assert kept(named_update("joy", hold=2)._replace(then=PREVIOUS), math.inf, NOW) is None


def test_cues_alone_leave_nothing_to_go_on_from():
    assert kept(Update((), ""), math.inf, NOW) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"version": 2},
        {"until": "soon"},
        {"parts": []},
        {"parts": [[0, 0, 0]]},
        {"parts": [[0, 0, math.nan, 1]]},
        {"parts": [[0, 0, 0, 1]] * 5},
        {"parts": None},
    ],
)
def test_what_no_bridge_wrote_is_no_update(changed):
    value = json.loads(kept(named_update("joy"), math.inf, NOW)) | changed
    found = restored(json.dumps(value).encode(), "main", NOW)
    # Without any part the feeling is neutral, which is harmless.
    assert found is None or changed == {"parts": []}


@given(st.binary(max_size=200))
def test_no_bytes_raise(value):
    assert restored(value, "main", NOW) is None


@given(st.lists(st.floats(), min_size=4, max_size=4))
def test_a_point_that_comes_back_is_inside_the_cube(numbers):
    value = {"version": 1, "label": "\x1b[2J", "until": None, "parts": [numbers]}
    found = restored(json.dumps(value).encode(), "main", NOW)
    if found is not None:
        assert all(-1 <= axis <= 1 for axis in found.target)
        assert found.label.isprintable()
        assert all(isinstance(part, Part) and isinstance(part.point, Vad) for part in found.parts)
