"""Signs of life of a process on the other end."""

import asyncio
import time

import pytest

from bridge.link import heartbeat
from bridge.link.heartbeat import Pulse, beat
from bridge.link.packets import read_packet


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(heartbeat, "EVERY", 0.02)


@pytest.fixture
async def ends():
    met = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(lambda *ends: met.set_result(ends), "127.0.0.1", 0)
    ours = await asyncio.open_connection(*server.sockets[0].getsockname())
    theirs = await met
    yield ours, theirs
    ours[1].close()
    theirs[1].close()
    server.close()


async def test_signs_of_life_keep_the_pulse(ends):
    (_, writer), (reader, _) = ends
    pulse = Pulse()
    stops = asyncio.create_task(pulse.stops())
    beating = asyncio.create_task(beat(writer))
    for _ in range(3 * heartbeat.MOST_MISSED):
        assert (await read_packet(reader)).head == heartbeat.SIGN
        pulse.felt()
    assert not stops.done()
    beating.cancel()
    await asyncio.wait_for(stops, 5)


async def test_an_end_that_takes_nothing_is_not_sent_more_and_more(ends):
    (_, writer), _ = ends
    while not writer.transport.get_write_buffer_size():  # fill what the system buffers
        writer.write(bytes(1 << 20))
        await asyncio.sleep(0)
    waiting = writer.transport.get_write_buffer_size()
    beating = asyncio.create_task(beat(writer))
    await asyncio.sleep(0.2)
    assert writer.transport.get_write_buffer_size() <= waiting
    beating.cancel()
    writer.transport.abort()


async def test_one_that_stood_still_itself_does_not_blame_the_other():
    pulse = Pulse()
    stops = asyncio.create_task(pulse.stops())
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(_stand_still)
    await asyncio.sleep(0.05)
    assert not stops.done()
    stops.cancel()


def _stand_still():
    time.sleep(3 * heartbeat.MOST_MISSED * heartbeat.EVERY)
