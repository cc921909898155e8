"""The page's WebSocket, read as the page reads it."""

import asyncio
import contextlib
import json
import struct

import aiohttp
import pytest

from protocols.arkit import BLENDSHAPES

SMILE = BLENDSHAPES.index("mouthSmileLeft")


@contextlib.asynccontextmanager
async def page(served, faces=("main",), *, status=False):
    async with served.client.ws_connect("/v1/live") as socket:
        await socket.send_json({"watch": {"faces": list(faces), "status": status}})
        yield socket


async def until(socket, wanted):
    """The first message that `wanted` likes."""
    async with asyncio.timeout(10):
        async for message in socket:
            is_text = message.type is aiohttp.WSMsgType.TEXT
            told = json.loads(message.data) if is_text else read(message.data)
            if found := wanted(told):
                return found
    raise AssertionError("the connection ended")


def read(data):
    """One frame, by the description in `Shown.frame`."""
    streams, count = struct.unpack_from("<II", data)
    feelings = list(struct.iter_unpack("<3f", data[8 : 8 + 12 * streams]))
    at, faces = 8 + 12 * streams, {}
    for _ in range(count):
        (row,) = struct.unpack_from("<I", data, at)
        faces[row] = struct.unpack_from("<61f", data, at + 4)
        at += 4 + 4 * 61
    assert len(data) == at + streams
    return {"feelings": feelings, "faces": faces, "speaking": data[at:]}


async def ask(socket, **message):
    await socket.send_json(message)
    return await until(socket, lambda told: "answer" in told and told)


async def test_a_page_is_told_first_what_there_is(served):
    async with page(served) as socket:
        hello = await until(socket, lambda told: told.get("hello"))
        assert tuple(hello["blendshapes"]) == BLENDSHAPES
        assert hello["emotions"][0][0] == "happiness"
        streams = await until(socket, lambda told: told.get("streams"))
        assert streams[0]["stream"] == "main"


async def test_frames_show_what_a_page_sends(served):
    async with page(served) as socket:
        told = await ask(socket, update="happiness", stream="main", number=7)
        assert told["answer"] == 7
        assert told["understood"]["label"] == "happiness 1"
        shown = await until(socket, lambda t: t.get("faces") and t["faces"][0][SMILE] > 0.4 and t)
        assert shown["feelings"][0] == pytest.approx((0.8, 0.6, 0.5), abs=1e-4)
        await ask(socket, update='{"speaking": true}', stream="main", number=8)
        assert await until(socket, lambda told: told.get("speaking") == b"\x01")


async def test_only_the_faces_that_a_page_watches_are_sent(served):
    async with page(served, faces=()) as socket:
        frame = await until(socket, lambda told: "faces" in told and told)
        assert frame["faces"] == {}
        await ask(socket, update="anger", stream="bob", number=1)
        await socket.send_json({"watch": {"faces": ["bob", "nobody"], "status": False}})
        assert await until(socket, lambda told: list(told.get("faces", ())) == [1])


async def test_names_come_before_the_frame_in_which_a_stream_is_new(served):
    async with page(served) as socket:
        names = []
        await socket.send_json({"update": "anger", "stream": "bob", "number": 1})

        def both(told):
            names.extend(one["stream"] for one in told.get("streams", ()))
            return len(told.get("feelings", ())) == 2

        await until(socket, both)
        assert "bob" in names


async def test_the_state_comes_only_to_a_page_that_shows_it(served):
    async with page(served, status=True) as socket:
        assert (await until(socket, lambda told: told.get("status")))["frames"]["sent"] > 0
        await socket.send_json({"watch": {"faces": [], "status": False}})
        await asyncio.sleep(0.1)
        kinds = set()

        def collect(told):
            kinds.update(told)
            return len(kinds) > 99

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.5):
                await until(socket, collect)
        assert "status" not in kinds


@pytest.mark.parametrize(
    "sent", ["nonsense", "[" * 2000, "[]", '{"watch": 3}', '{"update": 3, "number": 1}', "{}"]
)
async def test_what_is_not_understood_is_answered_and_the_page_stays(served, sent):
    async with page(served) as socket:
        await socket.send_str(sent)
        assert "watch" in (await until(socket, lambda told: "error" in told and told))["expected"]
        assert "understood" in await ask(socket, update="joy", stream="main", number=1)


async def test_a_refusal_has_the_number_of_its_question(served):
    async with page(served) as socket:
        told = await ask(socket, update="hapy", stream="main", number=4)
        assert (told["answer"], "hapy" in told["error"]) == (4, True)


async def test_without_control_everything_is_shown_and_no_update_is_taken(serve):
    served = await serve(control=False)
    async with page(served) as socket:
        assert (await until(socket, lambda told: told.get("hello")))["control"] is False
        told = await ask(socket, update="joy", stream="main", number=1)
        assert "only shows" in told["error"]
    async with served.client.post("/v1/streams/main", data="joy") as answer:
        assert answer.status == 403
    async with served.client.ws_connect("/v1/streams/main") as socket:
        await socket.send_str("joy")
        told = await until(socket, lambda told: told.get("error"))
        assert "only shows" in told
    assert served.source.mailbox.updates == 0


async def test_the_configuration_in_force_is_told_on_request(served):
    async with page(served) as socket:
        assert await ask(socket, ask="settings", number=2) == {"answer": 2, "settings": ""}


async def test_a_page_of_another_site_cannot_connect(served):
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await served.client.ws_connect("/v1/live", origin="https://evil.example")
    assert refused.value.status == 403


async def test_a_page_that_reads_slowly_gets_the_newest_frame(served):
    async with page(served) as socket:
        await until(socket, lambda told: "faces" in told)
        socket._response.connection.transport.pause_reading()
        await asyncio.sleep(2)
        await served.client.post("/v1/streams/main", data="happiness")
        await asyncio.sleep(2)
        socket._response.connection.transport.resume_reading()
        late = 0

        def smiles(told):
            nonlocal late
            late += "faces" in told
            return told.get("faces") and told["faces"][0][SMILE] > 0.4

        await until(socket, smiles)
        assert late < 240  # of the frames in four seconds


async def test_nothing_is_asked_of_the_bridge_once_every_page_has_left(served):
    async with page(served, status=True) as socket:
        await until(socket, lambda told: "faces" in told)
    await asyncio.sleep(0.3)
    before = served.link._shown.number
    await asyncio.sleep(0.3)
    assert served.link._shown.number - before <= 1
