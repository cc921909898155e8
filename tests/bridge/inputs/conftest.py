"""Real inputs with a real mixer."""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from bridge.emotion.mixer import Mixer
from bridge.emotion.points import Vad
from bridge.inputs.source import Source

Until = Callable[[Callable[[], object]], Awaitable[None]]


@pytest.fixture
def mixer() -> Mixer:
    return Mixer()


@pytest.fixture
def targets(mixer: Mixer) -> Callable[[], dict[str, Vad]]:
    """Where each stream is told to go now, rounded to where floats of all widths agree."""
    known: dict[str, Vad] = {}

    def look() -> dict[str, Vad]:
        for goal in mixer.settle(time.perf_counter()).goals:
            known[goal.stream] = Vad(*(round(axis, 6) for axis in goal.target))
        return known

    return look


@pytest.fixture
async def start(until: Until) -> AsyncIterator[Callable[[Source], Awaitable["asyncio.Task[None]"]]]:
    """Runs an input until the test ends; returns once it is up."""
    tasks: list[asyncio.Task[None]] = []

    async def begin(source: Source) -> "asyncio.Task[None]":
        up = asyncio.Event()
        task = asyncio.create_task(source.run(up.set))
        tasks.append(task)
        await until(lambda: up.is_set() or task.done())
        if task.done():
            task.result()
        return task

    yield begin
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def warnings_said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What was logged as a warning or worse by this program so far."""
    caplog.set_level(logging.INFO, "bridge")
    return lambda: [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("bridge.") and record.levelno >= logging.WARNING
    ]


@pytest.fixture
def udp_port() -> int:
    """A port that nobody had a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
