"""Faces out by UDP: one non-blocking socket and one source port for the life of an output."""

import asyncio
import contextlib
import errno
import logging
import socket
import time
from collections.abc import Callable, Iterable

from bridge.outputs.output import Output
from bridge.supervision import Unavailable
from protocols.face import Datagram, Encoder, Face

log = logging.getLogger(__name__)

_WATCH_EVERY = 0.25
_WELL_AFTER = 2.0
_WELL_AFTER_FRAMES = 3
"""Seconds, and frames, without an error after which a receiver counts as back. A refusal is only
reported on the send after the one that was refused, so good and bad sends alternate."""


class UdpOutput(Output):
    """Sends one stream, or every stream, in one dialect to one receiver."""

    def __init__(
        self,
        name: str,
        host: str,
        port: int,
        *,
        stream: str,
        every: int,
        encoder_for: Callable[[str], Encoder],
    ) -> None:
        """Describe an output. `encoder_for` makes the encoder of a stream."""
        super().__init__(name, stream=stream, every=every)
        self._host, self._port = host, port
        self._encoder_for = encoder_for
        self._encoders: dict[str, Encoder] = {}
        self._socket: socket.socket | None = None
        self._last_error: OSError | None = None
        self._last_error_at = float("-inf")
        self._frames_since_error = 0

    async def run(self, up: Callable[[], None]) -> None:
        """Open the socket and watch over it until cancelled."""
        self._encoders = {}
        self._crash = None
        with contextlib.closing(await self._open()) as opened:
            self._socket = opened
            self._wanted = True
            up()
            try:
                while self._crash is None:
                    await asyncio.sleep(_WATCH_EVERY)
                    self._report()
            finally:
                self._wanted = False
                self._socket = None
        raise self._crash

    def show(self, faces: Iterable[tuple[str, Face]]) -> None:
        opened = self._socket
        if opened is None:  # closed by `run` in between
            return
        self._frames_since_error += 1
        for stream, face in faces:
            encoder = self._encoders.get(stream)
            if encoder is None:
                encoder = self._encoders[stream] = self._encoder_for(stream)
            for datagram in encoder.encode(face):
                self._send_datagram(opened, datagram)

    def _send_datagram(self, opened: socket.socket, datagram: Datagram) -> None:
        try:
            self.bytes += opened.send(datagram)
            self.packets += 1
        except OSError as problem:
            if problem.errno == errno.EBADF:  # closed by `run` in between
                return
            self.errors += 1
            self._last_error = problem
            self._last_error_at = time.monotonic()
            self._frames_since_error = 0

    async def _open(self) -> socket.socket:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError) as problem:
            raise Unavailable(f"the host {self._host} cannot be found ({problem})") from problem
        # Avatar programs listen on IPv4, where some systems list ::1 first for localhost.
        found.sort(key=lambda entry: entry[0] != socket.AF_INET)
        family, kind, protocol, _, address = found[0]
        opened = socket.socket(family, kind, protocol)
        try:
            opened.setblocking(False)
            # Connected, so that the system reports when nobody listens at the other end.
            opened.connect(address)
        except OSError as problem:
            opened.close()
            raise Unavailable(f"cannot send to {self._host}:{self._port} ({problem})") from problem
        return opened

    def _report(self) -> None:
        """Say a change of the receiver's state, once."""
        ill = self._last_error is not None and (
            time.monotonic() - self._last_error_at < _WELL_AFTER
            or self._frames_since_error < _WELL_AFTER_FRAMES
        )
        if ill and not self.trouble:
            if isinstance(self._last_error, ConnectionError):
                self.trouble = "unheard"
                log.warning("%s: nobody listens there; sending on", self.name)
            else:
                self.trouble = "cannot send"
                log.warning("%s: cannot send (%s); trying on", self.name, self._last_error)
        elif self.trouble and not ill:
            self.trouble = ""
            log.info("%s: the receiver is there", self.name)
