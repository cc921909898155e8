"""Takes of the Live Link Face app."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.recording import live_link_csv
from bridge.recording.events import TimedFace
from bridge.recording.live_link_csv import face_line, header_line, read_take
from bridge.recording.text_file import FileError
from protocols.arkit import BLENDSHAPES, INDEX

numbers = st.floats(0, 1, width=32)


def face(weights: object = None, time: float = 0.0) -> TimedFace:
    values = np.linspace(0, 1, 52, dtype=np.float32) if weights is None else weights
    return TimedFace(time, "main", values, np.arange(9, dtype=np.float32).reshape(3, 3) / 10)


def take(tmp_path, *lines: str):
    path = tmp_path / "take.csv"
    path.write_text("\n".join([header_line(), *lines]) + "\n")
    return path


def test_the_columns_are_those_of_the_app():
    names = header_line().split(",")
    assert names[:4] == ["Timecode", "BlendShapeCount", "EyeBlinkLeft", "EyeLookDownLeft"]
    assert names[16:20] == ["JawForward", "JawRight", "JawLeft", "JawOpen"]
    assert names[22:26] == ["MouthPucker", "MouthRight", "MouthLeft", "MouthSmileLeft"]
    assert names[-10:] == [
        "TongueOut",
        *("HeadYaw", "HeadPitch", "HeadRoll"),
        *("LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll"),
        *("RightEyeYaw", "RightEyePitch", "RightEyeRoll"),
    ]
    assert len(names) == 63


def test_a_line_has_a_timecode_a_count_and_the_numbers_under_their_names():
    weights = np.zeros(52, np.float32)
    weights[INDEX["jawLeft"]] = 0.25
    cells = dict(
        zip(
            header_line().split(","), face_line(face(weights), 3723.5, 60.0).split(","), strict=True
        )
    )
    assert cells["Timecode"] == "01:02:03:30.000"
    assert cells["BlendShapeCount"] == "61"
    assert (cells["JawLeft"], cells["JawRight"]) == ("0.25", "0")
    assert float(cells["HeadRoll"]) == np.float32(0.2)


@given(st.lists(numbers, min_size=52, max_size=52), st.floats(0, 86399), st.integers(1, 240))
def test_a_face_is_read_as_it_was_written(tmp_path_factory, weights, time, rate):
    path = take(
        tmp_path_factory.mktemp("take"),
        face_line(face(np.array(weights, np.float32)), time, rate),
    )
    [again], _ = read_take(path, "main", rate)
    assert again.weights.tolist() == weights
    assert again.rotations.tolist() == face().rotations.tolist()
    assert again.time == pytest.approx(time, abs=0.0011 / rate)


def test_a_take_in_another_order_without_rotations_is_read_by_its_names(tmp_path):
    path = tmp_path / "take.csv"
    path.write_text(
        ",".join(["Timecode", "BlendshapeCount", *BLENDSHAPES])
        + "\n00:00:00:00.000,52,"
        + ",".join(map(str, range(52)))
        + "\n"
    )
    [first], _ = read_take(path, "bob")
    assert first.stream == "bob"
    assert first.weights.tolist() == [0.0] + [1.0] * 51  # in order, and clipped
    assert not first.rotations.any()


def test_lines_without_a_face_are_named(tmp_path):
    good = face_line(face(), 1.0, 60.0)
    path = take(
        tmp_path,
        "00:00:00:00.000,0,",
        good,
        good.replace("00:00:01", "soon", 1),
        "00:00:02:00.0,61,1",
    )
    faces, skipped = read_take(path, "main")
    assert [found.time for found in faces] == [1.0]
    assert skipped == [
        (2, "no face"),
        (4, "timecode 'soon:00.000': expected HH:MM:SS:FF.fff"),
        (5, "3 columns; expected as many as the first line has"),
    ]


def test_a_take_goes_on_past_midnight(tmp_path):
    path = take(tmp_path, face_line(face(), 86399.5, 60.0), face_line(face(), 0.5, 60.0))
    faces, _ = read_take(path, "main")
    assert faces[1].time - faces[0].time == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("Timecode,BlendShapeCount,A", r":1: no column 'BrowDownLeft' and 50 more"),
        (
            header_line().replace("JawOpen", "JawOpn"),
            r"no column 'JawOpen'; did you mean 'JawOpn'\?",
        ),
    ],
)
def test_a_column_that_is_missing_is_named(tmp_path, header, why):
    path = tmp_path / "take.csv"
    path.write_text(header + "\n")
    with pytest.raises(FileError, match=why):
        read_take(path, "main")


def test_a_take_without_any_face_is_refused(tmp_path):
    with pytest.raises(FileError, match="no line has a face; line 2: no face"):
        read_take(take(tmp_path, "00:00:00:00.000,0,"), "main")


def test_only_a_header_with_timecodes_is_a_take():
    assert live_link_csv.is_header("\ufeffTimecode,BlendShapeCount")
    assert not live_link_csv.is_header("time,valence,arousal")
