"""A file is played in time, and mixes with what else comes in."""

import asyncio
import contextlib
import re
import time

import pytest

from bridge.config.inputs import FileSection
from bridge.emotion.mixer import Heard, Mixer
from bridge.emotion.points import Part, Vad
from bridge.emotion.update import Update, named_update
from bridge.face.played import PlayedFaces
from bridge.inputs.file import FileInput
from bridge.recording import format as recording
from bridge.recording.events import TimedEnd, TimedFace, TimedUpdate
from bridge.supervision.supervised import Unavailable
from protocols.face import Face

FRAME = 1 / 60


def section(path, **settings: object) -> FileSection:
    return FileSection.model_validate({"from": f"file:{path}", **settings})


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("t,v,a\n" + "".join(f"{n / 10},{n / 10},0\n" for n in range(6)))
    return path


@pytest.fixture
def show(tmp_path):
    """A recording of two inputs that compete, with faces."""
    path = tmp_path / "show.jsonl"
    low = Update((Part(Vad(0.1, 0, 0), 1.0),), "low", hold=0.4)
    high = Update((Part(Vad(0.9, 0, 0), 1.0),), "high", hold=float("inf"))
    face = Face()
    face.weights[:] = 0.25
    face.feeling[:] = 0.5
    events = [
        recording.update_line(TimedUpdate(100.0, high, "osc", priority=5), 0.0),
        recording.update_line(TimedUpdate(100.1, low, "stdin"), 0.0),
        *recording.face_lines(
            [
                TimedFace(100.0 + n / 10, "main", face.weights, face.rotations, face.feeling)
                for n in range(4)
            ]
        ),
        recording.end_line(TimedEnd(100.3, "osc", 5, 0.01), 0.0),
    ]
    path.write_text("\n".join([recording.header_line("a", 60.0), *events]) + "\n")
    return path


class Played:
    """An input on a mixer, with every update that it posts and its time."""

    def __init__(self, of: FileSection) -> None:
        self.mixer = Mixer()
        self.heard: list[tuple[float, Update | None]] = []
        self.faces = PlayedFaces()
        mailbox = self.mixer.mailbox("file", priority=of.priority)
        self.input = FileInput(of, mailbox, self.faces)

    async def run(self, seconds: float = 10.0) -> None:
        def hear(heard: Heard) -> None:
            self.heard.append((heard.now, heard.update))

        with self.mixer.tapped(hear), contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.input.run(lambda: None)

    @property
    def times(self) -> list[float]:
        posted = [now for now, update in self.heard if update is not None]
        return [now - posted[0] for now in posted]


@pytest.mark.parametrize("speed", [1, 2])
async def test_updates_come_within_a_frame_of_their_times(table, speed):
    played = Played(section(table, speed=speed))
    await played.run()
    assert played.times == pytest.approx([n / 10 / speed for n in range(6)], abs=FRAME)
    values = [update.target.valence for _, update in played.heard if update]
    assert values == pytest.approx([n / 10 for n in range(6)])


async def test_the_last_update_expires_before_the_input_ends(table):
    played = Played(section(table))
    await played.run()
    played.mixer.settle(time.perf_counter())
    assert played.mixer.label() == "neutral"
    assert played.input.position == played.input.length == pytest.approx(0.5)


async def test_the_position_can_be_read_while_it_plays(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("t,v,a\n0,0,0\n3600,0,0\n7322,0,0\n")
    played = Played(section(path, speed=100))
    assert played.input.progress == ""
    run = asyncio.create_task(played.run())
    await asyncio.sleep(0.7)
    assert 45 < played.input.position < 100
    assert re.fullmatch(r"long\.csv [01]:\d\d of 2:02:02 \(1 %\)", played.input.progress)
    run.cancel()


async def test_a_loop_starts_again(table):
    played = Played(section(table, loop=True, speed=5))
    await played.run(0.5)
    assert len(played.times) >= 18


async def test_recorded_inputs_compete_as_they_did(show):
    played = Played(section(show))
    run = asyncio.create_task(played.run())
    await asyncio.sleep(0.2)
    played.mixer.settle(time.perf_counter())
    assert played.mixer.state()[:2] == ("high", "osc")
    await asyncio.sleep(0.2)  # the higher one has ended
    played.mixer.settle(time.perf_counter())
    assert played.mixer.state()[:2] == ("low", "stdin")
    await run


async def test_a_live_input_of_higher_priority_counts_instead(show):
    played = Played(section(show, priority=-10))
    played.mixer.mailbox("live", priority=0).post(named_update("joy"))
    run = asyncio.create_task(played.run())
    await asyncio.sleep(0.35)
    played.mixer.settle(time.perf_counter())
    assert played.mixer.state().source == "live"
    await run


async def test_faces_are_played_as_recorded(show):
    played = Played(section(show, as_recorded=True))
    await played.run()
    assert played.faces.get("main").weights.tolist() == [0.25] * 52
    assert [update.target.valence for _, update in played.heard if update] == [0.5] * 4
    assert played.times == pytest.approx([0.0, 0.1, 0.2, 0.3], abs=FRAME)


async def test_a_file_that_is_stopped_leaves_nothing_behind(show):
    played = Played(section(show, loop=True))
    await played.run(0.15)
    played.input.mailbox.withdraw()
    played.mixer.settle(time.perf_counter())
    assert played.mixer.label() == "neutral"


async def test_a_file_that_cannot_be_read_makes_the_input_unavailable(tmp_path):
    with pytest.raises(Unavailable, match=r"none\.csv: no such file"):
        await Played(section(tmp_path / "none.csv")).input.run(lambda: None)


async def test_skipped_rows_are_logged_with_their_line(tmp_path, caplog):
    path = tmp_path / "table.csv"
    path.write_text("t,v,a\n0,0,0\n0.1,9,0\n")
    await Played(section(path)).run()
    assert f"{path}:3: skipped: 9 is outside -1 to 1" in caplog.text
