"""The face of another program, such as lip-sync or a camera tracker, which a layer merges into ours
(`bridge.face.overlay`). It arrives in one of the dialects of faces."""

from collections.abc import Sequence

from bridge.emotion.mixer import Mailbox
from bridge.face.overlay import OverlayFaces
from bridge.inputs.udp import LOOPBACK, UdpSource
from protocols.dialect import Dialect
from protocols.face import DecodeError


class OverlayInput(UdpSource):
    """Receives faces for one stream on one UDP port."""

    def __init__(
        self,
        name: str,
        mailbox: Mailbox,
        host: str,
        port: int,
        allow: Sequence[str] = LOOPBACK,
        *,
        dialect: Dialect,
        stream: str,
        faces: OverlayFaces,
    ) -> None:
        """Receive faces.

        Args:
            dialect: how the other program writes them.
            stream: the stream into whose face they are merged.
            faces: where the layer finds them.
        """
        super().__init__(name, mailbox, host, port, allow)
        self._dialect, self._stream, self._faces = dialect, stream, faces
        self._decoder = dialect.decoder()

    def read_datagram(self, datagram: bytes, sender: str) -> None:
        """Read one packet. A dialect may spread a face over several."""
        self.admit(lambda: self._read_datagram(datagram, sender))

    def _read_datagram(self, datagram: bytes, sender: str) -> None:
        try:
            received = self._decoder.feed(datagram)
        except DecodeError as problem:
            expected = f"a face in the dialect {self._dialect.scheme}"
            self.complaints.refuse(problem, datagram, expected, sender=sender)
            return
        for face in received:
            if self._faces.post(self._stream, face.weights, face.about):
                self.mailbox.updates += 1
