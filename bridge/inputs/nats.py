"""Updates by NATS."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from bridge.config.nats_input import NatsInputSection
from bridge.emotion.mixer import Mailbox
from bridge.emotion.streams import MAIN_STREAM
from bridge.emotion.update import Update
from bridge.inputs.last_updates import LastUpdates
from bridge.inputs.source import Source
from bridge.nats.server import Server
from bridge.supervision.ending import until_one_ends

if TYPE_CHECKING:
    from nats.aio.msg import Msg

    from bridge.nats.connection import Connection


class NatsInput(Source):
    """One client at one server, which may subscribe to several partitions."""

    def __init__(self, name: str, mailbox: Mailbox, settings: NatsInputSection) -> None:
        super().__init__(name, mailbox, settings.reading)
        self._server = Server(settings)
        self._subjects = settings.subjects
        self._subscriptions = settings.subscriptions
        self._last_updates = (
            LastUpdates(settings, self._restore, self.complaints) if settings.bucket else None
        )

    async def run(self, up: Callable[[], None]) -> None:
        async with self._server.connected() as connection:
            await self._server.subscribe(connection, self._subscriptions, self._read)
            up()
            if self._subjects.stream_token is None:
                self.complaints.note(
                    "one_stream",
                    f"all updates are for the stream {MAIN_STREAM}, unless they name another; a * "
                    "or {stream} in the subject makes a token of it the stream",
                )
            await self._until_lost(connection)

    async def _until_lost(self, connection: "Connection") -> None:
        parts = [self._server.until_lost(connection)]
        if self._last_updates is not None:
            parts.append(self._last_updates.run(connection))
        await until_one_ends(*parts)

    async def _read(self, message: "Msg") -> None:
        self.read_message(message.subject, message.data)

    def read_message(self, subject: str, sent: bytes) -> None:
        """Read one message. A token of its subject may name the stream."""
        named = self._subjects.stream_of(subject)
        stream = MAIN_STREAM if named is None else named
        self.admit(lambda: self._read_and_keep(sent, stream, subject), stream)

    def _read_and_keep(self, sent: bytes, stream: str, subject: str) -> None:
        update = self._read_text(sent, stream, subject)
        if update is not None and self._last_updates is not None:
            self._last_updates.keep(update, subject, self.mailbox.hold)

    def _restore(self, stream: str, update_with: Callable[[float | None], Update | None]) -> bool:
        """Post what another bridge kept of a stream. A stream that is new here begins there, not
        at neutral; one that is shown already moves there."""
        update = update_with(None if self.mailbox.shows(stream) else 0.0)
        return update is not None and self.post(update, "")
