"""Those who watch a stream."""

import asyncio
import json
import socket

import pytest
from aiohttp import WSMsgType


async def events_of(answer, count):
    """So many events, parsed."""
    found = []
    async for line in answer.content:
        if line.startswith(b"data: "):
            found.append(json.loads(line[6:]))
        if len(found) == count:
            return found
    raise AssertionError(f"ended after {found}")


async def test_an_event_comes_when_the_feeling_changes_and_only_then(served):
    async with asyncio.timeout(9), served.client.get("/v1/streams/main/events") as answer:
        assert answer.content_type == "text/event-stream"
        [first] = await events_of(answer, 1)
        assert first["label"] == "neutral"
        waiting = asyncio.create_task(events_of(answer, 1))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        await served.client.post("/v1/streams/main", data="joy")
        [second] = await waiting
        while second["label"] == "neutral":  # the time of the update is known a frame earlier
            [second] = await events_of(answer, 1)
        assert (second["label"], second["source"]) == ("joy 1", "web 127.0.0.1:8765")


async def test_events_with_weights_have_the_whole_face(served):
    async with asyncio.timeout(9), served.client.get("/v1/streams/main/events?weights=1") as answer:
        [event] = await events_of(answer, 1)
        assert len(event["weights"]) == 52
        assert event["rotations"]["head"] == {"yaw": 0.0, "pitch": 0.0, "roll": 0.0}


async def test_a_web_socket_takes_updates_and_shows_what_comes_of_them(served):
    async with asyncio.timeout(9), served.client.ws_connect("/v1/streams/main") as socket_:
        assert (await socket_.receive_json())["label"] == "neutral"
        await socket_.send_str("joy 0.5")
        seen = [await socket_.receive_json(), await socket_.receive_json()]
        [understood] = [event["understood"] for event in seen if "understood" in event]
        [shown] = [event for event in seen if "since" in event]
        assert understood["label"] == shown["label"] == "joy 0.5"
        await socket_.send_str("hapiness")
        refused = await socket_.receive_json()
        assert 'did you mean "happiness"' in refused["error"]


async def test_a_web_socket_may_name_a_stream_that_its_first_update_makes(served):
    async with asyncio.timeout(9), served.client.ws_connect("/v1/streams/new") as socket_:
        await socket_.send_str("joy")
        seen = [await socket_.receive_json(), await socket_.receive_json()]
        assert {"understood", "stream"} <= {key for event in seen for key in event}


async def test_a_message_that_is_too_long_closes_the_web_socket(served):
    async with asyncio.timeout(9), served.client.ws_connect("/v1/streams/main") as socket_:
        await socket_.send_str("j" * 40000)
        while (message := await socket_.receive()).type is WSMsgType.TEXT:
            pass
        assert (message.type, message.data) == (WSMsgType.CLOSE, 1009)


async def test_nothing_is_asked_of_the_bridge_when_nobody_watches(served):
    async with served.client.get("/v1/streams/main/events?weights=1") as answer:
        await events_of(answer, 1)
        assert served.link._watchers == 1
    async with asyncio.timeout(9):
        while served.link._watchers or served.link._asked:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    number = served.link._shown.number
    await asyncio.sleep(0.2)
    assert served.link._shown.number == number
    assert not served.link._wanted


async def test_who_reads_slowly_gets_the_newest_and_little_waits_for_it(served):
    """Its connection holds some thousand bytes; ten seconds of faces would be a megabyte."""
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", served.port))
        slow.sendall(b"GET /v1/streams/main/events?weights=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        slow.setblocking(False)
        for step in range(150):
            await served.client.post("/v1/streams", data=f"{step / 150:.3f} 0 0")
            await asyncio.sleep(0.01)
        await served.client.post("/v1/streams", data="1 0 0")
        received = await read_until(slow, b'"valence": 1.0')
    assert received.count(b"data:") < 120
    assert len(received) < 300_000


async def read_until(connection, words):
    received = b""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(9):
        while words not in received:
            received += await loop.sock_recv(connection, 65536)
    return received


@pytest.mark.parametrize("path", ["/v1/streams/main/events", "/v1/streams/main/events?weights=1"])
async def test_a_bridge_that_ends_a_stream_leaves_its_watchers_connected(served, path):
    await served.client.post("/v1/streams/guest", data="joy")
    async with served.client.get(path.replace("main", "guest")) as answer:
        assert (await events_of(answer, 1))[0]["stream"] == "guest"
        served.mixer.reshape(["main"], open_to_more=True, most_streams=64, stream_timeout=0.01)
        served.source.mailbox.withdraw()
        await asyncio.sleep(0.5)
        assert served.mixer.streams == ("main",)
        await served.client.post("/v1/streams/guest", data="anger")
        async with asyncio.timeout(9):
            while (await events_of(answer, 1))[0]["label"] != "anger 1":
                pass
