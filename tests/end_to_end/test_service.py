"""The command as a service: its messages to a service manager on a real socket, the watchdog, and
its exit status."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import pytest

from tests.end_to_end import seccomp

UNIT = Path(__file__).parents[2] / "systemd" / "affect-bridge.service"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no systemd")

PATIENCE = 9.0
WATCHDOG = 0.6
"""The watchdog timeout of this service manager, in seconds."""


class ServiceManager:
    """The socket on which a service sends messages to its manager."""

    def __init__(self, folder):
        self.address = f"{folder}/notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self.heard = []

    def next(self, wanted, within=PATIENCE):
        """Wait for a message that starts with `wanted`, and return it."""
        deadline = time.monotonic() + within
        while True:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            told = self._socket.recv(4096).decode()  # raises TimeoutError
            self.heard.append(told)
            if told.startswith(wanted):
                return told

    def forget(self):
        """Drop the messages that have already arrived."""
        self._socket.setblocking(False)
        try:
            while True:
                self._socket.recv(4096)
        except BlockingIOError:
            pass

    def close(self):
        self._socket.close()


@pytest.fixture
def manager():
    with tempfile.TemporaryDirectory(prefix="bridge-") as folder:  # a socket's path is short
        made = ServiceManager(folder)
        yield made
        made.close()


@pytest.fixture
def environment(manager):
    return {
        **os.environ,
        "NOTIFY_SOCKET": manager.address,
        "WATCHDOG_USEC": f"{WATCHDOG * 1e6:.0f}",
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture
def service(run_bridge, avatar, environment):
    """Starts the bridge as a service manager does, with the demo as its only input."""

    def start(*arguments, **more):
        return run_bridge(
            "run",
            *(arguments or ("--from", "demo")),
            *("--to", f"vmc://127.0.0.1:{avatar.port}"),
            env={**environment, **more},
            stdin=subprocess.DEVNULL,
        )

    return start


def test_the_service_is_ready_when_a_first_frame_has_arrived_and_no_sooner(
    run_bridge, manager, environment
):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as avatar:
        avatar.bind(("127.0.0.1", 0))
        avatar.setblocking(False)
        to = f"vmc://127.0.0.1:{avatar.getsockname()[1]}"
        run_bridge("run", "--from", "demo", "--to", to, env=environment)
        manager.next("READY=1")
        assert b"/VMC/Ext/Blend/Val" in avatar.recv(65536)  # would fail if none were there yet
    assert manager.heard == ["READY=1"]


def test_the_watchdog_is_fed_as_long_as_frames_leave_and_starves_when_they_do_not(
    service, manager, eventually, avatar
):
    bridge = service()
    manager.next("READY=1")
    times = []
    for _ in range(6):
        manager.next("WATCHDOG=1")
        times.append(time.monotonic())
    assert max(later - earlier for earlier, later in pairwise(times)) < WATCHDOG
    bridge.signal(signal.SIGSTOP)
    os.waitid(os.P_PID, bridge.process.pid, os.WSTOPPED)
    manager.forget()
    with pytest.raises(TimeoutError):
        manager.next("", within=2 * WATCHDOG)
    bridge.signal(signal.SIGCONT)
    manager.next("WATCHDOG=1")
    avatar.more_frames()


def test_a_stop_is_announced_before_it_is_made(service, manager):
    bridge = service()
    manager.next("READY=1")
    bridge.signal(signal.SIGTERM)
    manager.next("STOPPING=1")
    assert bridge.ends() == 0


def test_a_reload_starves_no_watchdog_and_costs_no_frame(
    service, manager, avatar, eventually, tmp_path
):
    config = tmp_path / "studio.yaml"
    config.write_text("inputs: [demo]\n")
    bridge = service(str(config))
    manager.next("READY=1")
    avatar.more_frames()
    config.write_text("inputs: [demo]\nsymmetry: 0.5\n")
    bridge.signal(signal.SIGHUP)
    eventually(lambda: bridge.logged("reload: symmetry: 1.0 → 0.5"))
    avatar.more_frames()
    manager.forget()
    manager.next("WATCHDOG=1")
    frames = [round(frame.time * 60) for frame in avatar.vmc]
    missing = frames[-1] - frames[0] + 1 - len(set(frames))
    assert missing <= 2  # what a busy machine drops
    assert manager.heard.count("READY=1") == 1


def test_the_status_is_reported_in_a_line(service, manager, avatar):
    service()
    status = manager.next("STATUS=")
    assert re.match(r"STATUS=.* from demo \| [\d.]+ fps \| vmc \d+/s \| demo up \| ", status), (
        status
    )


# Python runs a file of this name before anything else.
BROKEN_CLOCK = """
import threading, time
_sleep, _slept = time.sleep, []
def _breaks(seconds):
    if threading.current_thread().name == "frames":
        _slept.append(seconds)
        if len(_slept) > 60:
            raise OSError("the clock is broken")
    _sleep(seconds)
