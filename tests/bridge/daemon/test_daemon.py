"""A whole bridge in this process: what one failing part does to the others, and how it ends."""

import asyncio
import gc
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import asynccontextmanager, suppress

import pytest

from bridge.config.settings import Settings
from bridge.daemon import daemon as daemon_module
from bridge.daemon import reconcile
from bridge.daemon import watch as watch_module
from bridge.daemon.daemon import Daemon
from bridge.mqtt import broker as broker_module
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


async def test_the_table_takes_over_from_the_network_and_no_frame_is_lost(
    running, receiver, until, caplog
):
    async with running(inputs=["demo"]) as daemon:
        assert daemon.pipeline.engine.name == "network"
        await until(lambda: daemon.pipeline.engine.name == "table")
        before = receiver.count()
        await asyncio.sleep(0.3)
        assert receiver.count() > before + 10
    assert daemon.status == 0
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_reload_with_the_network_takes_the_table_away_and_back(running, until, monkeypatch):
    # It would count for every test that follows.
    monkeypatch.setattr(daemon_module.logs, "change_logging", lambda *_: None)
    async with running(inputs=["demo"]) as daemon:
        for engine in ("table", "network", "table"):
            changed = daemon._settings.model_copy(update={"engine": engine})
            change = await daemon.prepare(changed, daemon._frames, daemon._frames._clock)
            await change()
            await until(lambda engine=engine: daemon.pipeline.engine.name == engine)


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


async def test_a_broker_that_drops_a_client_that_waits_for_an_answer_leaves_no_traceback(
    running, until, monkeypatch, caplog
):
    """aiomqtt leaves a future unread, and Python logs it when the garbage collector finds it."""
    monkeypatch.setattr(broker_module, "ANSWER_TIMEOUT", 0.3)

    async def greet_and_leave(reader, writer):
        await reader.read(200)
        writer.write(b"\x20\x03\x00\x00\x00")  # CONNACK: welcome
        await reader.read(1)  # SUBSCRIBE
        writer.close()

    server = await asyncio.start_server(greet_and_leave, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with running(inputs=["demo", f"mqtt://127.0.0.1:{port}/affect/+"]):
        await until(lambda: "no connection to the broker" in caplog.text)
        for _ in range(20):
            gc.collect()
            await asyncio.sleep(0.05)
    server.close()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_stop_while_a_broker_does_not_answer_leaves_no_traceback(running, until, caplog):
    connections = []

    async def say_nothing(reader, writer):
        connections.append(writer)

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with running(inputs=["demo", f"mqtt://127.0.0.1:{port}/affect/+"]):
        await until(lambda: connections)
    server.close()
    for writer in connections:
        writer.close()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_reload_that_cannot_make_an_input_changes_no_output(
    running, receiver, until, free_port, monkeypatch
):
    async with running() as daemon:
        before = list(daemon._outputs)

        def fail(section, mailbox, overlays, views):
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


async def test_a_full_garbage_collection_does_not_scan_what_lives_as_long_as_the_bridge(running):
    """Scanning it takes longer than two frames, and holds the frame thread up as long."""

    def fastest() -> float:
        times = []
        for _ in range(5):
            began = time.perf_counter()
            gc.collect()
            times.append(time.perf_counter() - began)
        return min(times)

    async with running():
        frozen = fastest()
        gc.unfreeze()
        assert frozen < fastest() / 5


def test_a_busy_thread_keeps_the_interpreter_from_the_frame_thread_for_a_moment_only():
    """By default it does for 5 ms, which is as late as a frame may be at most."""
    program = """
import os, signal, threading, time
from bridge.config.settings import Settings
from bridge.daemon.daemon import run

def burn():
    while True:
        pass

def wake_up():
    time.sleep(1.0)
    threading.Thread(target=burn, daemon=True).start()
    late = []
    for _ in range(100):
        due = time.perf_counter() + 0.005
        time.sleep(0.005)
        late.append(time.perf_counter() - due)
    print(sorted(late)[10], flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

threading.Thread(target=wake_up, daemon=True).start()
run(Settings.model_validate({"inputs": ["demo"], "outputs": ["vmc://127.0.0.1:9"]}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert float(done.stdout) < 0.003, done.stderr


async def test_a_frame_thread_that_hangs_does_not_hold_up_a_stop(running, monkeypatch, caplog):
    monkeypatch.setattr(daemon_module, "_FRAMES_TIMEOUT", 0.5)
    forever = threading.Event()
    try:
        async with running() as daemon:
            [output] = [supervised.part for supervised in daemon._outputs]
            monkeypatch.setattr(output, "show", lambda faces, now: forever.wait())
            await asyncio.sleep(0.1)
        assert daemon.status == 1
        assert "the frame loop hangs" in caplog.text
    finally:
        forever.set()


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
