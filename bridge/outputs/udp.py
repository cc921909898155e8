"""Faces out by UDP: one non-blocking socket and one source port for the life of an output."""

import asyncio
import contextlib
import errno
import logging
import socket
import time
from collections.abc import Callable, Iterable

from bridge.config.reach import Reach
from bridge.outputs.connection import Connection
from bridge.outputs.destination import Destination
from bridge.outputs.output import Output
from bridge.outputs.send_errors import NO_ROOM, in_words
from protocols.face import Datagram, Encoder, Face

log = logging.getLogger(__name__)

_WATCH_EVERY = 0.25
_WELL_AFTER = 2.0
_WELL_AFTER_FRAMES = 3
"""Seconds, and frames, without an error after which a receiver counts as back. A refusal is only
reported on the send after the one that was refused, so good and bad sends alternate."""


class UdpOutput(Output):
    """Sends one stream, or every stream, in one dialect to one receiver, group or network."""

    def __init__(
        self,
        name: str,
        host: str,
        port: int,
        *,
        stream: str,
        every: int,
        encoder_for: Callable[[str], Encoder],
        reach: Reach = "one",
        hops: int = 1,
        interface: str | None = None,
    ) -> None:
        """Describe an output.

        Args:
            encoder_for: makes the encoder of a stream.
            reach, hops, interface: see `Destination`.
        """
        super().__init__(name, stream=stream, every=every)
        destination = Destination(host, port, reach=reach, hops=hops, interface=interface)
        self._connection = Connection(name, destination)
        self._encoder_for = encoder_for
        self._encoders: dict[str, Encoder] = {}
        self._last_error: OSError | None = None
        self._last_error_at = float("-inf")
        self._frames_since_error = 0
        self._crowded = self._crowded_said = False

    async def run(self, up: Callable[[], None]) -> None:
        """Open the socket and watch over it until cancelled."""
        self._encoders = {}
        self._crash = self._last_error = None
        self._crowded = self._crowded_said = False
        self.trouble = ""
        with contextlib.closing(self._connection):
            await self._connection.open()
            following = asyncio.create_task(self._connection.follow())
            self._wanted = True
            up()
            try:
                while self._crash is None:
                    await asyncio.wait([following], timeout=_WATCH_EVERY)
                    if following.done():
                        following.result()  # raises why it could not follow
                    self._report(time.perf_counter())
            finally:
                self._wanted = False
                following.cancel()
        raise self._crash

    def show(self, faces: Iterable[tuple[str, Face]], now: float) -> None:
        opened = self._connection.socket
        if opened is None:  # closed by `run` in between, or moving
            return
        self._frames_since_error += 1
        for stream, face in faces:
            encoder = self._encoders.get(stream)
            if encoder is None:
                encoder = self._encoders[stream] = self._encoder_for(stream)
            for datagram in encoder.encode(face):
                self._send_datagram(opened, datagram, now)

    def _send_datagram(self, opened: socket.socket, datagram: Datagram, now: float) -> None:
        try:
            self.bytes += opened.send(datagram)
            self.packets += 1
        except OSError as problem:
            if problem.errno == errno.EBADF:  # closed by `run` in between
                return
            self.errors += 1
            if problem.errno in NO_ROOM:
                self._crowded = True
                return
            self._last_error = problem
            self._last_error_at = now
            self._frames_since_error = 0

    def _report(self, now: float) -> None:
        """Say a change of the receiver's state, once."""
        if self._crowded and not self._crowded_said:
            self._crowded_said = True
            log.warning("%s: more is sent than the network takes; some is dropped", self.name)
        problem = self._last_error
        ill = problem is not None and (
            now - self._last_error_at < _WELL_AFTER or self._frames_since_error < _WELL_AFTER_FRAMES
        )
        if problem is not None and ill and not self.trouble:
            self._connection.troubled_since = now
            if isinstance(problem, ConnectionError):
                self.trouble = "unheard"
                log.warning("%s: nobody listens there; sending on", self.name)
            else:
                self.trouble = "cannot send"
                log.warning("%s: cannot send (%s); trying on", self.name, in_words(problem))
        elif self.trouble and not ill:
            there = "the receiver is there" if self.trouble == "unheard" else "sending again"
            self.trouble = ""
            self._connection.troubled_since = None
            log.info("%s: %s", self.name, there)
