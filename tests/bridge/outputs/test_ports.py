"""Streams at ports of their own, at real sockets."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from time import perf_counter
from typing import Any

import pytest

from bridge.config.settings import Settings
from bridge.outputs import ports, udp
from bridge.outputs.from_settings import output_from
from bridge.outputs.ports import PortsOutput
from protocols.arkit import INDEX
from protocols.face import Faces
from protocols.vmc import VmcDecoder

Open = Callable[[Any], Awaitable["asyncio.Task[None]"]]
Until = Callable[[Callable[[], object]], Awaitable[None]]


class Row:
    """Receivers at ports in a row."""

    def __init__(self, count: int) -> None:
        self.sockets = _in_a_row(count)
        self.first: int = self.sockets[0].getsockname()[1]

    def seen(self) -> list[float | None]:
        """How far each receiver sees the jaw open; None where nothing arrived."""
        return [_jaw(each) for each in self.sockets]


def _in_a_row(count: int) -> list[socket.socket]:
    while True:
        opened = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
        try:
            opened[0].bind(("127.0.0.1", 0))
            for number, each in enumerate(opened):
                each.setblocking(False)
                if number:
                    each.bind(("127.0.0.1", opened[0].getsockname()[1] + number))
        except (OSError, OverflowError):  # somebody else has one of them
            for each in opened:
                each.close()
        else:
            return opened


def _jaw(receiver: socket.socket) -> float | None:
    decoder, jaw = VmcDecoder(), None
    while True:
        try:
            for frame in decoder.feed(receiver.recv(65536)):
                jaw = round(frame.weights["JawOpen"], 3)
        except BlockingIOError:
            return jaw


@pytest.fixture
def row() -> Iterator[Row]:
    made = Row(3)
    yield made
    for each in made.sockets:
        each.close()


def output_to(row: Row, **more: Any) -> PortsOutput:
    section = {"to": f"vmc://127.0.0.1:{row.first}", "ports": 3, **more}
    output = output_from(Settings.model_validate({"outputs": [section]}).outputs[0], 60.0)
    assert isinstance(output, PortsOutput)
    return output


def send(output: PortsOutput, frame: int, **jaws: float) -> None:
    faces = Faces(list(jaws))
    faces.weights[:, INDEX["jawOpen"]] = list(jaws.values())
    output.send(faces, frame, perf_counter())


async def test_each_stream_arrives_at_a_port_of_its_own_and_keeps_it(
    open_output: Open, row: Row
) -> None:
    output = output_to(row)
    await open_output(output)
    send(output, 0, alice=0.1, bob=0.2)
    assert row.seen() == [0.1, 0.2, None]
    send(output, 1, bob=0.3)  # alice has ended
    assert row.seen() == [None, 0.3, None]
    send(output, 2, bob=0.4, carol=0.5, dave=0.6)
    assert row.seen() == [0.5, 0.4, 0.6]
    assert output.ports == {
        "bob": row.first + 1,
        "carol": row.first,
        "dave": row.first + 2,
    }
    assert (output.errors, output.trouble, output.frames) == (0, "", 3)
    assert output.packets == 2 * 6


async def test_a_stream_waits_until_a_port_is_free(open_output: Open, row: Row) -> None:
    output = output_to(row)
    await open_output(output)
    send(output, 0, a=0.1, b=0.2, c=0.3, d=0.4)
    assert row.seen() == [0.1, 0.2, 0.3]
    assert output.without_port == 1
    send(output, 1, a=0.1, c=0.3, d=0.4)
    assert row.seen() == [0.1, 0.4, 0.3]
    assert output.without_port == 0


async def test_a_port_where_nothing_listens_troubles_the_output_and_not_the_others(
    open_output: Open, row: Row, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(udp, "_WATCH_EVERY", 0.01)
    output = output_to(row)
    await open_output(output)
    row.sockets[1].close()
    for frame in range(20):
        send(output, frame, alice=0.1, bob=0.2)
    row.sockets[1] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    row.sockets[1].setblocking(False)
    assert row.seen()[0] == 0.1
    assert output.errors >= 10

    def troubled() -> bool:
        send(output, 20 + int(perf_counter() * 1000), alice=0.1, bob=0.2)
        return output.trouble == "no listener"

    await until(troubled)


async def test_an_encoder_that_fails_ends_the_output_with_its_error(
    open_output: Open, row: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "_WATCH_EVERY", 0.01)
    output = output_to(row)
    task = await open_output(output)
    faces = Faces(["alice"])
    faces.weights = faces.weights[:, :3]
    faces["alice"].weights = faces.weights[0]
    output.send(faces, 0, perf_counter())
    with pytest.raises(ValueError, match="broadcast"):
        await asyncio.wait_for(task, 5.0)
