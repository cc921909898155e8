"""`affect-bridge render`: from a table to a file of weights."""

import csv
import math

import numpy as np
import pytest

from bridge.cli import main
from bridge.recording.events import TimedFace
from bridge.recording.format import face_lines, header_line
from protocols.face import Face


@pytest.fixture
def study(tmp_path):
    """A minute of two axes on a scale from 1 to 9, with two rows that cannot be used."""
    rows = [
        f"p07,{n / 10},{5 + 4 * math.sin(n / 20):.3f},{5 + 2 * math.cos(n / 30):.3f}"
        for n in range(601)
    ]
    rows[100], rows[200] = "p07,10.0,,5", "p07,20.0,5,11"
    (tmp_path / "study.csv").write_text("\n".join(["id,t,v,a", *rows]) + "\n")
    config = tmp_path / "study.yaml"
    config.write_text(
        """
inputs:
  - from: file:study.csv
    columns: {time: t, valence: v, arousal: a}
    scale: [1, 9]
"""
    )
    return config


def test_a_table_becomes_weights_with_times(study, tmp_path, capsys):
    out = tmp_path / "weights.csv"
    assert main(["render", str(study), str(out)]) == 0
    rows = list(csv.DictReader(out.open()))
    assert len(rows) == 3601
    assert float(rows[-1]["time"]) == pytest.approx(60.0)
    best = max(rows, key=lambda row: float(row["valence"]))
    assert float(best["valence"]) > 0.9
    assert float(best["mouthSmileLeft"]) > 0.3
    said = capsys.readouterr()
    assert "weights.csv: 3601 frames, 60.0 s, rendered in" in said.out
    assert said.err.splitlines() == [
        f"{tmp_path / 'study.csv'}:102: skipped: it has no valence",
        f"{tmp_path / 'study.csv'}:202: skipped: 11 is outside 1 to 9, the `scale` of this input",
    ]


def test_the_frame_rate_can_be_given_and_arrays_written(study, tmp_path):
    out = tmp_path / "weights.npz"
    assert main(["render", str(study), str(out), "--fps", "30"]) == 0
    with np.load(out) as found:
        assert found["weights"].shape == (1801, 52)
        assert found["times"][:2] == pytest.approx([0, 1 / 30])


def test_rendering_twice_gives_the_same_file(study, tmp_path):
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    for out in (first, second):
        assert main(["render", str(study), str(out)]) == 0
    assert first.read_bytes() == second.read_bytes()


def test_several_tables_are_rendered_together(tmp_path):
    for name, start in (("a", 0), ("b", 1000)):
        rows = "".join(f"{start + n},0.{n},0,{name}\n" for n in range(3))
        (tmp_path / f"{name}.csv").write_text("t,v,a,stream\n" + rows)
    config = tmp_path / "both.yaml"
    config.write_text("inputs: [demo, 'file:a.csv', 'file:b.csv?speed=2']\n")
    out = tmp_path / "out.npz"
    assert main(["render", str(config), str(out), "--fps", "10"]) == 0
    with np.load(out) as found:
        assert list(found["streams"]) == ["a", "b"]
        assert found["a/times"][-1] == found["b/times"][-1] == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("valence: v,", "valence: vv,"), r"study.csv:1: no column 'vv'; did you mean 'v'?"),
        (("valence: v,", "valnce: v,"), "study.yaml:4: inputs[1].columns: 'valnce': did you mean"),
        (("study.csv", "stdy.csv"), "stdy.csv': no such file"),
        (("scale: [1, 9]", "scale: [9, 1]"), "expected the lower number first"),
        (("scale: [1, 9]", "sclae: [1, 9]"), "no such setting; did you mean scale?"),
        (("file:study.csv", "stdin"), "columns"),
        (("scale: [1, 9]", "time: minutes"), "inputs[1].time: 'minutes': expected 'auto'"),
    ],
)
def test_a_mistake_is_named_with_its_place(study, tmp_path, capsys, change, why):
    study.write_text(study.read_text().replace(*change))
    assert main(["render", str(study), str(tmp_path / "out.csv")]) == 2
    assert why in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


def test_live_inputs_alone_cannot_be_rendered(tmp_path, capsys):
    config = tmp_path / "live.yaml"
    config.write_text("inputs: demo\n")
    assert main(["render", str(config), str(tmp_path / "out.csv")]) == 2
    assert "live.yaml: inputs: expected a file, as in `from: file:table.csv`" in (
        capsys.readouterr().err
    )


def test_a_file_of_faces_alone_cannot_be_rendered(tmp_path, capsys):
    face = Face()
    line = next(iter(face_lines([TimedFace(0.0, "main", face.weights, face.rotations)])))
    (tmp_path / "show.jsonl").write_text(f"{header_line('a', 60.0)}\n{line}\n")
    config = tmp_path / "show.yaml"
    config.write_text("inputs: file:show.jsonl\n")
    assert main(["render", str(config), str(tmp_path / "out.csv")]) == 2
    assert "show.jsonl: the recording has no updates" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("out", "why"),
    [
        ("out.xlsx", "expected a name that ends in .csv, .npz or .mp4"),
        ("no/out.csv", "no such file"),
    ],
)
def test_a_file_that_cannot_be_written_says_why(study, tmp_path, capsys, out, why):
    assert main(["render", str(study), str(tmp_path / out)]) == 2
    assert why in capsys.readouterr().err


@pytest.fixture
def two_streams(tmp_path, monkeypatch):
    """Half a second of two faces, and small pictures."""
    monkeypatch.setattr("bridge.offline.portrait.film.WIDTH", 32)
    (tmp_path / "two.csv").write_text("t,emotion,stream\n0,joy,bob\n0,sadness,eve\n0.5,joy,eve\n")
    config = tmp_path / "two.yaml"
    config.write_text("inputs: file:two.csv\n")
    return config


def test_a_folder_gets_pictures_of_the_stream_that_was_chosen(two_streams, tmp_path, capsys):
    out = tmp_path / "pictures"
    render = ["render", str(two_streams), f"{out}/", "--fps", "10"]
    assert main(render) == 2
    assert "several streams (bob, eve); choose one with --stream" in capsys.readouterr().err
    assert main([*render, "--stream", "ann"]) == 2
    assert "unknown stream 'ann'; expected one of bob, eve" in capsys.readouterr().err
    assert main([*render, "--stream", "bob"]) == 0
    assert len(list(out.glob("*.png"))) == 6


def test_a_table_of_weights_has_the_chosen_stream_alone(two_streams, tmp_path):
    out = tmp_path / "out.csv"
    assert main(["render", str(two_streams), str(out), "--stream", "eve", "--fps", "10"]) == 0
    assert [row["stream"] for row in csv.DictReader(out.open())] == ["eve"] * 6


def test_a_film_without_ffmpeg_says_what_is_missing(two_streams, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    command = ["render", str(two_streams), str(tmp_path / "out.mp4"), "--stream", "eve"]
    assert main(command) == 2
    assert "ffmpeg is needed to write it, and is not installed" in capsys.readouterr().err
