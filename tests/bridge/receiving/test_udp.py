"""Faces from a phone: a stand-in on a real socket that sends on request only."""

import errno
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bridge.config.address import Endpoint
from bridge.receiving import udp
from bridge.receiving.udp import ask_and_receive, bound
from protocols.dialects import DIALECTS
from protocols.face import DecodeError, Received

DIALECT = DIALECTS["vts-phone"]
FRAME = b'{"FaceFound":true,"BlendShapes":[{"k":"JawOpen","v":0.5}]}'
JAW_OPEN = Received({"JawOpen": 0.5}, {"found": "yes"})


GROUP = "239.255.7.7"


def test_a_group_is_joined_to_hear_what_is_sent_to_it() -> None:
    try:
        member = bound(Endpoint(GROUP, 0), "127.0.0.1")
    except OSError as problem:
        pytest.skip(f"no multicast on loopback here: {problem}")
    with member, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        sender.sendto(b"to a group", (GROUP, member.getsockname()[1]))
        assert member.recv(100) == b"to a group"


class Phone:
    """Answers each request with one frame, from another socket, to the ports in the request."""

    def __init__(self, family: int = socket.AF_INET, host: str = "127.0.0.1") -> None:
        self.requests: list[tuple[float, bytes]] = []
        self.answers = [FRAME]
        self._family = family
        self._asked = socket.socket(family, socket.SOCK_DGRAM)
        self._asked.bind((host, 0))
        self.place = Endpoint(host, self._asked.getsockname()[1])
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with self._asked, socket.socket(self._family, socket.SOCK_DGRAM) as answering:
            while True:
                request, sender = self._asked.recvfrom(2048)
                if request == b"end":
                    return
                self.requests.append((time.monotonic(), request))
                for port in json.loads(request)["ports"]:
                    for answer in self.answers:
                        answering.sendto(answer, (sender[0], port))

    def end(self) -> None:
        with socket.socket(self._family, socket.SOCK_DGRAM) as ending:
            ending.sendto(b"end", self.place)
        self._thread.join()


@pytest.fixture
def phone() -> Iterator[Phone]:
    made = Phone()
    yield made
    made.end()


def some(count: int) -> tuple[list[Received], Callable[[str, Received], bool]]:
    """What was heard, and a `hear` that has enough of so many."""
    heard: list[Received] = []

    def hear(sender: str, frame: Received) -> bool:
        heard.append(frame)
        return len(heard) < count

    return heard, hear


def never(sender: str, problem: DecodeError) -> None:
    pytest.fail(f"not understood: {problem}")


def test_a_phone_is_asked_for_the_port_that_listens(phone: Phone) -> None:
    heard, hear = some(1)
    with bound(Endpoint("127.0.0.1", 0)) as receiver:
        ask_and_receive(receiver, phone.place, DIALECT, hear, never)
        port = receiver.getsockname()[1]
    assert heard == [JAW_OPEN]
    [(_, request)] = phone.requests
    assert json.loads(request)["ports"] == [port]


def test_it_is_asked_again_and_again(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(udp, "REQUEST_EVERY", 0.05)
    monkeypatch.setattr(udp, "_NAP", 0.01)
    heard, hear = some(4)
    with bound(Endpoint("127.0.0.1", 0)) as receiver:
        ask_and_receive(receiver, phone.place, DIALECT, hear, never)
    assert heard == [JAW_OPEN] * 4
    times = [when for when, _ in phone.requests]
    assert times[-1] - times[0] >= 3 * 0.05 - 0.01


def test_what_the_phone_says_wrong_is_doubted_and_the_rest_is_heard(phone: Phone) -> None:
    phone.answers = [b"garbage", FRAME]
    doubted: list[str] = []
    heard, hear = some(1)
    with bound(Endpoint("127.0.0.1", 0)) as receiver:
        ask_and_receive(
            receiver, phone.place, DIALECT, hear, lambda sender, problem: doubted.append(sender)
        )
    assert heard == [JAW_OPEN]
    assert len(doubted) == 1
    assert doubted[0].startswith("127.0.0.1:")


def test_a_phone_by_name_and_by_ipv6_is_found(phone: Phone) -> None:
    heard, hear = some(1)
    with bound(Endpoint("127.0.0.1", 0)) as receiver:
        ask_and_receive(receiver, Endpoint("localhost", phone.place.port), DIALECT, hear, never)
    assert heard == [JAW_OPEN]
    try:
        other = Phone(socket.AF_INET6, "::1")
    except OSError as problem:
        pytest.skip(f"no IPv6 here: {errno.errorcode.get(problem.errno or 0)}")
    heard, hear = some(1)
    with bound(Endpoint("::1", 0)) as receiver:
        ask_and_receive(receiver, other.place, DIALECT, hear, never)
    other.end()
    assert heard == [JAW_OPEN]


def test_a_phone_that_cannot_be_found_is_an_error() -> None:
    with bound(Endpoint("127.0.0.1", 0)) as receiver, pytest.raises(OSError, match=r".+"):
        ask_and_receive(
            receiver, Endpoint("no-such-host.invalid", 21412), DIALECT, lambda *_: True, never
        )


def test_a_dialect_that_is_sent_unasked_cannot_be_asked() -> None:
    dialect = replace(DIALECT, asking=None)
    with (
        bound(Endpoint("127.0.0.1", 0)) as receiver,
        pytest.raises(ValueError, match="needs no request"),
    ):
        ask_and_receive(receiver, Endpoint("127.0.0.1", 1), dialect, lambda *_: True, never)
