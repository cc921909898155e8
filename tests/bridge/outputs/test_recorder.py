"""What comes in and goes out is recorded, in the order in which the frames saw it."""

import asyncio
import contextlib
import json
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from bridge.config.recording import RecordSection
from bridge.config.settings import Settings
from bridge.emotion.mixer import Mixer
from bridge.emotion.update import named_update
from bridge.face.overlay import OverlayFaces
from bridge.frames.clock import FrameClock
from bridge.frames.face_layers import face_layers
from bridge.frames.from_settings import engine_from, interpolation_from
from bridge.frames.loop import FrameLoop
from bridge.frames.pipeline import Pipeline
from bridge.model.identity import identity
from bridge.outputs import recorder as module
from bridge.outputs.recorder import DROPPED, Recorder
from bridge.recording.contents import read_recording
from bridge.recording.events import TimedEnd, TimedUpdate
from bridge.recording.live_link_csv import read_take
from bridge.rendering.from_files import again
from bridge.supervision.supervised import Unavailable
from protocols.face import Face


def section(path: Path, **settings: object) -> RecordSection:
    return RecordSection.model_validate({"file": path, **settings})


@contextlib.asynccontextmanager
async def recording(recorder: Recorder):
    up = asyncio.Event()
    task = asyncio.create_task(recorder.run(up.set))
    await up.wait()
    yield task
    task.cancel()
    await asyncio.wait([task])


def some_faces(number: int, *streams: str) -> dict[str, Face]:
    faces = {}
    for stream in streams:
        face = faces[stream] = Face(frame=number, timestamp=1e9 + number, time_of_day=number / 60)
        face.weights[:] = number / 100
    return faces


async def test_updates_and_faces_are_recorded_with_their_times_and_words(tmp_path):
    path = tmp_path / "show.jsonl.gz"
    mixer = Mixer()
    recorder = Recorder(section(path), 60.0, mixer)
    before = time.perf_counter()
    async with recording(recorder):
        mailbox = mixer.mailbox("osc 127.0.0.1:9130", priority=3, hold=7.0)
        mailbox.post(named_update("joy", 0.9), "joy 0.9")
        mixer.settle(time.perf_counter())
        recorder.send(some_faces(5, "main", "bob"), 5, 12.5)
        mailbox.let_end(2.0)
    update, *faces, end = read_recording(path).events
    assert isinstance(update, TimedUpdate)
    assert before < update.time < time.perf_counter()
    assert update[2:] == ("osc 127.0.0.1:9130", "joy 0.9", 3, 7.0)
    assert update.update == named_update("joy", 0.9)
    assert [(f.time, f.frame, f.stream, f.wall) for f in faces] == [
        (12.5, 5, "main", 1e9 + 5),
        (12.5, 5, "bob", 1e9 + 5),
    ]
    assert faces[0].weights == pytest.approx(0.05)
    assert isinstance(end, TimedEnd)
    assert end[1:] == ("osc 127.0.0.1:9130", 3, 2.0)
    assert mixer._taps == ()


async def test_an_update_stands_before_the_first_frame_that_saw_it(tmp_path):
    path = tmp_path / "show.jsonl"
    mixer = Mixer()
    recorder = Recorder(section(path), 60.0, mixer)
    mailbox = mixer.mailbox("a")
    async with recording(recorder):
        mixer.settle(0.0)
        mailbox.post(named_update("joy"))  # after the mixer settled for frame 1
        recorder.send(some_faces(1, "main"), 1, 0.0)
        mixer.settle(0.0)
        recorder.send(some_faces(2, "main"), 2, 0.0)
    kinds = [getattr(event, "frame", "update") for event in read_recording(path).events]
    assert kinds == [1, "update", 2]


async def test_one_stream_alone_can_be_recorded(tmp_path):
    path = tmp_path / "show.jsonl"
    mixer = Mixer()
    recorder = Recorder(section(path, stream="bob", every=2), 60.0, mixer)
    async with recording(recorder):
        mixer.mailbox("a").post(named_update("joy"))
        mixer.mailbox("a").post(named_update("fear", stream="bob"))
        for number in range(4):
            mixer.settle(0.0)
            recorder.send(some_faces(number, "main", "bob"), number, 0.0)
    update, *faces = read_recording(path).events
    assert update.update.stream == "bob"
    assert [(face.stream, face.frame) for face in faces] == [("bob", 0), ("bob", 2)]


async def test_a_csv_is_a_take_of_the_main_stream(tmp_path):
    path = tmp_path / "take.csv"
    recorder = Recorder(section(path), 60.0, Mixer())
    async with recording(recorder):
        for number in range(30):
            recorder.send(some_faces(number, "main", "bob"), number, 0.0)
    faces, skipped = read_take(path, "main")
    assert len(faces) == 30
    assert skipped == []
    assert [face.time for face in faces] == pytest.approx([n / 60 for n in range(30)], abs=1e-4)
    assert faces[20].weights == pytest.approx(0.2)


