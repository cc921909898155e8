"""Whole faces over NATS. The server may be slow, or away for a while."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bridge.config.nats_output import NatsOutputSection
from bridge.nats.server import Server
from bridge.outputs.encoders import Encoders
from bridge.outputs.published import PUBLISH_TIMEOUT, PublishedFaces
from protocols.face import Face
from protocols.facepayload import encoder

if TYPE_CHECKING:
    from bridge.nats.connection import Connection


class NatsOutput(PublishedFaces["Connection"]):
    """Publishes one stream, or all of them, at one server. A frame is published once the server
    has read the one before it."""

    def __init__(self, settings: NatsOutputSection) -> None:
        super().__init__(settings.name, stream=settings.stream, every=settings.every)
        self._settings = settings
        self._server = Server(settings)
        self._encoders = Encoders(lambda stream: encoder(settings.format, stream, settings.leave))
        self._subjects: dict[str, bytes] = {}

    async def run(self, up: Callable[[], None]) -> None:
        """Connect and publish the newest faces until cancelled, then the last ones."""
        self.trouble = ""
        self._encoders.clear()
        self._subjects.clear()
        async with self._server.connected() as connection:
            up()
            await self.publish_until(self._server.until_lost(connection), connection)

    def stuck(self) -> str:
        return f"the NATS server at {self._server.place} has read nothing"

    async def publish(self, connection: "Connection", faces: Mapping[str, Face]) -> None:
        """Publish each face. Returns once the server has read them, so that none queue here."""
        if not faces:
            return
        self.frames += 1
        for stream, face in faces.items():
            for payload in self._encoders.of(stream).encode(face):
                data = bytes(payload)
                connection.put(self._subject(stream), data)
                self.packets += 1
                self.bytes += len(data)
        await connection.settle(PUBLISH_TIMEOUT)
        self._encoders.keep(faces)
        if len(self._subjects) > len(faces):
            self._subjects = {stream: self._subjects[stream] for stream in faces}

    def _subject(self, stream: str) -> bytes:
        subject = self._subjects.get(stream)
        if subject is None:
            subject = self._subjects[stream] = self._settings.subject(stream).encode()
        return subject
