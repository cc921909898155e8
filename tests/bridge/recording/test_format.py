"""Whatever comes in and goes out is the same after it was recorded and read."""

import contextlib
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.cues import Cues, Direction
from bridge.emotion.points import Part, Vad
from bridge.emotion.update import PREVIOUS, Then, Update, checked
from bridge.recording import format as recording
from bridge.recording.events import TimedEnd, TimedFace, TimedUpdate
from bridge.recording.format import FormatError, read_line

times = st.floats(0, 1e7)
axes = st.floats(-1, 1)
points = st.builds(Vad, axes, axes, axes)
unit = st.floats(0, 1, width=32)
cues = st.builds(
    Cues,
    st.none() | st.booleans(),
    st.none() | st.tuples(*[unit] * 15),
    st.none() | st.builds(Direction, *[st.floats(-90, 90, width=32)] * 2),
    st.booleans(),
    st.none() | st.integers(0, 10**6),
    st.none() | st.sampled_from(["", "thinking"]),
    st.booleans(),
)
parts = st.lists(st.builds(Part, points, st.floats(0, 1)), min_size=1, max_size=4).map(tuple)
updates = st.builds(
    Update,
    parts,
    st.text(max_size=60),
    st.sampled_from(["main", "bob", "夜"]),
    st.none() | st.floats(0.01, 1e6) | st.just(math.inf),
    st.none() | st.floats(0, 1e3),
    clamped=st.just(""),
    notes=st.just(()),
    then=st.none() | st.just(PREVIOUS) | st.builds(Then, parts, st.text(max_size=60)),
    cues=st.none() | cues,
)
# A gesture has an end.
updates = updates.filter(lambda u: u.then is None or u.hold != math.inf).map(checked)
timed_updates = st.builds(
    TimedUpdate,
    *(times, updates, st.text(max_size=20), st.text(max_size=80), st.integers(-100, 100)),
    st.floats(0.01, 1e6) | st.just(math.inf),
)
weights = st.lists(unit, min_size=52, max_size=52).map(lambda w: np.array(w, np.float32))
faces = st.builds(
    TimedFace,
    times,
    st.sampled_from(["main", "夜"]),
    weights,
    st.lists(st.floats(-3, 3, width=32), min_size=9, max_size=9).map(
        lambda r: np.array(r, np.float32).reshape(3, 3)
    ),
    st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=3).map(np.float32),
    st.integers(0, 10**9),
    st.floats(0, 2e9),
)


@given(timed_updates)
def test_an_update_is_read_as_it_was_recorded(timed):
    line = recording.update_line(timed, 0.0)
    assert "\n" not in line
    assert not recording.is_face(line)
    assert read_line(line) == timed


@given(st.builds(TimedEnd, times, st.text(max_size=20), st.integers(-100, 100), st.floats(0, 1e3)))
def test_the_end_of_a_source_is_read_as_it_was_recorded(end):
    assert read_line(recording.end_line(end, 0.0)) == end


@given(st.lists(faces, min_size=1, max_size=4))
def test_faces_recorded_again_have_the_same_values(given_faces):
    lines = list(recording.face_lines(given_faces))
    read = [read_line(line) for line in lines]
    once_more = [json.loads(line) for line in recording.face_lines(read)]
    assert once_more == [json.loads(line) for line in lines]
    for face, again in zip(given_faces, read, strict=True):
        assert recording.is_face(lines[0])
        assert again[:2] == face[:2]
        assert again.frame == face.frame
        assert np.abs(again.weights - face.weights).max() <= 1e-6
        assert np.abs(again.rotations - face.rotations).max() <= 1e-6
        assert np.abs(again.feeling - face.feeling).max() <= 1e-6


def test_a_label_that_looks_like_a_face_is_an_update():
    timed = TimedUpdate(0.0, Update((Part(Vad(0, 0, 0), 1.0),), "x"), sent='{"weights":[1]}')
    assert not recording.is_face(recording.update_line(timed, 0.0))


def test_the_first_line_says_what_the_numbers_are():
    line = recording.header_line("affect-bridge 9", 60.0)
    assert recording.is_header(line)
    assert read_line(line) is None
    assert len(json.loads(line)["blendshapes"]) == 52


GOOD = json.loads(
    recording.update_line(TimedUpdate(0.0, Update((Part(Vad(0, 0, 0), 1.0),), "")), 0)
)
FACE = {"t": 0, "stream": "main", "feeling": [0] * 3, "weights": [0] * 52, "rotations": [0] * 9}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("3", "expected an object"),
        ("{}", "expected an update or a face"),
        ({**GOOD, "parts": [[2, 0, 0, 1]]}, "2: expected -1 to 1"),
        ({**GOOD, "parts": [[0, 0, 1]]}, "parts"),
        ({**GOOD, "parts": []}, "expected parts or cues"),
        ({**GOOD, "hold": -1}, "hold -1"),
        ({**GOOD, "stream": "a/b"}, "stream 'a/b'"),
        ({**GOOD, "t": "x"}, "a value has the wrong type"),
        ({"in": "stdin"}, "'parts' is missing"),
        ({**FACE, "weights": [0] * 51}, "weights: expected 52 finite numbers"),
        ({**FACE, "weights": [math.nan] * 52}, "weights: expected 52 finite numbers"),
        ({**FACE, "rotations": None}, "rotations"),
        ({**GOOD, "cues": [1]}, "a value has the wrong type"),
        ({"recording": 2}, "format 2: this program reads recordings of format 1"),
    ],
)
def test_a_line_that_is_no_event_says_why(line, why):
    with pytest.raises(FormatError, match=why):
        read_line(line if isinstance(line, str) else json.dumps(line))


@given(
    st.recursive(
        st.none() | st.floats() | st.text(),
        lambda v: (
            st.lists(v)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "t",
                        "in",
                        "weights",
                        "parts",
                        "stream",
                        "cues",
                        "hold",
                        "recording",
                        "ends_in",
                    ]
                ),
                v,
            )
        ),
    )
)
def test_any_json_is_an_event_or_a_format_error(value):
    with contextlib.suppress(FormatError):
        read_line(json.dumps(value))
