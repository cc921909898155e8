"""Plugins for VTube Studio that connect to `listen`."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any

import aiohttp
import pytest

from bridge.config.address import Endpoint
from bridge.config.settings import Settings
from bridge.outputs.from_settings import output_from
from bridge.receiving import websocket
from protocols.face import DecodeError, Face, Received


class Listener:
    """Listens on a thread and stores what arrives."""

    def __init__(self, place: Endpoint, enough: int) -> None:
        self.frames: list[tuple[str, Received]] = []
        self.doubts: list[str] = []
        self.ready = threading.Event()
        self._enough = enough
        self.thread = threading.Thread(
            target=websocket.receive,
            args=(place, self._hear, self._doubt, self.ready.set),
            daemon=True,  # a test that fails must not keep pytest from ending
        )

    def _hear(self, sender: str, frame: Received) -> bool:
        self.frames.append((sender, frame))
        return len(self.frames) < self._enough

    def _doubt(self, sender: str, problem: DecodeError) -> None:
        self.doubts.append(str(problem))


@pytest.fixture
def place() -> Endpoint:
    """A TCP port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return Endpoint("127.0.0.1", int(probe.getsockname()[1]))


@pytest.fixture
def listen(place: Endpoint) -> Iterator[Callable[[int], Listener]]:
    """Listens until this many frames have arrived."""
    made: list[Listener] = []

    def begin(enough: int) -> Listener:
        listener = Listener(place, enough)
        made.append(listener)
        listener.thread.start()
        assert listener.ready.wait(5)
        return listener

    yield begin
    for listener in made:
        listener.thread.join(5)
        assert not listener.thread.is_alive()


async def inject_until_closed(place: Endpoint, *first: str | bytes) -> list[dict[str, Any]]:
    """Be a plugin that says `first` and then sets MouthOpen; returns the answers."""
    answers = []
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(f"http://{place.host}:{place.port}") as plugin,
    ):
        for text in first:
            await (plugin.send_str(text) if isinstance(text, str) else plugin.send_bytes(text))
        who = {"pluginName": "tester", "pluginDeveloper": "nobody", "authenticationToken": "x"}
        await plugin.send_json(message("AuthenticationRequest", who))
        values = [{"id": "MouthOpen", "value": 0.25}]
        await plugin.send_json(message("InjectParameterDataRequest", {"parameterValues": values}))
        async for answer in plugin:
            answers.append(answer.json())
    return answers


def message(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiName": "VTubeStudioPublicAPI",
        "apiVersion": "1.0",
        "requestID": "1",
        "messageType": kind,
        "data": data,
    }


async def test_a_plugin_is_answered_and_heard(
    listen: Callable[[int], Listener], place: Endpoint
) -> None:
    listener = listen(1)
    answers = await asyncio.wait_for(inject_until_closed(place), 5)
    assert [answer["messageType"] for answer in answers] == [
        "AuthenticationResponse",
        "InjectParameterDataResponse",
    ]
    [(sender, frame)] = listener.frames
    assert sender.startswith("127.0.0.1:")
    assert frame.weights == {"MouthOpen": 0.25}
    assert listener.doubts == []


async def test_nonsense_and_refusals_are_told_and_the_plugin_is_heard_further(
    listen: Callable[[int], Listener], place: Endpoint
) -> None:
    listener = listen(1)
    await asyncio.wait_for(inject_until_closed(place, "{", b"\xff", '{"apiName":"x"}'), 5)
    assert len(listener.frames) == 1
    assert len(listener.doubts) == 3


async def test_a_message_without_end_is_cut_off_and_others_are_heard(
    listen: Callable[[int], Listener], place: Endpoint
) -> None:
    listener = listen(1)
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(f"http://{place.host}:{place.port}") as plugin,
    ):
        # The listener may close before it has read the whole message, which resets the connection.
        with suppress(ConnectionError, aiohttp.ClientError):
            await plugin.send_str("x" * (2 << 20))
        end = await plugin.receive(5)
        assert end.type in (
            aiohttp.WSMsgType.CLOSE,
            aiohttp.WSMsgType.CLOSED,
            aiohttp.WSMsgType.ERROR,
        )
    await asyncio.wait_for(inject_until_closed(place), 5)
    assert len(listener.frames) == 1
    assert len(listener.doubts) == 1


async def test_our_own_output_is_heard(
    listen: Callable[[int], Listener],
    place: Endpoint,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    listener = listen(3)
    to = f"vtube-studio://127.0.0.1:{place.port}?parameters=both"
    [section] = Settings.model_validate({"outputs": [to]}).outputs
    output = output_from(section, 60)
    running = asyncio.create_task(output.run(lambda: None))
    frame = 0
    while len(listener.frames) < 3 and not running.done():
        output.send({"main": Face(frame=frame)}, frame, perf_counter())
        frame += 1
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(listener.frames) == 3
    assert len(listener.frames[-1][1].weights) == 52 + 14
    assert listener.frames[-1][1].about["subject"] == "affect-bridge"
    assert listener.doubts == []


def test_a_port_that_is_taken_is_an_error(place: Endpoint) -> None:
    with socket.socket() as other:
        other.bind(place)
        other.listen()
        with pytest.raises(OSError, match="in use"):
            websocket.receive(place, lambda *heard: True, lambda *doubted: None, lambda: None)
