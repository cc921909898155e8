"""The MQTT client that inputs and outputs share: how it connects, and how it leaves."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from bridge.config.inputs import MqttSection
from bridge.mqtt import broker as mqtt
from bridge.mqtt.broker import Broker, NewestMessages, stream_level
from bridge.supervision.supervised import Unavailable
from tests.bridge.brokers import OustingBroker, SilentBroker, StuckBroker, client

Until = Callable[[Callable[[], object]], Awaitable[None]]

STATUS = "affect-bridge/studio/status"


def settings_for(broker: Any, **more: object) -> MqttSection:
    address = f"mqtt://127.0.0.1:{broker.port}/a"
    told = {"from": address, "client_id": "studio", "version": broker.version, **more}
    return MqttSection.model_validate(told)


@pytest.fixture
async def statuses(broker: Any) -> AsyncIterator[list[str]]:
    """What a watcher receives on the status topic."""
    heard: list[str] = []

    async def watch(watcher: Any) -> None:
        async for message in watcher.messages:
            heard.append(bytes(message.payload).decode())

    async with client(broker) as watcher:
        await watcher.subscribe(STATUS, qos=1)
        task = asyncio.create_task(watch(watcher))
        yield heard
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_offline_is_published_however_the_block_ends(
    broker: Any, statuses: list[str], until: Until
) -> None:
    found = Broker(settings_for(broker))
    ups: list[bool] = []
    async with found.connected() as connection:
        await found.announce(connection, lambda: ups.append(True))
        await until(lambda: statuses == ["online"])
    await until(lambda: statuses == ["online", "offline"])
    with pytest.raises(ZeroDivisionError):
        async with found.connected() as connection:
            await found.announce(connection, lambda: ups.append(True))
            raise ZeroDivisionError
    await until(lambda: statuses == ["online", "offline"] * 2)
    assert ups == [True, True]


async def test_an_unannounced_client_publishes_no_status_and_has_no_will(
    broker: Any, statuses: list[str], until: Until
) -> None:
    found = Broker(settings_for(broker), announced=False)
    async with found.connected() as connection:
        await found.announce(connection, lambda: None)
    with pytest.raises(Unavailable):
        async with found.connected() as connection:
            mqtt._cut(connection)
            await anext(aiter(connection.messages))
    async with client(broker) as stranger:
        await stranger.publish(STATUS, "a stranger", qos=1)
    await until(lambda: statuses)
    assert statuses == ["a stranger"]


async def test_a_connection_to_a_broker_that_never_answers_is_closed(
    monkeypatch: pytest.MonkeyPatch, until: Until
) -> None:
    monkeypatch.setattr(mqtt, "ANSWER_TIMEOUT", 0.2)
    async with SilentBroker() as silent:
        found = Broker(settings_for(silent))
        for _ in range(3):
            with pytest.raises(Unavailable, match=f"no connection .* 127.0.0.1:{silent.port}"):
                async with found.connected():
                    pass
        assert silent.seen == 3
        await until(lambda: silent.open == 0)


async def test_a_stop_while_the_broker_has_not_answered_closes_the_connection(
    until: Until,
) -> None:
    async def connect(found: Broker) -> None:
        async with found.connected():
            pass

    async with SilentBroker() as silent:
        task = asyncio.create_task(connect(Broker(settings_for(silent))))
        await until(lambda: silent.open == 1)
        task.cancel()
        await asyncio.wait_for(asyncio.wait([task]), 1)
        await until(lambda: silent.open == 0)


async def test_leaving_does_not_wait_for_a_stuck_broker() -> None:
    async with StuckBroker() as stuck:
        found = Broker(settings_for(stuck))
        clock = asyncio.get_running_loop().time
        async with found.connected() as connection:
            await found.announce(connection, lambda: None)
            began = clock()
        assert clock() - began < mqtt.ANSWER_TIMEOUT / 2
        assert connection._client.socket() is None


async def test_a_client_that_was_taken_over_says_so() -> None:
    async with OustingBroker() as ousting:
        found = Broker(settings_for(ousting))
        with pytest.raises(Unavailable, match="using the client id 'studio'") as problem:
            async with found.connected() as connection:
                await found.announce(connection, lambda: None)
                while True:  # what is published next fails for paho's own reason
                    await connection.publish("a", "b")
                    await asyncio.sleep(0.01)
    assert problem.value.hopeless


@pytest.mark.parametrize(
    ("topics", "level"),
    [
        ("affect/+/set", 1),
        ("+", 0),
        ("affect/+/set/+", 1),
        ("affect/main/set", None),
        ("affect/#", None),
        ("$share/bridges/affect/+/set", 1),
    ],
)
def test_the_first_plus_of_a_filter_names_the_stream(topics: str, level: int | None) -> None:
    assert stream_level(topics) == level


def test_a_full_queue_drops_its_oldest_messages() -> None:
    queue = NewestMessages(maxsize=3)
    for number in range(10):
        queue.put_nowait(number)
    assert [queue.get_nowait() for _ in range(queue.qsize())] == [7, 8, 9]
