"""The faces in files, however they were written."""

import gzip
import math

import numpy as np
import pytest

from bridge.config.settings import Settings
from bridge.emotion.update import named_update
from bridge.frames.virtual import VirtualRun, ticks
from bridge.model.identity import identity
from bridge.recording import format as recording
from bridge.recording import live_link_csv
from bridge.recording.events import TimedFace, TimedUpdate
from bridge.recording.text_file import FileError
from bridge.rendering.files import WRITERS
from bridge.rendering.reading import read_faces
from bridge.rendering.rendered import collected

SETTINGS = Settings.model_validate({"face": {"seed": 1}})


def frames(*streams: str):
    updates = [(0.0, named_update("joy", stream=stream), "", 0, math.inf) for stream in streams]
    return VirtualRun(SETTINGS).play(updates, ticks(100.0, 0.5, 60.0))


@pytest.fixture
def expected():
    return collected(frames("main", "bob"))


def timed(expected):
    for stream, run in expected.items():
        for n, now in enumerate(run.times.tolist()):
            yield TimedFace(now, stream, run.weights[n], run.rotations[n], run.feelings[n], n, now)


@pytest.mark.parametrize("suffix", WRITERS)
def test_what_was_rendered_is_read_as_it_was(tmp_path, expected, suffix):
    path = tmp_path / f"out{suffix}"
    WRITERS[suffix](frames("main", "bob"), path)
    found = read_faces(path)
    assert list(found.streams) == ["main", "bob"]
    for stream, run in expected.items():
        for name in ("times", "feelings", "weights", "rotations"):
            read = getattr(found.streams[stream], name)
            assert np.abs(read - getattr(run, name)).max() <= 1e-6


def test_a_recording_has_its_updates_as_marks_and_names_its_model(tmp_path, expected):
    update = TimedUpdate(100.25, named_update("joy", 0.5), "stdin", "joy 0.5")
    lines = [recording.header_line("affect-bridge 1.2", 60.0, identity())]
    lines += [recording.update_line(update, 5.0), *recording.face_lines(timed(expected))]
    path = tmp_path / "show.jsonl.gz"
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))
    found = read_faces(path)
    assert found.marks == [(0.25, "main", "joy 0.5")]
    assert found.made_by.startswith("affect-bridge 1.2; model shipped ")
    assert identity().sha256[:12] in found.made_by
    assert np.abs(found.streams["bob"].weights - expected["bob"].weights).max() <= 1e-6
    assert found.streams["main"].times[[0, -1]] == pytest.approx([0.0, 0.5])


def test_a_take_has_no_feelings(tmp_path, expected):
    path = tmp_path / "take.csv"
    faces = [face for face in timed(expected) if face.stream == "main"]
    lines = [live_link_csv.header_line()]
    lines += [live_link_csv.face_line(face, face.time, 60.0) for face in faces]
    path.write_text("\n".join(lines) + "\n")
    _, run = read_faces(path).of(None)
    assert np.isnan(run.feelings).all()
    assert np.abs(run.weights - expected["main"].weights).max() <= 1e-6


def test_of_several_streams_one_is_named(tmp_path):
    path = tmp_path / "out.npz"
    WRITERS[".npz"](frames("main", "bob"), path)
    found = read_faces(path)
    assert found.of("bob")[0] == "bob"
    with pytest.raises(FileError, match=r"several streams \(main, bob\); choose one"):
        found.of(None)
    with pytest.raises(FileError, match="unknown stream 'eve'"):
        found.of("eve")


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.csv", "t,valence,arousal\n0,1,1\n", "no column 'time'"),
        ("b.npz", "not an archive", "not an .npz of"),
        ("c.jsonl", recording.header_line("x", 60.0) + "\n", "the file has no faces"),
        ("d.csv", "", "no column"),
    ],
)
def test_a_file_without_faces_is_refused_with_the_reason(tmp_path, name, text, why):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(FileError, match=why):
        read_faces(path)


def test_a_cell_that_is_no_number_is_named_by_its_line(tmp_path):
    path = tmp_path / "out.csv"
    WRITERS[".csv"](frames("main"), path)
    lines = path.read_text().splitlines()
    lines[4] = lines[4].replace("main", "main,x", 1)
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(FileError, match=r"out\.csv:5: expected"):
        read_faces(path)
