"""Faces over a real NATS server, and over one that does not read."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from nats.aio.msg import Msg

from bridge.config.settings import Settings
from bridge.outputs import published
from bridge.outputs.from_settings import output_from
from bridge.outputs.nats import NatsOutput
from bridge.supervision.supervised import State, Supervised, Unavailable
from protocols.face import Face
from protocols.facepayload import SIZE
from tests.bridge.nats_servers import NatsServer, stranger

Open = Callable[[Any], Awaitable["asyncio.Task[None]"]]
Until = Callable[[Callable[[], object]], Awaitable[None]]


def make(server: Any, subject: str = "affect.{stream}.face", **settings: object) -> NatsOutput:
    to = f"nats://127.0.0.1:{server.port}/{subject}"
    told = {"to": to, "every": 1, **settings}
    output = output_from(Settings.model_validate({"outputs": [told]}).outputs[0], 60)
    assert isinstance(output, NatsOutput)
    return output


def face(frame: int) -> Face:
    return Face(np.full(52, 0.5, np.float32), frame=frame, seconds=frame / 60)


@contextlib.asynccontextmanager
async def followed(server: NatsServer) -> AsyncIterator[list[Msg]]:
    """What a follower of everything gets, as it comes."""
    got: list[Msg] = []

    async def keep(message: Msg) -> None:
        got.append(message)

    async with stranger(server) as client:
        await client.subscribe(">", cb=keep)
        await client.flush()
        yield got


async def test_a_face_is_published_as_json_or_in_248_bytes(
    nats_server: NatsServer, open_output: Open, until: Until
) -> None:
    output, compact = make(nats_server), make(nats_server, "c.{stream}", format="binary")
    await open_output(output)
    await open_output(compact)
    async with followed(nats_server) as got:
        output.send({"main": face(7), "dr.who": face(7)}, 7, perf_counter())
        compact.send({"main": face(7)}, 7, perf_counter())
        await until(lambda: len(got) == 3)
    by_subject = {message.subject: message.data for message in got}
    said = json.loads(by_subject["affect.main.face"])
    assert (said["stream"], said["frame"], said["weights"]["jawOpen"]) == ("main", 7, 0.5)
    assert json.loads(by_subject["affect.dr%2Ewho.face"])["stream"] == "dr.who"
    assert len(by_subject["c.main"]) == SIZE
    assert (output.frames, output.packets) == (1, 2)


async def test_a_server_that_does_not_read_gets_one_frame_and_the_face_goes_on(
    open_output: Open, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "PUBLISH_TIMEOUT", 0.5)
    stuck = asyncio.Event()

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"x","max_payload":1000000}\r\n')
        await reader.readline()  # CONNECT
        await reader.readline()  # PING
        writer.write(b"PONG\r\n")
        await stuck.wait()
        writer.close()

    async with await asyncio.start_server(welcome, "127.0.0.1", 0) as server:
        server.port = server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        output = make(server)
        running = await open_output(output)
        for frame in range(200):
            began = perf_counter()
            output.send({"main": face(frame)}, frame, began)
            assert perf_counter() - began < 0.1
            await asyncio.sleep(0)
        assert output.packets <= 1
        with pytest.raises(Unavailable, match="has read nothing for"):
            await asyncio.wait_for(running, 5)
        stuck.set()


async def test_a_stop_ends_soon_while_the_server_does_not_read(open_output: Open) -> None:
    """The library swallows a cancellation while it waits for the network."""
    stuck = asyncio.Event()

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"x","max_payload":1000000}\r\n')
        await reader.readline()
        await reader.readline()
        writer.write(b"PONG\r\n")
        await stuck.wait()
        writer.close()

    async with await asyncio.start_server(welcome, "127.0.0.1", 0) as server:
        server.port = server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        output = make(server)
        running = await open_output(output)
        streams = {f"s{number}": face(1) for number in range(5000)}  # more than the buffers hold
        output.send(streams, 1, perf_counter())
        await asyncio.sleep(0.3)
        running.cancel()
        done, _ = await asyncio.wait([running], timeout=3)
        stuck.set()
    assert done


async def test_a_subject_that_is_not_allowed_is_logged_once(
    start_nats: Callable[..., Awaitable[NatsServer]],
    open_output: Open,
    until: Until,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET", "right")
    server = await start_nats(
        "authorization { users = [{user: me, password: right, permissions: "
        "{publish: {deny: 'affect.>'}}}] }"
    )
    to = f"nats://me@127.0.0.1:{server.port}?password_env=SECRET&every=1"
    output = output_from(Settings.model_validate({"outputs": [to]}).outputs[0], 60)
    await open_output(output)
    for frame in range(5):
        output.send({"main": face(frame)}, frame, perf_counter())
        await until(lambda frame=frame: output.packets == frame + 1)
    await until(lambda: "refuses: permissions violation" in caplog.text.lower())
    assert caplog.text.lower().count("permissions violation") == 1


@pytest.mark.usefixtures("impatient")
async def test_a_server_that_restarts_gets_faces_again(
    nats_server: NatsServer,
    supervise: Callable[[NatsOutput], Supervised[NatsOutput]],
    until: Until,
) -> None:
    output = make(nats_server)
    supervised = supervise(output)
    await until(lambda: supervised.state is State.UP)
    nats_server.stop()
    await until(lambda: supervised.failures >= 2)
    output.send({"main": face(1)}, 1, perf_counter())  # goes nowhere, and does not wait
    await nats_server.start()
    await until(lambda: supervised.state is State.UP)
    async with followed(nats_server) as got:
        output.send({"main": face(2)}, 2, perf_counter())
        await until(lambda: got)
    assert json.loads(got[0].data)["frame"] == 2
