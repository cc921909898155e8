"""A researcher's table is read, and what cannot be used is named with its line."""

from pathlib import Path

import pytest

from bridge.config.table import TableSettings
from bridge.emotion import dominance
from bridge.recording.table import read_table
from bridge.recording.text_file import FileError


@pytest.fixture
def table(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "study.csv"
        path.write_text(text)
        return path

    return write


def settings(**given: object) -> TableSettings:
    return TableSettings.model_validate(given)


def test_two_axes_on_a_scale_from_one_to_nine(table):
    path = table("id,t,v,a\nx,0,5,5\nx,0.5,9,1\n")
    named = settings(columns={"time": "t", "valence": "v", "arousal": "a"}, scale=[1, 9])
    first, second = read_table(path, named).updates
    assert (first.time, second.time) == (0.0, 0.5)
    assert first.update.target == pytest.approx((0, 0, 0))
    assert second.update.target == pytest.approx((1, -1, dominance.estimate(1, -1)))
    assert second.update.stream == "main"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_usual_names_and_separators_are_known(table, separator):
    text = "Time,Valence,Arousal,Dominance,Stream\n0,0.5,0.25,-0.5,bob\n"
    [row] = read_table(table(text.replace(",", separator))).updates
    assert row.update.target == (0.5, 0.25, -0.5)
    assert row.update.stream == "bob"
    assert row.source == "study.csv"


def test_decimal_commas_between_semicolons(table):
    [row] = read_table(table("t;v;a\n0,5;0,25;-0,5\n")).updates
    assert row.time == 0.5
    assert row.update.target[:2] == (0.25, -0.5)


def test_emotions_by_name(table):
    first, second = read_table(table("t,emotion,intensity\n0,happy,0.5\n1,Angst,\n")).updates
    assert first.update.target.valence == pytest.approx(0.4)
    assert second.update.target == pytest.approx((-0.7, 0.8, -0.3))


def test_rows_are_played_in_the_order_of_their_times(table):
    rows = read_table(table("t,v,a,stream\n1,0,0,a\n2,0,0,a\n1,0,0,b\n0,0,0,b\n")).updates
    assert [(row.time, row.update.stream) for row in rows] == [
        (0, "b"),
        (1, "a"),
        (1, "b"),
        (2, "a"),
    ]


def test_rows_that_cannot_be_used_are_named_with_their_line(table):
    text = "t,v,a\n0,0,0\n\n1,,0\n2,NA,nan\nx,0,0\n,0,0\n3,7,0\n4,0.1,0.1\n5,0\n"
    found = read_table(table(text))
    assert [row.time for row in found.updates] == [0, 4]
    assert [(line, why.split(";")[0]) for line, why in found.skipped] == [
        (4, "it has no valence"),
        (5, "it has no valence and no arousal"),
        (6, "time 'x': expected a number"),
        (7, "it has no time"),
        (8, "7 is outside -1 to 1"),
        (10, "it has no arousal"),
    ]


@pytest.mark.parametrize(
    ("text", "columns", "why"),
    [
        (
            "t,vlaence,a\n",
            {"valence": "valence"},
            r":1: no column 'valence'; did you mean 'vlaence'\?",
        ),
        ("t,x,a\n", {"valence": "mood"}, r":1: no column 'mood'; the file has t, x, a"),
        ("v,a\n0,0\n", {}, r":1: no column with times; the file has v, a; name it, as in"),
        ("t,a\n0,0\n", {}, r":1: no column with valence; the file has t, a"),
        ("t,v,a\n", {}, r"study\.csv: no row has a feeling$"),
        ("t,v,a\n0,5,5\n", {}, r"no row has a feeling; line 2: 5 is outside -1 to 1"),
        ("frame,v,a\n0,0,0\n", {}, r"'frame' has frame numbers; set `frame_rate`"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(table, text, columns, why):
    with pytest.raises(FileError, match=why):
        read_table(table(text), settings(columns=columns))
