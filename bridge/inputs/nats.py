"""Updates by NATS."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from bridge.config.nats_input import NatsInputSection
from bridge.emotion.mixer import Mailbox
from bridge.emotion.streams import MAIN_STREAM
from bridge.inputs.source import Source
from bridge.nats.server import Server

if TYPE_CHECKING:
    from nats.aio.msg import Msg


class NatsInput(Source):
    """One subscription at one server."""

    def __init__(self, name: str, mailbox: Mailbox, settings: NatsInputSection) -> None:
        super().__init__(name, mailbox, settings.reading)
        self._server = Server(settings)
        self._subjects = settings.subjects
        self._subscriptions = settings.subscriptions

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
            await self._server.until_lost(connection)

    async def _read(self, message: "Msg") -> None:
        self.read_message(message.subject, message.data)

    def read_message(self, subject: str, sent: bytes) -> None:
        """Read one message. A token of its subject may name the stream."""
        stream = self._subjects.stream_of(subject)
        self.read_text(sent, stream=MAIN_STREAM if stream is None else stream, sender=subject)
