"""MQTT messages of triggers, over one connection for all with the same client id."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable

import aiomqtt

from bridge.config.triggers import MqttTrigger
from bridge.mqtt.broker import Broker
from bridge.supervision.running import Running
from bridge.supervision.supervised import Unavailable
from bridge.triggers.levels import Levels
from bridge.triggers.receiver import Receiver

_PUBLISH_TIMEOUT = 5.0
"""Seconds for one publication, after which the connection is closed and opened again."""

_LAST_MESSAGES_TIMEOUT = 0.2


class MqttMessages:
    """A client that publishes the levels of triggers."""

    def __init__(self, section: MqttTrigger, levels: Levels) -> None:
        self.name = f"{section.address.scheme} {section.address.place} triggers"
        self.retained: set[str] = set()
        """The topics whose messages the broker is to keep."""
        self.changed = asyncio.Event()
        self._broker = Broker(section)
        self._levels = levels

    async def run(self, up: Callable[[], None]) -> None:
        """Connect and publish what is due, until cancelled."""
        async with self._broker.connected() as client:
            await self._broker.announce(client, up)
            receiving = asyncio.create_task(_until_disconnected(client), name=self.name)
            try:
                while not receiving.done():
                    self.changed.clear()
                    await self._publish(client)
                    waiting = asyncio.create_task(self.changed.wait())
                    await asyncio.wait([receiving, waiting], return_when=asyncio.FIRST_COMPLETED)
                    waiting.cancel()
                receiving.result()  # raises its error
            except asyncio.CancelledError:
                with contextlib.suppress(aiomqtt.MqttError, TimeoutError):
                    async with asyncio.timeout(_LAST_MESSAGES_TIMEOUT):
                        await self._publish(client)
                raise
            finally:
                receiving.cancel()
                await asyncio.gather(receiving, return_exceptions=True)

    async def _publish(self, client: aiomqtt.Client) -> None:
        for topic, message in self._levels.due():
            try:
                async with asyncio.timeout(_PUBLISH_TIMEOUT):
                    await client.publish(topic, message, qos=1, retain=topic in self.retained)
            except TimeoutError:
                raise Unavailable(
                    f"the broker at {self._broker.place} has not accepted a message for "
                    f"{_PUBLISH_TIMEOUT:.0f} s"
                ) from None
            self._levels.sent(topic, message)


class MqttReceiver(Receiver[MqttTrigger]):
    """One client at one broker."""

    def __init__(self, section: MqttTrigger) -> None:
        """`section`: any of the triggers that share the connection."""
        self._levels = Levels()
        self._messages = MqttMessages(section, self._levels)
        self.connection = Running(section, self._messages)

    def use(self, sections: Iterable[MqttTrigger]) -> None:
        """Nothing needs to be known beforehand."""

    def begin(self, section: MqttTrigger, stream: str) -> bool:
        topic = section.topic.replace("{stream}", stream)
        if section.retain:
            self._messages.retained.add(topic)
        self._levels.begin(topic, (section, stream), section.send, section.send_after)
        self._messages.changed.set()
        return True

    def end(self, section: MqttTrigger, stream: str) -> None:
        topic = section.topic.replace("{stream}", stream)
        self._levels.end(topic, (section, stream))
        self._messages.changed.set()

    def look(self) -> None:
        """The client publishes as soon as something changes."""


async def _until_disconnected(client: aiomqtt.Client) -> None:
    """Wait for the end of the connection. Nothing is subscribed to, so no message arrives.

    Raises:
        MqttError: the connection has ended.
    """
    async for _ in client.messages:
        pass
