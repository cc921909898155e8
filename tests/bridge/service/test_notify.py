"""Messages to systemd, on a real notification socket."""

import os
import socket
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from bridge.service.notify import ServiceManager

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no systemd")


class Systemd:
    """The receiving end."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0", 1))
        self._socket.setblocking(False)

    def heard(self) -> list[str]:
        found = []
        while True:
            try:
                found += self._socket.recv(4096).decode().splitlines()
            except BlockingIOError:
                return found

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "path":
        return str(tmp_path / "notify")
    if not sys.platform.startswith("linux"):
        pytest.skip("abstract sockets are Linux's own")
    return f"@affect-bridge-test-{os.getpid()}"


@pytest.fixture
def systemd(address: str):
    made = Systemd(address)
    yield made
    made.close()


def test_ready_is_said_once_after_the_first_frame(systemd: Systemd, address: str):
    manager = ServiceManager({"NOTIFY_SOCKET": address})
    assert systemd.heard() == []
    for frame in range(100):
        manager.frame_left(5000.0 + frame)
    assert systemd.heard() == ["READY=1"]


def test_the_watchdog_is_fed_by_frames_well_within_its_time(systemd: Systemd, address: str):
    manager = ServiceManager({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "3000000"})
    fed = []
    for frame in range(600):  # ten seconds
        manager.loop_alive(5000.0 + frame // 60)
        manager.frame_left(5000.0 + frame / 60)
        fed += [frame / 60] * systemd.heard().count("WATCHDOG=1")
    assert 9 <= len(fed) <= 12
    assert max(b - a for a, b in pairwise(fed)) <= 1.1


def test_without_the_event_loop_the_watchdog_starves_until_it_is_back(
    systemd: Systemd, address: str
):
    manager = ServiceManager({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "3000000"})
    fed = set()
    for frame in range(1800):  # thirty seconds
        second = frame // 60
        if not 5 <= second < 20:
            manager.loop_alive(5000.0 + second)
        manager.frame_left(5000.0 + frame / 60)
        fed |= {second} if "WATCHDOG=1" in systemd.heard() else set()
    assert set(range(5)) <= fed
    assert not fed & set(range(8, 20))
    assert set(range(20, 30)) <= fed


def test_without_frames_the_watchdog_starves(systemd: Systemd, address: str):
    manager = ServiceManager({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "3000000"})
    manager.tell("STATUS=all is well")
    assert systemd.heard() == ["STATUS=all is well"]


def test_a_watchdog_meant_for_another_process_is_not_fed(systemd: Systemd, address: str):
    manager = ServiceManager(
        {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}
    )
    manager.frame_left(0.0)
    assert systemd.heard() == ["READY=1"]


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2"}])
def test_where_nobody_asks_nothing_is_said(environment):
    manager = ServiceManager(environment)
    manager.frame_left(0.0)
    manager.tell("STOPPING=1")


def test_a_manager_that_is_gone_or_does_not_read_holds_up_no_frame(systemd: Systemd, address: str):
    manager = ServiceManager({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1"})
    for frame in range(5000):  # more than any socket's queue
        manager.loop_alive(float(frame))
        manager.frame_left(float(frame))
    systemd.close()
    manager.frame_left(1e6)
    ServiceManager({"NOTIFY_SOCKET": address}).frame_left(0.0)


@pytest.mark.parametrize("nonsense", ["", "0", "-5", "soon", "1.5"])
def test_a_watchdog_time_that_is_none_is_no_watchdog(systemd: Systemd, address: str, nonsense: str):
    manager = ServiceManager({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": nonsense})
    manager.frame_left(0.0)
    assert systemd.heard() == ["READY=1"]


def test_the_status_is_asked_for_and_told_at_most_every_ten_seconds(systemd: Systemd, address: str):
    manager = ServiceManager({"NOTIFY_SOCKET": address})
    asked = []

    def line() -> str:
        asked.append(True)
        return f"look {len(asked)}"

    for second in range(31):
        manager.tell_status(line, 5000.0 + second)
    assert systemd.heard() == [f"STATUS=look {number}" for number in (1, 2, 3, 4)]
    assert len(asked) == 4


def test_a_status_stays_one_line_of_a_sensible_length(systemd: Systemd, address: str):
    manager = ServiceManager({"NOTIFY_SOCKET": address})
    manager.tell_status(lambda: "all\nWATCHDOG=1\r\n\udcff is " + "well" * 1000, 0.0)
    [told] = systemd.heard()
    assert told.startswith("STATUS=all WATCHDOG=1 ? is well")
    assert len(told) < 600


def test_where_nobody_asks_no_status_is_made():
    ServiceManager({}).tell_status(lambda: pytest.fail("nobody wants to know"), 0.0)
