"""Each kind of file is recognised by what is in it."""

import gzip

import pytest

from bridge.config.inputs import FileSection
from bridge.emotion.points import Part, Vad
from bridge.emotion.update import Update
from bridge.recording import format as recording
from bridge.recording.contents import read_file, read_recording
from bridge.recording.events import TimedFace, TimedUpdate
from bridge.recording.live_link_csv import face_line
from bridge.recording.live_link_csv import header_line as take_header
from bridge.recording.text_file import FileError
from protocols.face import Face

UPDATE = TimedUpdate(0.0, Update((Part(Vad(0.1, 0.2, 0.3), 1.0),), "x", hold=float("inf")))
FACE = TimedFace(0.5, "main", Face().weights, Face().rotations, Face().feeling)
LINES = [
    recording.header_line("affect-bridge 1", 60.0),
    recording.update_line(UPDATE, 0.0),
    *recording.face_lines([FACE]),
]


def section(path, **settings: object) -> FileSection:
    return FileSection.model_validate({"from": f"file:{path}", **settings})


@pytest.fixture
def show(tmp_path):
    path = tmp_path / "show.jsonl.gz"
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in LINES).encode()))
    return path


def test_a_recording_gives_its_updates_or_its_faces(show):
    assert read_file(section(show)).events == [UPDATE]
    [face] = read_file(section(show, as_recorded=True)).events
    assert (face.time, face.stream) == (0.5, "main")
    everything = read_recording(show)
    assert everything.updates == [UPDATE]
    assert len(everything.faces) == 1


def test_a_take_gives_faces_of_the_stream_that_the_input_names(tmp_path):
    path = tmp_path / "take.csv"
    path.write_text(f"{take_header()}\n{face_line(FACE, 1.0, 60.0)}\n")
    [face] = read_file(section(path, stream="bob")).faces
    assert face.stream == "bob"


def test_a_table_gives_updates_of_the_stream_that_the_input_names(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("t,v,a\n0,0,0\n")
    [timed] = read_file(section(path, stream="bob")).updates
    assert timed.update.stream == "bob"


def test_a_damaged_line_of_a_recording_is_named_and_the_rest_is_read(tmp_path):
    path = tmp_path / "show.jsonl"
    path.write_text("\n".join([LINES[0], "oops", LINES[1], LINES[2]]) + "\n")
    found = read_recording(path)
    assert found.skipped == [(2, "not JSON")]
    assert len(found.events) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "a.jsonl: the file is empty"),
        ('{"x": 1}\n', ":1: not a recording of affect-bridge"),
        ('{"recording": 7}\n', ":1: format 7"),
        (f"{LINES[0]}\n{LINES[2]}\n", "a.jsonl: the recording has no updates"),
    ],
)
def test_a_file_that_cannot_be_played_says_why(tmp_path, text, why):
    path = tmp_path / "a.jsonl"
    path.write_text(text)
    with pytest.raises(FileError, match=why):
        read_file(section(path))


def test_a_damaged_file_of_numbers_is_not_taken_for_a_recording(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(range(256)) * 100)
    with pytest.raises(FileError):
        read_file(section(path))
