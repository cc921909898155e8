"""Updates by OSC over UDP. `osc_addresses` has the addresses."""

from collections.abc import Mapping, Sequence

from bridge.emotion.mixer import Mailbox
from bridge.emotion.osc_addresses import Addresses
from bridge.emotion.points import Vad
from bridge.emotion.reading import ReadingSettings
from bridge.emotion.streams import allowed_stream
from bridge.emotion.update import Update, UpdateError
from bridge.inputs.osc_messages import OscReader
from bridge.inputs.source import PLAIN
from bridge.inputs.udp import LOOPBACK, UdpSource
from protocols.face import DecodeError
from protocols.osc.packets import Message as OscMessage
from protocols.osc.packets import decode

EXPECTED = (
    "/vad fff or ff, /valence f, /arousal f, /dominance f, /emotion s or sf, /emotion/<name> f, "
    "/gesture s or sf, /state s, /neutral, /speaking, /spoken i, /mouth f, /viseme/<name> f or "
    "/look_at ff, "
    "with or without /<stream> in front"
)


class OscInput(UdpSource):
    """Receives on one UDP port."""

    def __init__(
        self,
        name: str,
        mailbox: Mailbox,
        host: str,
        port: int,
        allow: Sequence[str] = LOOPBACK,
        *,
        addresses: Mapping[str, str | Sequence[str]] | None = None,
        reading: ReadingSettings = PLAIN,
    ) -> None:
        """Receive on a port of this machine.

        Args:
            allow: the networks whose packets are read.
            addresses: what the addresses of a controller mean; see `osc_addresses`.
        """
        super().__init__(name, mailbox, host, port, allow, reading=reading)
        self._messages = OscReader(Addresses(addresses))

    def read_datagram(self, datagram: bytes, sender: str) -> None:
        """Read one packet. The messages of a bundle count together, as OSC requires."""
        self.admit(lambda: self._read_datagram(datagram, sender))

    def _read_datagram(self, datagram: bytes, sender: str) -> None:
        try:
            messages = decode(datagram)
        except DecodeError as problem:
            self.complaints.refuse(problem, datagram, "an OSC packet", sender=sender)
            return
        latest: dict[str, tuple[Update, OscMessage]] = {}
        for message in messages:
            try:
                update = self._update(message, sender, latest)
            except UpdateError as problem:
                self.complaints.refuse(problem, _text(message), EXPECTED, sender=sender)
            else:
                if update is not None and update.parts:
                    latest[update.stream] = (update, message)
                elif update is not None:
                    self.post(update, _text(message), sender=sender)
        for update, message in latest.values():
            self.post(update, _text(message), sender=sender)

    def _update(
        self, sent: OscMessage, sender: str, earlier: Mapping[str, tuple[Update, OscMessage]]
    ) -> Update | None:
        """The update of one message; None for one that is to be ignored. `earlier`: the updates of
        the same packet so far."""

        def last(stream: str) -> Vad:
            before = earlier.get(allowed_stream(stream))
            return before[0].target if before else self.last_point(stream)

        message = self._messages.read(sent, self._reader, last)
        if message is None:
            return None
        # Some senders use a new port for each message; the host stays the same.
        return self.update_of(message, sender.rpartition(":")[0])


def _text(message: OscMessage) -> str:
    return " ".join(map(str, (message.address, *message.arguments)))
