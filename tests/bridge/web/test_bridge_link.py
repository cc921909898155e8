"""The web process's end of the link."""

import asyncio

import pytest

from bridge.link.packets import Packet, read_packet
from bridge.web import bridge_link
from bridge.web.bridge_link import BridgeLink, NoAnswerError


@pytest.fixture
async def ends():
    """A link, and the bridge's end of its connection."""
    met = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(lambda *ends: met.set_result(ends), "127.0.0.1", 0)
    ours = await asyncio.open_connection(*server.sockets[0].getsockname())
    theirs = await met
    link = BridgeLink(*ours, ("jawOpen",))
    task = asyncio.create_task(link.run())
    yield link, *theirs
    task.cancel()
    ours[1].close()
    theirs[1].close()
    server.close()


LOOK = Packet({"kind": "look", "streams": [], "states": [], "faces": []}).encode()


@pytest.mark.parametrize("in_order", [True, False])
async def test_answers_reach_those_who_asked_in_any_order(ends, monkeypatch, in_order):
    monkeypatch.setattr(bridge_link, "PATIENCE", 1.0)
    link, reader, writer = ends
    first = asyncio.create_task(link.update(b"joy", "a", "me"))
    second = asyncio.create_task(link.update(b"anger", "b", "me"))
    asked = [await read_packet(reader) for _ in range(2)]
    assert [(packet.head["stream"], packet.tail) for packet in asked] == [
        ("a", b"joy"),
        ("b", b"anger"),
    ]
    for packet in asked if in_order else reversed(asked):
        answer = {"kind": "answer", "number": packet.head["number"], "is": packet.head["stream"]}
        writer.write(Packet(answer).encode())
        await asyncio.sleep(0.05)
    assert ((await first)["is"], (await second)["is"]) == ("a", "b")
    assert not link._answers


async def test_a_bridge_that_does_not_answer_is_not_waited_for(ends, monkeypatch):
    monkeypatch.setattr(bridge_link, "PATIENCE", 0.1)
    link, _, writer = ends
    with pytest.raises(NoAnswerError):
        await link.update(b"joy", "a", "me")
    with pytest.raises(NoAnswerError):
        await link.fresh()
    # Its answer, too late, is for nobody.
    writer.write(Packet({"kind": "answer", "number": 1}).encode())
    await asyncio.sleep(0.05)
    assert not link._answers


async def test_only_one_look_is_asked_for_at_a_time_however_many_watch(ends):
    link, reader, writer = ends
    with link.watching("a"), link.watching("a"), link.watching("b"):
        assert (await read_packet(reader)).head["faces"] == ["a"]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.1)
        writer.write(LOOK)
        assert (await read_packet(reader)).head["faces"] == ["a", "b"]
    writer.write(LOOK)
    with pytest.raises(TimeoutError):  # nobody watches any more
        await asyncio.wait_for(reader.read(1), 0.1)


async def test_a_fresh_look_is_not_one_that_was_asked_for_before(ends):
    link, reader, writer = ends
    with link.watching():
        await read_packet(reader)
        fresh = asyncio.create_task(link.fresh())
        await asyncio.sleep(0)
        writer.write(LOOK)
        await read_packet(reader)
        await asyncio.sleep(0.05)
        assert not fresh.done()
        writer.write(LOOK)
        assert (await fresh).number == 2


async def test_who_is_late_gets_the_newest_at_once(ends):
    link, reader, writer = ends
    with link.watching():
        seen = None
        for _ in range(3):
            await read_packet(reader)
            writer.write(LOOK)
            seen = seen or await link.newer_than(None)
        await asyncio.sleep(0.05)
        assert (seen.number, (await link.newer_than(seen)).number) == (1, 3)


async def test_a_look_that_asks_in_vain_does_not_keep_the_next_from_asking(ends, monkeypatch):
    """A frame loop that stops for a while and goes on."""
    monkeypatch.setattr(bridge_link, "PATIENCE", 0.1)
    link, reader, writer = ends
    with pytest.raises(NoAnswerError):
        await link.fresh()
    await read_packet(reader)
    writer.write(LOOK)
    await asyncio.sleep(0.05)
    fresh = asyncio.create_task(link.fresh())
    await read_packet(reader)
    writer.write(LOOK)
    assert (await fresh).number == 2
