"""The changes that a reload logs, and when it reads the file."""

import asyncio
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.config.reading import read_settings
from bridge.config.settings import Settings
from bridge.daemon import reload as reload_module
from bridge.daemon.reload import Reload, differences
from bridge.model.layers import CheckpointError
from bridge.supervision.running import Change


def settings(**told) -> Settings:
    return Settings.model_validate(told)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({}, {}, []),
        ({"fps": 60}, {"fps": 30}, ["fps: 60.0 → 30.0"]),
        (
            {"outputs": ["vmc://h", "vmc://i"]},
            {"outputs": ["vmc://h", "vmc://j"]},
            ["outputs[2].to: vmc://i → vmc://j"],
        ),
        (
            {"interpolation": "spring"},
            {"interpolation": {"kind": "linear", "fade": 0.5}},
            [
                "interpolation.kind: spring → linear",
                "interpolation.onset: 0.12 → (none)",
                "interpolation.release: 0.35 → (none)",
                "interpolation.fade: (none) → 0.5",
            ],
        ),
    ],
)
def test_each_key_that_changed_is_named_with_what_it_was_and_is(before, after, said):
    assert differences(settings(**before), settings(**after)) == said


def test_an_endless_value_is_cut_for_the_log():
    [said] = differences(
        settings(outputs=["livelink://h/a"]), settings(outputs=["livelink://h/" + "b" * 255])
    )
    assert len(said) < 300


class File:
    """A configuration that is reloaded, and the settings that were applied."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.applied: list[Settings] = []
        self.write("fps: 60\nwatch: true\n")
        self.reload = Reload(path, lambda: read_settings(path), read_settings(path))

    def write(self, text: str) -> None:
        self.path.write_text(text)

    async def prepare(self, fresh: Settings) -> Change:
        async def change() -> None:
            self.applied.append(fresh)

        return change


@pytest.fixture
def file(tmp_path: Path, monkeypatch) -> File:
    monkeypatch.setattr(reload_module, "LOOK_EVERY", 0.05)
    return File(tmp_path / "studio.yaml")


@pytest.fixture
async def running(file: File):
    task = asyncio.create_task(file.reload.run(file.prepare))
    yield file
    task.cancel()
    await asyncio.wait([task])


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - a list or a log has no event
            await asyncio.sleep(0.01)


async def test_a_changed_file_is_applied_once(running: File):
    running.write("fps: 30\nwatch: true\n")
    await until(lambda: running.applied)
    await asyncio.sleep(0.3)
    assert [applied.fps for applied in running.applied] == [30]


async def test_a_file_that_is_still_being_written_is_not_read(running: File, caplog):
    stop = asyncio.get_running_loop().time() + 0.4
    number = 0
    while asyncio.get_running_loop().time() < stop:
        number += 1
        running.write(f"fps: [{'x' * number}")  # half a file, growing at every look
        await asyncio.sleep(0.02)
    running.write("fps: 30\nwatch: true\n")
    await until(lambda: running.applied)
    assert not [r for r in caplog.records if r.levelno >= logging.ERROR]


async def test_a_file_that_vanishes_changes_nothing_and_its_return_counts(running: File, caplog):
    os.unlink(running.path)  # noqa: PTH108 - as another program would
    await until(lambda: any("cannot be read" in r.getMessage() for r in caplog.records))
    assert running.applied == []
    running.write("fps: 24\nwatch: true\n")
    await until(lambda: running.applied)
    assert running.applied[0].fps == 24


async def test_an_empty_file_changes_nothing(running: File, caplog):
    """Every default would take its place: a disk that is full must not move the outputs."""
    running.write("")
    await until(lambda: caplog.messages)
    assert caplog.messages == [f"not reloaded, nothing changed: {running.path} is empty"]
    assert running.applied == []
    running.write("fps: 24\nwatch: true\n")
    await until(lambda: running.applied)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
async def test_a_pipe_is_not_read_again(tmp_path: Path, caplog):
    """Reading it could block."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reload = Reload(path, lambda: read_settings(path), Settings())
    task = asyncio.create_task(reload.run(File.prepare))
    reload.ask()
    await until(lambda: caplog.messages)
    assert caplog.messages == [f"not reloaded, nothing changed: {path}: is not a regular file"]
    task.cancel()


async def test_a_mistake_is_logged_once_for_each_change_of_the_file(running: File, caplog):
    running.write("fps: 1000\n")
    await until(lambda: caplog.records)
    await asyncio.sleep(0.3)
    [said] = [r.getMessage() for r in caplog.records]
    assert said.startswith("not reloaded, nothing changed: ")
    assert f"{running.path}:1: fps" in said


async def test_without_watch_only_asking_reads_the_file_again(file: File):
    file.write("fps: 60\n")
    file.reload.settings = read_settings(file.path)
    task = asyncio.create_task(file.reload.run(file.prepare))
    file.write("fps: 30\n")
    await asyncio.sleep(0.3)
    assert file.applied == []
    file.reload.ask()
    await until(lambda: file.applied)
    task.cancel()


async def test_without_watch_the_file_is_not_looked_at(file: File, monkeypatch):
    """Each look costs a thread."""
    file.write("fps: 60\n")
    file.reload.settings = read_settings(file.path)
    looks = []
    monkeypatch.setattr(reload_module, "_stamp", looks.append)
    threads = threading.enumerate()
    task = asyncio.create_task(file.reload.run(file.prepare))
    await asyncio.sleep(0.3)
    assert looks == []
    assert threading.enumerate() == threads
    task.cancel()


async def test_watch_that_a_reload_turns_on_is_on(file: File):
    file.write("fps: 60\n")
    file.reload.settings = read_settings(file.path)
    task = asyncio.create_task(file.reload.run(file.prepare))
    file.write("watch: true\n")
    file.reload.ask()
    await until(lambda: len(file.applied) == 1)
    file.write("watch: true\nfps: 30\n")
    await until(lambda: len(file.applied) == 2)
    task.cancel()


async def test_a_change_that_cannot_be_prepared_changes_nothing_and_is_tried_again(
    file: File, caplog
):
    problems: list[Exception] = [OSError("no such thing"), CheckpointError("no such model")]

    async def prepare(fresh: Settings) -> Change:
        if problems:
            raise problems.pop()
        return await file.prepare(fresh)

    task = asyncio.create_task(file.reload.run(prepare))
    before = file.reload.settings
    file.write("fps: 30\nwatch: true\n")
    await until(lambda: len(problems) == 1)
    await until(lambda: caplog.records)
    assert caplog.messages == ["not reloaded, nothing changed: no such model"]
    file.reload.ask()
    await until(lambda: len(caplog.records) == 2)
    assert "nothing changed" in caplog.messages[1]
    assert (file.reload.settings, file.applied) == (before, [])
    file.reload.ask()
    await until(lambda: file.applied)
    assert file.applied[0].fps == 30
    task.cancel()


async def test_a_change_that_fails_does_not_end_the_reloading(file: File, caplog):
    async def fail_once(fresh: Settings) -> Change:
        async def change() -> None:
            file.applied.append(fresh)
            if len(file.applied) == 1:
                raise OSError("no such thing")

        return change

    task = asyncio.create_task(file.reload.run(fail_once))
    file.write("fps: 30\nwatch: true\n")
    await until(lambda: len(file.applied) == 1)
    assert any("reload failed" in r.getMessage() for r in caplog.records)
    file.write("fps: 24\nwatch: true\n")
    await until(lambda: len(file.applied) == 2)
    task.cancel()
