"""MQTT messages of triggers, with real brokers."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bridge.config.settings import Settings
from bridge.supervision.running import stop
from bridge.supervision.supervised import State
from bridge.triggers.mqtt import MqttReceiver
from tests.bridge.brokers import client


def section(broker: Any, topic: str = "light", **settings: Any) -> Any:
    told = {
        "emotion": "joy",
        "to": f"mqtt://127.0.0.1:{broker.port}/{topic}",
        "version": getattr(broker, "version", "3.1.1"),
        "client_id": "triggers",
        **settings,
    }
    [made] = Settings.model_validate({"triggers": [told]}).triggers
    return made


@pytest.fixture
async def followed(broker: Any) -> AsyncIterator[list[tuple[str, str]]]:
    """What a follower gets."""
    heard: list[tuple[str, str]] = []

    async def follow(follower: Any) -> None:
        async for message in follower.messages:
            heard.append((message.topic.value, message.payload.decode()))

    async with client(broker) as follower:
        await follower.subscribe("light/#", qos=1)
        task = asyncio.create_task(follow(follower))
        yield heard
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_message_is_published_when_an_emotion_begins_and_when_it_is_over(
    broker, followed, until
):
    made = section(broker, "light/{stream}", send="ON", send_after="OFF")
    receiver = MqttReceiver(made)
    assert receiver.begin(made, "alice")  # before it is connected
    receiver.connection.start()
    await until(lambda: followed == [("light/alice", "ON")])
    assert receiver.connection.state is State.UP
    receiver.end(made, "alice")
    await until(lambda: followed == [("light/alice", "ON"), ("light/alice", "OFF")])
    await stop([receiver.connection])


async def test_what_is_over_is_published_before_a_stop(broker, followed, until):
    made = section(broker)
    receiver = MqttReceiver(made)
    receiver.connection.start()
    receiver.begin(made, "main")
    await until(lambda: followed == [("light", "on")])
    receiver.end(made, "main")
    await stop([receiver.connection])
    await until(lambda: followed == [("light", "on"), ("light", "off")])


async def test_a_retained_message_reaches_who_subscribes_later(broker, until):
    made = section(broker, "kept", retain=True)
    receiver = MqttReceiver(made)
    receiver.connection.start()
    receiver.begin(made, "main")
    await until(lambda: not receiver._levels.due())
    async with client(broker) as late:
        await late.subscribe("kept")
        message = await asyncio.wait_for(anext(late.messages), 10)
        assert (message.payload, message.retain) == (b"on", True)
    await stop([receiver.connection])


async def test_other_messages_are_not_kept(broker, until):
    passing, kept = section(broker, "passing"), section(broker, "kept", retain=True)
    receiver = MqttReceiver(passing)
    receiver.connection.start()
    receiver.begin(passing, "main")
    receiver.begin(kept, "main")
    await until(lambda: not receiver._levels.due())
    async with client(broker) as late:
        await late.subscribe("passing")
        await late.subscribe("kept")
        message = await asyncio.wait_for(anext(late.messages), 10)
        assert message.topic.value == "kept"
    await stop([receiver.connection])
