"""Whole faces over NATS. The server may be slow, or away for a while."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bridge.config.nats_output import NatsOutputSection
from bridge.nats.server import Server
from bridge.outputs.encoders import Encoders
from bridge.outputs.latest import LatestFaces
from bridge.supervision.supervised import Unavailable
from protocols.face import Face
from protocols.facepayload import encoder

if TYPE_CHECKING:
    from bridge.nats.connection import Connection

PUBLISH_TIMEOUT = 5.0
"""Seconds for one frame, after which the connection is closed and opened again."""

_SLOW = 1.0
"""Seconds for one frame, after which the output counts as slow."""

_LOOK_EVERY = 1.0
_LAST_FACE_TIMEOUT = 0.2


class NatsOutput(LatestFaces):
    """Publishes one stream, or all of them, at one server. A frame is published once the server
    has read the one before it."""

    def __init__(self, settings: NatsOutputSection) -> None:
        super().__init__(settings.name, stream=settings.stream, every=settings.every)
        self._settings = settings
        self._server = Server(settings)
        self._encoders = Encoders(lambda stream: encoder(settings.format, stream, settings.leave))
        self._subjects: dict[str, str] = {}

    async def run(self, up: Callable[[], None]) -> None:
        """Connect and publish the newest faces until cancelled, then the last ones."""
        self.trouble = ""
        self._encoders.clear()
        self._subjects.clear()
        async with self._server.connected() as connection:
            up()
            self.open()
            try:
                await self._publish_while_connected(connection)
            except asyncio.CancelledError:
                if self._arrived.is_set():
                    with contextlib.suppress(Exception):
                        async with asyncio.timeout(_LAST_FACE_TIMEOUT):
                            await self._publish(connection, await self.next())
                raise
            finally:
                self.close()

    async def _publish_while_connected(self, connection: "Connection") -> None:
        """Publish, and notice a lost connection also while there is nothing to publish."""
        tasks = [
            asyncio.create_task(
                self._server.until_lost(connection), name=f"{self.name} connection"
            ),
            asyncio.create_task(self._publish_newest(connection), name=f"{self.name} faces"),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _publish_newest(self, connection: "Connection") -> None:
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
                await self._publish(connection, faces)
            except TimeoutError:
                self.errors += 1
                raise Unavailable(
                    f"the NATS server at {self._server.place} has read nothing for "
                    f"{PUBLISH_TIMEOUT:.0f} s"
                ) from None
            self.trouble = "slow" if clock() - began > _SLOW else ""

    async def _publish(self, connection: "Connection", faces: Mapping[str, Face]) -> None:
        """Publish each face. Returns once the server has read them, so that none queue here."""
        if not faces:
            return
        self.frames += 1
        async with asyncio.timeout(PUBLISH_TIMEOUT):
            for stream, face in faces.items():
                for payload in self._encoders.of(stream).encode(face):
                    data = bytes(payload)
                    await connection.publish(self._subject(stream), data)
                    self.packets += 1
                    self.bytes += len(data)
            await connection.settle(PUBLISH_TIMEOUT)
        self._encoders.keep(faces)
        if len(self._subjects) > len(faces):
            self._subjects = {stream: self._subjects[stream] for stream in faces}

    def _subject(self, stream: str) -> str:
        subject = self._subjects.get(stream)
        if subject is None:
            subject = self._subjects[stream] = self._settings.subject(stream)
        return subject