time.sleep = _breaks
"""


def test_a_frame_loop_that_fails_ends_the_service_with_status_1_so_that_it_is_restarted(
    service, manager, avatar, tmp_path
):
    (tmp_path / "sitecustomize.py").write_text(BROKEN_CLOCK)
    bridge = service(PYTHONPATH=str(tmp_path))
    manager.next("READY=1")
    assert bridge.ends(PATIENCE) == 1
    assert avatar.datagrams
    assert bridge.logged("CRITICAL", "the frame loop failed")
    assert bridge.logged("the clock is broken")


def test_lines_for_the_journal_carry_their_priority(
    run_bridge, eventually, free_udp_port, tmp_path
):
    journal = tmp_path / "journal"  # a service's standard error is one the journal gave it
    with journal.open("w") as writing:
        there = os.fstat(writing.fileno())
        environment = {**os.environ, "JOURNAL_STREAM": f"{there.st_dev}:{there.st_ino}"}
        to = f"vmc://127.0.0.1:{free_udp_port}"
        bridge = run_bridge("run", "--from", "demo", "--to", to, env=environment, stderr=writing)
    eventually(lambda: "nothing is listening" in journal.read_text())
    bridge.signal(signal.SIGTERM)
    assert bridge.ends() == 0
    lines = journal.read_text().splitlines()
    assert all(re.match(r"<[2-7]>\S", line) for line in lines), lines
    assert "<6>demo: up" in lines
    assert any(line.startswith("<4>") and "nothing is listening" in line for line in lines)


def test_a_mistake_in_the_configuration_is_status_2_which_is_not_restarted(
    service, manager, tmp_path
):
    config = tmp_path / "studio.yaml"
    config.write_text("inputs: [demo]\nfsp: 3\n")
    bridge = service(str(config))
    assert bridge.ends(PATIENCE) == 2
    assert bridge.logged(f"{config}:2: fsp")
    assert "RestartPreventExitStatus=2" in UNIT.read_text()


@pytest.mark.skipif(not seccomp.AVAILABLE, reason="needs Linux on x86-64 or ARM64")
def test_discovery_works_with_the_address_families_that_the_unit_allows(
    run_bridge, eventually, free_udp_port
):
    """zeroconf asks the kernel for this machine's addresses through a netlink socket."""
    [families] = re.findall(r"^RestrictAddressFamilies=(.*)$", UNIT.read_text(), re.MULTILINE)
    bridge = run_bridge(
        *("run", "--from", "demo", "--to", f"vrchat://127.0.0.1:{free_udp_port}?discovery=true"),
        stdin=subprocess.DEVNULL,
        preexec_fn=lambda: seccomp.allow_only(families.split()),
    )
    eventually(lambda: bridge.logged("announced as AffectBridge-"))
    assert not bridge.logged("discovery failed")
