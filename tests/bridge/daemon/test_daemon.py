"""A whole bridge in this process: what one failing part does to the others, and how it ends."""

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import time
from contextlib import asynccontextmanager, suppress

import pytest

from bridge.config.settings import Settings
from bridge.daemon import reconcile
from bridge.daemon import watch as watch_module
from bridge.daemon.daemon import Daemon
from bridge.service import notify as notify_module
from bridge.supervision.supervised import State

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows cannot send SIGTERM to itself"
)


class Receiver:
    """A UDP port that counts what arrives."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]
        self.datagrams = 0

    def count(self) -> int:
        with suppress(BlockingIOError):
            while self._socket.recv(65536):
                self.datagrams += 1
        return self.datagrams

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def running(receiver, until):
    """Runs a bridge for as long as the `async with` lasts, then stops it by a signal."""

    @asynccontextmanager
    async def run(**told):
        told = {"inputs": ["demo"], "outputs": [f"vmc://127.0.0.1:{receiver.port}"], **told}
        daemon = Daemon(Settings.model_validate(told))
        task = asyncio.create_task(daemon.run())
        await until(receiver.count)
        yield daemon
        os.kill(os.getpid(), signal.SIGTERM)
        daemon.status = await asyncio.wait_for(task, 5)
        gc.unfreeze()

    return run


@pytest.fixture
def systemd(tmp_path, monkeypatch):
    """The socket of a service manager with a watchdog of 0.6 seconds."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(tmp_path / "notify"))
        made.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "600000")
        yield made


def heard(systemd) -> list[str]:
    found: list[str] = []
    with suppress(BlockingIOError):
        while True:
            found.append(systemd.recv(4096).decode())
    return found


@pytest.fixture
def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_blocked_event_loop_starves_the_watchdog_although_frames_go_on(
    running, receiver, systemd, until, monkeypatch
):
    monkeypatch.setattr(notify_module, "_LOOP_TIMEOUT", 1.2)
    async with running():
        fed: list[str] = []
        await until(lambda: fed.extend(heard(systemd)) or fed.count("WATCHDOG=1") >= 3)
        time.sleep(1.5)  # noqa: ASYNC251 - the event loop hangs here
        heard(systemd)
        before = receiver.count()
        time.sleep(0.6)  # noqa: ASYNC251
        assert "WATCHDOG=1" not in heard(systemd)
        assert receiver.count() > before + 10
        await until(lambda: "WATCHDOG=1" in heard(systemd))


async def test_a_reload_that_cannot_make_an_input_changes_no_output(
    running, receiver, until, free_port, monkeypatch
):
    async with running() as daemon:
        before = list(daemon._outputs)

        def fail(section, mailbox):
            raise ImportError("on purpose")

        monkeypatch.setattr(reconcile, "source_from", fail)
        changed = Settings.model_validate(
            {
                "inputs": [f"osc://127.0.0.1:{free_port}"],
                "outputs": [f"livelink://127.0.0.1:{free_port}"],
            }
        )
        with pytest.raises(ImportError):
            await daemon.prepare(changed, daemon._frames, daemon._frames._clock)
        assert list(daemon._outputs) == before
        assert before[0].state is State.UP
        frames = receiver.count()
        await until(lambda: receiver.count() > frames + 10)
    assert daemon.status == 0


async def test_one_failing_duty_of_the_watch_is_logged_once_and_stops_no_other(
    running, until, free_port, monkeypatch, caplog
):
    monkeypatch.setattr(watch_module, "LOOK_EVERY", 0.02)
    async with running(inputs=["demo", f"osc://127.0.0.1:{free_port}"]) as daemon:
        demo, osc = [supervised.part for supervised in daemon._inputs]
        looks = []

        def fail():
            raise ZeroDivisionError("on purpose")

        monkeypatch.setattr(demo, "catch_up", fail)
        monkeypatch.setattr(osc, "catch_up", lambda: looks.append(True))
        await until(lambda: len(looks) > 10)
    assert daemon.status == 0
    [error] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "ZeroDivisionError" in error.getMessage()
