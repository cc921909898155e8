"""The port opens, moves and closes as the settings say."""

import asyncio
import logging
import socket

import pytest

from bridge.config.health import HealthSection
from bridge.health.port import HealthPort
from bridge.supervision import supervised as supervision


@pytest.fixture
def ports():
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


@pytest.fixture
async def health():
    port = HealthPort()
    yield port
    await port.stop()


def at(port, **told):
    return HealthSection(at=f"127.0.0.1:{port}", **told)


async def opens(port):
    async def knock():
        while not await is_open(port):  # noqa: ASYNC110 - a port has no events to give
            await asyncio.sleep(0.01)

    await asyncio.wait_for(knock(), 9)


async def is_open(port):
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def test_it_is_off_until_the_settings_turn_it_on(bridge, health, ports):
    await health.prepare(None, bridge.vitals)()
    assert not await is_open(ports[0])
    await health.prepare(at(ports[0]), bridge.vitals)()
    await opens(ports[0])


async def test_it_moves_and_is_turned_off(bridge, health, ports):
    await health.prepare(at(ports[0]), bridge.vitals)()
    await opens(ports[0])
    await health.prepare(at(ports[1]), bridge.vitals)()
    await opens(ports[1])
    assert not await is_open(ports[0])
    await health.prepare(None, bridge.vitals)()
    assert not await is_open(ports[1])


async def test_settings_that_stay_the_same_leave_it_alone(bridge, health, ports):
    await health.prepare(at(ports[0]), bridge.vitals)()
    await opens(ports[0])
    task = health._running
    await health.prepare(at(ports[0]), bridge.vitals)()
    assert health._running is task


async def test_another_grace_at_the_same_port_is_no_conflict(bridge, health, ports, caplog):
    await health.prepare(at(ports[0]), bridge.vitals)()
    await opens(ports[0])
    with caplog.at_level(logging.WARNING):
        await health.prepare(at(ports[0], grace=1), bridge.vitals)()
        await opens(ports[0])
    assert not caplog.records


async def test_a_taken_port_is_tried_until_it_is_free(bridge, health, ports, monkeypatch):
    monkeypatch.setattr(supervision, "LONGEST_DELAY", 0.05)
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", ports[0]))
        await health.prepare(at(ports[0]), bridge.vitals)()
        await asyncio.wait_for(health._running.supervised.settled.wait(), 5)
        assert health._running.supervised.problem.endswith("already taken by another program")
    await opens(ports[0])