async def test_a_live_run_can_be_rendered_again_at_its_own_ticks(tmp_path):
    """The same updates at the same ticks give the same weights to 1e-6, although everything was
    threads and clocks then."""
    settings = Settings.model_validate({"face": {"seed": 5}, "outputs": "vmc"})
    mixer = Mixer(["main"])
    overlays = OverlayFaces()
    pipeline = Pipeline(
        mixer,
        interpolation_from(settings),
        engine_from(settings),
        face_layers(settings.face, settings.symmetry, overlays),
    )
    path = tmp_path / "show.jsonl.gz"
    recorder = Recorder(section(path), 60.0, mixer)
    ended = threading.Event()
    async with recording(recorder):
        loop = FrameLoop(FrameClock(60.0), pipeline, [recorder], ended.set)
        loop.start()
        mailbox, other = mixer.mailbox("a", priority=2), mixer.mailbox("b", hold=0.3)
        for number in range(25):
            await asyncio.sleep(0.037)
            source = mailbox if number % 3 == 0 else other
            name = ("joy", "fear+sadness", "anger")[number % 3]
            hold = 0.15 if source is mailbox else None
            source.post(named_update(name, 0.1 + number / 30, hold=hold))
        mailbox.let_end(0.1)
        await asyncio.sleep(0.4)
        loop.between_frames(lambda: setattr(recorder, "_wanted", False))
        loop.finish()
        await asyncio.to_thread(ended.wait, 5)
    found = read_recording(path)
    recorded = iter(found.faces)
    count = 0
    for _, faces in again(settings, found.events):
        face = next(recorded)
        assert np.abs(faces["main"].weights - face.weights).max() <= 1e-6
        assert np.abs(faces["main"].rotations - face.rotations).max() <= 1e-6
        assert np.abs(faces["main"].feeling - face.feeling).max() <= 1e-6
        count += 1
    assert count == len(found.faces) > 60
    assert len(found.updates) == 25


async def test_a_file_that_cannot_be_written_makes_it_unavailable(tmp_path):
    recorder = Recorder(section(tmp_path / "none" / "show.jsonl"), 60.0)
    with pytest.raises(Unavailable, match=r"cannot write '.*show\.jsonl' \(no such file"):
        await recorder.run(lambda: None)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
async def test_a_full_disk_makes_it_unavailable_and_frames_go_on(tmp_path, monkeypatch):
    recorder = Recorder(section(tmp_path / "show.jsonl"), 60.0)
    async with recording(recorder) as task:
        full = os.open("/dev/full", os.O_WRONLY)
        monkeypatch.setattr(os, "write", lambda descriptor, data, write=os.write: write(full, data))
        recorder.send(some_faces(1, "main"), 1, 0.0)
        await asyncio.wait([task], timeout=5)
        monkeypatch.undo()
        with pytest.raises(Unavailable, match="no space left"):
            task.result()
        assert list(tmp_path.iterdir()) == []  # a new attempt pushes out no earlier file
        recorder.send(some_faces(2, "main"), 2, 0.0)
    os.close(full)


async def test_a_disk_that_hangs_costs_faces_and_no_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_MOST_WAITING", 10)
    monkeypatch.setattr(module, "_WRITE_EVERY", 0.3)
    recorder = Recorder(section(tmp_path / "show.jsonl"), 60.0)
    async with recording(recorder):
        for number in range(100):
            recorder.send(some_faces(number, "main"), number, 0.0)
        assert recorder.trouble == DROPPED
        assert recorder.errors == 90
        await asyncio.sleep(0.5)
        recorder.send(some_faces(101, "main"), 101, 0.0)
        assert recorder.trouble == ""
    faces = read_recording(tmp_path / "show.jsonl").faces
    assert [face.frame for face in faces] == [*range(10), 101]


async def test_the_recorder_wakes_ten_times_a_second_and_not_at_every_frame(tmp_path):
    """Waking at every frame would cost several times as much. `make bench` measures the cost."""
    recorder = Recorder(section(tmp_path / "show.jsonl.gz"), 60.0)
    began = time.perf_counter()
    async with recording(recorder):
        for number in range(60):
            recorder.send(some_faces(number, "main"), number, number / 60)
            await asyncio.sleep(1 / 100)
    assert recorder.packets <= (time.perf_counter() - began) / 0.1 + 1
    assert len(read_recording(tmp_path / "show.jsonl.gz").faces) == 60


async def test_a_recording_names_the_model_that_made_its_faces(tmp_path):
    model = tmp_path / "mine.safetensors"
    model.write_bytes(b"weights")
    for name, path, expected in (
        ("shipped.jsonl", None, identity()._asdict()),
        ("mine.jsonl", model, identity(model)._asdict()),
    ):
        recorder = Recorder(section(tmp_path / name).with_model(path), 60.0)
        async with recording(recorder):
            pass
        header = json.loads((tmp_path / name).read_text().splitlines()[0])
        assert header["model"] == expected
