"""Times are read in whatever unit they are."""

import pytest

from bridge.recording.times import TimeError, time_reader


@pytest.mark.parametrize(
    ("unit", "column", "cells", "seconds"),
    [
        ("auto", "t", ["0", "0.5"], [0.0, 0.5]),
        ("auto", "t", ["0,5", "1,25"], [0.5, 1.25]),
        ("auto", "time_ms", ["0", "500"], [0.0, 0.5]),
        ("milliseconds", "t", ["0", "500"], [0.0, 0.5]),
        ("auto", "timestamp", ["1714550000123"], [1714550000.123]),
        ("auto", "timestamp", ["1714550000.5"], [1714550000.5]),
        (
            "auto",
            "t",
            ["2024-05-01T12:00:00Z", "2024-05-01T12:00:00.5Z"],
            [1714564800, 1714564800.5],
        ),
        ("auto", "t", ["2024-05-01 14:00:00+02:00"], [1714564800]),
        ("auto", "t", ["00:01:02.5", "1:00:00"], [62.5, 3600]),
        ("auto", "frame", ["0", "15", "30"], [0.0, 0.5, 1.0]),
        ("frames", "t", ["45"], [1.5]),
    ],
)
def test_a_time_is_read(unit, column, cells, seconds):
    read = time_reader(unit, column, cells[0], 30.0)
    assert [read(cell) for cell in cells] == pytest.approx(seconds)


def test_frame_numbers_need_a_rate():
    with pytest.raises(TimeError, match="'frame' has frame numbers; set `frame_rate`"):
        time_reader("auto", "frame", "0")


@pytest.mark.parametrize(
    ("first", "cell", "why"),
    [
        ("0", "soon", "'soon': expected a number"),
        ("0", "nan", "'nan': expected a number"),
        ("12:00", "noon", "'noon': expected a number, or a time as in"),
    ],
)
def test_what_is_no_time_is_refused(first, cell, why):
    with pytest.raises(TimeError, match=why):
        time_reader("auto", "t", first)(cell)
