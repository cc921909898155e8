"""Whole faces over MQTT. The broker may be slow, or away for a while."""

import math
from collections.abc import Callable, Mapping

import aiomqtt

from bridge.config.mqtt_output import MqttOutputSection
from bridge.mqtt.broker import Broker
from bridge.outputs.encoders import Encoders
from bridge.outputs.published import PublishedFaces
from protocols.face import Face
from protocols.facepayload import encoder


class MqttOutput(PublishedFaces[aiomqtt.Client]):
    """Publishes one stream, or all of them, at one broker."""

    def __init__(self, settings: MqttOutputSection) -> None:
        super().__init__(settings.name, stream=settings.stream, every=settings.every)
        self._settings = settings
        self._broker = Broker(settings)
        self._encoders = Encoders(lambda stream: encoder(settings.format, stream, settings.leave))

    async def run(self, up: Callable[[], None]) -> None:
        """Connect and publish the newest faces until cancelled, then the last ones."""
        self.trouble = ""
        self._encoders.clear()
        async with self._broker.connected() as client:
            await self._broker.announce(client, up)
            await self.publish_until(_until_disconnected(client), client)

    def stuck(self) -> str:
        return f"the broker at {self._broker.place} has accepted nothing"

    async def publish(self, client: aiomqtt.Client, faces: Mapping[str, Face]) -> None:
        """Publish each face. Returns once all are handed to the system, so that none queue here."""
        if not faces:
            return
        self.frames += 1
        for stream, face in faces.items():
            first, topic = stream not in self._encoders, self._settings.topic(stream)
            for payload in self._encoders.of(stream).encode(face):
                data = bytes(payload)
                if first:
                    self._broker.publish_watched(client, topic, data)
                else:
                    await client.publish(topic, data, timeout=math.inf)
                self.packets += 1
                self.bytes += len(data)
        self._encoders.keep(faces)


async def _until_disconnected(client: aiomqtt.Client) -> None:
    """Wait for the end of the connection. Nothing is subscribed to, so no message arrives.

    Raises:
        MqttError: the connection has ended.
    """
    async for _ in client.messages:
        pass
