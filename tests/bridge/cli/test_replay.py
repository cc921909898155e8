"""`affect-bridge replay`: what is wrong with a file is said before anything starts. What a replay
sends is tested in tests/end_to_end/test_recording.py."""

import pytest

from bridge.cli import main


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("show.jsonl", '{"recording":9}\n', "show.jsonl:1: format 9"),
        ("table.csv", "a,b\n1,2\n", "table.csv:1: no column with times; the file has a, b"),
        ("take.csv", "Timecode,BlendShapeCount\n", "take.csv:1: no column 'BrowDownLeft'"),
        ("empty.csv", "", "empty.csv: the file is empty"),
    ],
)
def test_a_file_that_cannot_be_played_is_refused_at_once(tmp_path, capsys, name, text, why):
    path = tmp_path / name
    path.write_text(text)
    assert main(["replay", str(path)]) == 2
    assert why in capsys.readouterr().err


def test_a_file_that_is_missing_is_named(tmp_path, capsys):
    assert main(["replay", str(tmp_path / "none.csv")]) == 2
    assert "none.csv': no such file" in capsys.readouterr().err


def test_a_speed_out_of_bounds_is_refused(tmp_path, capsys):
    path = tmp_path / "table.csv"
    path.write_text("t,v,a\n0,0,0\n")
    assert main(["replay", str(path), "--speed", "0"]) == 2
    assert "speed: 0.0: expected greater than 0" in capsys.readouterr().err


def test_a_file_is_not_recorded_over_while_it_is_played(tmp_path, capsys):
    path = tmp_path / "show.jsonl"
    path.write_text("")
    config = tmp_path / "a.yaml"
    config.write_text("record: show.jsonl\n")
    assert main(["replay", str(path), "--config", str(config)]) == 2
    assert "this file is also an input; choose another one" in capsys.readouterr().err
