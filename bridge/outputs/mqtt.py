"""Whole faces over MQTT. The broker may be slow, or away for a while."""

import asyncio
import contextlib
import math
from collections.abc import Callable, Mapping

import aiomqtt

from bridge.config.mqtt_output import MqttOutputSection
from bridge.mqtt.broker import Broker
from bridge.outputs.encoders import Encoders
from bridge.outputs.latest import LatestFaces
from bridge.supervision.supervised import Unavailable
from protocols.face import Face
from protocols.facepayload import encoder

PUBLISH_TIMEOUT = 5.0
"""Seconds for one publication, after which the connection is closed and opened again."""

_SLOW = 1.0
"""Seconds for one face, after which the output counts as slow."""

_LOOK_EVERY = 1.0
_LAST_FACE_TIMEOUT = 0.2


class MqttOutput(LatestFaces):
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
            self.open()
            try:
                await self._publish_while_connected(client)
            except asyncio.CancelledError:
                if self._arrived.is_set():
                    with contextlib.suppress(aiomqtt.MqttError, TimeoutError):
                        async with asyncio.timeout(_LAST_FACE_TIMEOUT):
                            await self._publish(client, await self.next())
                raise
            finally:
                self.close()

    async def _publish_while_connected(self, client: aiomqtt.Client) -> None:
        """Publish, and notice a lost connection also while there is nothing to publish."""
        tasks = [
            asyncio.create_task(_until_disconnected(client), name=f"{self.name} connection"),
            asyncio.create_task(self._publish_newest(client), name=f"{self.name} faces"),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _publish_newest(self, client: aiomqtt.Client) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            faces: Mapping[str, Face] = {}
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY):
                    faces = await self.next()
            if self._crash is not None:
                raise self._crash
            began = clock()
            try:
                async with asyncio.timeout(PUBLISH_TIMEOUT):
                    await self._publish(client, faces)
            except TimeoutError:
                self.errors += 1
                raise Unavailable(
                    f"the broker at {self._broker.place} has accepted nothing for "
                    f"{PUBLISH_TIMEOUT:.0f} s"
                ) from None
            self.trouble = "slow" if clock() - began > _SLOW else ""

    async def _publish(self, client: aiomqtt.Client, faces: Mapping[str, Face]) -> None:
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
