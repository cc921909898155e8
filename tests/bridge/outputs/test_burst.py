"""Bursts at real sockets: the datagrams that leave are those that single sends would send."""

import errno
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from bridge.outputs.burst import CANNOT_SPLIT, Burst
from protocols.face import Bytes, Datagram


@pytest.fixture
def opened(receiver: Any) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
        sending.setblocking(False)
        sending.connect(("127.0.0.1", receiver.port))
        yield sending


def numbered(count: int, size: int) -> Bytes:
    """[count, size]: each datagram begins with its number."""
    datagrams = np.zeros((count, size), np.uint8)
    datagrams[:, :2] = np.arange(count, dtype=">u2").view(np.uint8).reshape(-1, 2)
    return datagrams


def send(burst: Burst, opened: socket.socket, datagrams: Bytes) -> list[int]:
    """The number of datagrams of each call."""
    calls = []

    def sent(call: Callable[[Datagram], int], data: Datagram, count: int) -> None:
        assert call(data) == len(data)
        calls.append(count)

    burst.send(opened, datagrams, sent)
    return calls


@pytest.mark.parametrize(("count", "size"), [(1, 300), (2, 2), (64, 300), (130, 320), (100, 1400)])
def test_every_datagram_arrives_whole_and_in_order(
    opened: socket.socket, receiver: Any, count: int, size: int
) -> None:
    receiver.enlarge()
    datagrams = numbered(count, size)
    send(Burst(), opened, datagrams)
    assert receiver.payloads() == [bytes(datagram) for datagram in datagrams]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux splits")
def test_on_linux_up_to_64_datagrams_go_with_one_call(opened: socket.socket) -> None:
    assert send(Burst(), opened, numbered(150, 320)) == [64, 64, 22]
    assert send(Burst(), opened, numbered(60, 1400)) == [46, 14]


def test_where_the_system_does_not_split_they_go_one_by_one(
    opened: socket.socket, receiver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    datagrams = numbered(10, 300)
    assert send(Burst(), opened, datagrams) == [1] * 10
    assert receiver.payloads() == [bytes(datagram) for datagram in datagrams]


@pytest.mark.parametrize("number", sorted(CANNOT_SPLIT))
def test_a_system_that_refuses_to_split_gets_all_of_them_one_by_one(
    opened: socket.socket, receiver: Any, number: int
) -> None:
    calls = []

    def refuse(call: Callable[[Datagram], int], data: Datagram, count: int) -> None:
        calls.append(count)
        if count > 1:
            raise OSError(number, "cannot")
        call(data)

    burst = Burst()
    datagrams = numbered(5, 300)
    for _ in range(2):
        burst.send(opened, datagrams, refuse)
    assert calls == [5] + [1] * 10
    assert receiver.payloads() == [bytes(datagram) for datagram in datagrams] * 2


def test_another_error_of_a_single_send_is_raised(opened: socket.socket) -> None:
    def fail(call: Callable[[Datagram], int], data: Datagram, count: int) -> None:
        raise OSError(errno.EIO, "broken")

    with pytest.raises(OSError, match="broken"):
        Burst().send(opened, numbered(3, 300), fail)
