"""Receivers that move: their address in the name service changes."""

import asyncio
import errno
import itertools
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from time import perf_counter
from typing import Any

import pytest

from bridge.outputs import connection, udp
from bridge.outputs.connection import Connection
from bridge.outputs.destination import Destination, Found
from bridge.outputs.udp import UdpOutput
from protocols.face import Face

Open = Callable[[UdpOutput], Awaitable["asyncio.Task[None]"]]
Until = Callable[[Callable[[], object]], Awaitable[None]]
Said = Callable[[], list[str]]
Resolve = Callable[..., None]


class FrameNumber:
    def encode(self, face: Face) -> list[bytes]:
        return [str(face.frame).encode()]


@pytest.fixture
async def sending(receiver: Any, open_output: Open) -> AsyncIterator[UdpOutput]:
    """An output to `studio.test` that sends a frame every now and then."""
    output = UdpOutput(
        "vmc studio.test",
        "studio.test",
        receiver.port,
        stream="main",
        every=1,
        encoder_for=lambda stream: FrameNumber(),
    )

    async def keep_sending() -> None:
        for frame in itertools.count():
            output.send({"main": Face(frame=frame)}, frame, perf_counter())
            await asyncio.sleep(0.005)

    running = asyncio.create_task(keep_sending())
    yield output
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@pytest.fixture
def patient_without_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorter times for the same steps; no look-ups while sending works."""
    monkeypatch.setattr(udp, "_WATCH_EVERY", 0.01)
    monkeypatch.setattr(udp, "_WELL_AFTER", 0.2)
    monkeypatch.setattr(connection, "_LOOK_EVERY", 0.01)
    monkeypatch.setattr(connection, "_LOOK_UP_AFTER", 0.1)
    monkeypatch.setattr(connection, "_LOOK_UP_AGAIN_AFTER", 0.2)


@pytest.fixture
def looks_up_without_trouble(
    patient_without_trouble: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_LOOK_UP_EVERY", 0.1)


def listen_at(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        opened.bind((host, port))
    except OSError as problem:
        opened.close()
        pytest.skip(f"{host} is no address of this machine: {problem}")
    opened.setblocking(False)
    return opened


async def next_sender(opened: socket.socket) -> Any:
    _, origin = await asyncio.wait_for(
        asyncio.get_running_loop().sock_recvfrom(opened, 100), timeout=10
    )
    return origin


@pytest.mark.usefixtures("patient_without_trouble")
@pytest.mark.parametrize("new", ["127.0.0.2", "::1"])
async def test_a_receiver_that_has_moved_is_found_again_and_knows_the_sender_by_its_port(
    sending: UdpOutput,
    open_output: Open,
    resolve: Resolve,
    receiver: Any,
    until: Until,
    lines_said: Said,
    new: str,
) -> None:
    resolve("studio.test", "127.0.0.1")
    await open_output(sending)
    await until(lambda: sending.packets)
    [(_, origin), *_] = receiver.received()
    with listen_at(new, receiver.port) as moved:
        receiver.leave()
        resolve("studio.test", new)
        assert (await next_sender(moved))[1] == origin[1]
        await until(lambda: not sending.trouble)
    assert lines_said() == [
        "vmc studio.test: nothing is listening; still sending",
        f"vmc studio.test: studio.test has moved to {new}",
        "vmc studio.test: the receiver is listening",
    ]


@pytest.mark.usefixtures("looks_up_without_trouble")
async def test_a_receiver_that_left_without_a_word_is_found_again_too(
    sending: UdpOutput,
    open_output: Open,
    resolve: Resolve,
    receiver: Any,
    lines_said: Said,
) -> None:
    resolve("studio.test", "127.0.0.1")
    await open_output(sending)
    with listen_at("127.0.0.2", receiver.port) as moved:
        resolve("studio.test", "127.0.0.2")
        await next_sender(moved)
    assert lines_said()[0] == "vmc studio.test: studio.test has moved to 127.0.0.2"


@pytest.mark.usefixtures("patient_without_trouble")
async def test_a_receiver_is_looked_up_only_once_sending_fails(
    sending: UdpOutput, open_output: Open, resolve: Resolve, receiver: Any, until: Until
) -> None:
    resolve("studio.test", "127.0.0.1")
    await open_output(sending)
    resolve("studio.test", "127.0.0.2")
    await until(lambda: sending.packets > 60)  # some look-ups' time
    assert len(receiver.received()) > 60


@pytest.mark.usefixtures("looks_up_without_trouble")
async def test_a_name_with_several_addresses_is_stayed_with_in_whatever_order_they_come(
    sending: UdpOutput,
    open_output: Open,
    resolve: Resolve,
    receiver: Any,
    until: Until,
    lines_said: Said,
) -> None:
    resolve("studio.test", "127.0.0.1", "127.0.0.2")
    await open_output(sending)
    resolve("studio.test", "127.0.0.2", "127.0.0.1")
    await until(lambda: sending.packets > 60)
    assert len(receiver.received()) == sending.packets
    assert lines_said() == []


@pytest.mark.usefixtures("looks_up_without_trouble")
async def test_a_name_that_is_lost_leaves_the_receiver_where_it_was(
    sending: UdpOutput,
    open_output: Open,
    resolve: Resolve,
    receiver: Any,
    until: Until,
    lines_said: Said,
) -> None:
    resolve("studio.test", "127.0.0.1")
    await open_output(sending)
    resolve("studio.test")
    await until(lambda: sending.packets > 60)
    assert len(receiver.received()) == sending.packets
    assert lines_said() == []


@pytest.mark.usefixtures("looks_up_without_trouble")
async def test_a_look_up_that_hangs_holds_up_neither_frames_nor_reports(
    sending: UdpOutput,
    open_output: Open,
    resolve: Resolve,
    receiver: Any,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolve("studio.test", "127.0.0.1")
    await open_output(sending)
    hanging, go_on = threading.Event(), threading.Event()

    def hang(*args: Any, **options: Any) -> Any:
        hanging.set()
        go_on.wait(10)
        raise socket.gaierror(errno.EAGAIN, "no answer")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    try:
        await until(hanging.is_set)
        sent = sending.packets
        await until(lambda: sending.packets > sent + 10)
        receiver.leave()
        await until(lambda: sending.trouble == "no listener")
    finally:
        go_on.set()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[socket.socket]:
    """Every socket that is opened to a destination."""
    every: list[socket.socket] = []
    connect = Destination.connect

    def note(destination: Destination, *arguments: Any) -> tuple[Found, socket.socket]:
        place, made = connect(destination, *arguments)
        every.append(made)
        return place, made

    monkeypatch.setattr(Destination, "connect", note)
    return every


@pytest.fixture
async def following(
    resolve: Resolve, receiver: Any, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Connection]:
    """A connection to `studio.test` that looks it up all the time."""
    monkeypatch.setattr(connection, "_LOOK_EVERY", 0.001)
    monkeypatch.setattr(connection, "_LOOK_UP_EVERY", 0.0)
    resolve("studio.test", "127.0.0.1")
    made = Connection("vmc studio.test", Destination("studio.test", receiver.port))
    await made.open()
    running = asyncio.create_task(made.follow())
    yield made
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    made.close()


def peer(made: Connection) -> Any:
    return made.socket and made.socket.getpeername()


async def test_a_port_that_changes_while_the_receiver_moves_leaves_no_socket_behind(
    following: Connection,
    resolve: Resolve,
    until: Until,
    opened: list[socket.socket],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolve("studio.test", "127.0.0.2")
    await until(lambda: following.socket is None)  # it is moving
    await following.change_port(30_001)
    await until(lambda: peer(following) == ("127.0.0.2", 30_001))
    await asyncio.sleep(3 * connection._HANDOVER)
    assert peer(following) == ("127.0.0.2", 30_001)
    assert [one for one in opened if one.fileno() != -1] == [following.socket]


async def test_a_port_that_changes_during_a_look_up_stays_changed(
    following: Connection, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up, asked, go_on = socket.getaddrinfo, threading.Event(), threading.Event()

    def hang(*arguments: Any, **options: Any) -> Any:
        found = look_up(*arguments, **options)
        asked.set()
        go_on.wait(10)
        return found

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    await until(asked.is_set)
    await following.change_port(30_001)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    go_on.set()
    for _ in range(30):
        await asyncio.sleep(0.01)
        assert peer(following) in (None, ("127.0.0.1", 30_001))
