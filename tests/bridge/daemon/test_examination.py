"""A running bridge that examines itself, with a real process that does the looking."""

import asyncio
import socket
import time

import psutil
import pytest

from bridge.config.settings import Settings
from bridge.daemon import examination
from bridge.daemon.daemon import Daemon
from bridge.embedded.settings import EmbeddedSettings
from tests.bridge.brokers import free_port


@pytest.fixture
def receiver():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        yield opened.getsockname()[1]


async def while_it_runs(work, read=Settings.model_validate, **given):
    """What `work`, called with the views of a running bridge, returns."""
    settings = read({"inputs": ["demo"], **given})
    daemon, stop = Daemon(settings), asyncio.Event()
    started = asyncio.Event()
    running = asyncio.create_task(daemon.run_until(stop, started=started.set))
    await started.wait()
    try:
        return await work(daemon.visible)
    finally:
        stop.set()
        await running


def by_subject(told):
    return {each["subject"]: each for each in told["findings"]}


async def test_each_output_gets_a_smile_and_a_closed_port_is_the_first_cause(receiver):
    closed = free_port(socket.SOCK_DGRAM)
    ports = (receiver, closed)
    alone = f"vmc://127.0.0.1:{closed}"
    told = await while_it_runs(lambda views: views.examine(), outputs=[alone])
    first = told["problems"][0]
    assert first["subject"] == f"output vmc 127.0.0.1:{closed}"
    assert first["found"].startswith("nothing is listening")
    told = await while_it_runs(
        lambda views: views.examine(), outputs=[f"vmc://127.0.0.1:{port}" for port in ports]
    )
    found = by_subject(told)
    assert "a smile was sent" in found[f"output vmc 127.0.0.1:{receiver}"]["found"]
    assert found[f"output vmc 127.0.0.1:{closed}"]["verdict"] == "note"
    assert "happiness made it smile" in found["face"]["found"]


async def test_a_face_that_layers_keep_still_is_the_cause(receiver):
    told = await while_it_runs(
        lambda views: views.examine(),
        outputs=[f"vmc://127.0.0.1:{receiver}"],
        face={"strength": 0, "still": True},
    )
    assert told["problems"][0]["subject"] == "face"


async def test_one_examination_at_a_time_and_its_smile_ends(receiver, monkeypatch):
    monkeypatch.setattr(examination, "SMILE_SECONDS", 0.3)

    async def twice(views):
        first = asyncio.create_task(views.examine())
        await asyncio.sleep(0.1)
        assert views.state("main").source == "doctor"
        assert await views.examine() == {"busy": True}
        assert "findings" in await first
        assert views.state("main").source != "doctor"

    await while_it_runs(twice, outputs=[f"vmc://127.0.0.1:{receiver}"])


async def test_one_that_takes_too_long_is_ended_with_its_process(receiver, monkeypatch):
    monkeypatch.setattr(examination, "SMILE_SECONDS", 0.1)
    monkeypatch.setattr(examination, "LONGEST", 0.2)  # Python alone takes longer to start

    async def too_long(views):
        began = time.monotonic()
        told = await views.examine()
        assert told["error"].startswith("the examination took longer than")
        assert time.monotonic() - began < 5
        assert psutil.Process().children() == []

    await while_it_runs(too_long, outputs=[f"vmc://127.0.0.1:{receiver}"])


async def test_a_doctor_that_fails_is_told(receiver, monkeypatch):
    monkeypatch.setattr(examination, "SMILE_SECONDS", 0.1)
    monkeypatch.setattr("sys.executable", "/bin/false")

    async def fails(views):
        assert (await views.examine())["error"] == "the examination failed (exit status 1)"

    await while_it_runs(fails, outputs=[f"vmc://127.0.0.1:{receiver}"])


async def test_a_bridge_inside_another_program_needs_no_input(receiver, monkeypatch):
    monkeypatch.setattr(examination, "SMILE_SECONDS", 0.3)
    told = await while_it_runs(
        lambda views: views.examine(),
        read=EmbeddedSettings.model_validate,
        inputs=[],
        outputs=[f"vmc://127.0.0.1:{receiver}"],
    )
    assert told["problems"] == []
