"""Faces over UDP. An output keeps one non-blocking socket and one source port."""

import asyncio
import contextlib
import errno
import logging
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bridge.config.reach import Reach
from bridge.emotion.streams import EVERY_STREAM
from bridge.outputs.burst import CANNOT_SPLIT, Burst
from bridge.outputs.connection import Connection
from bridge.outputs.destination import Destination
from bridge.outputs.encoders import Encoders
from bridge.outputs.output import CANNOT_SEND, NO_LISTENER, Output
from bridge.outputs.send_errors import NO_ROOM, in_words
from protocols.face import CrowdEncoder, Datagram, Encoder, Face, Faces

log = logging.getLogger(__name__)

CROWD = 4
"""Streams from which on it is quicker to encode all at once than one by one."""
SEND_BUFFER = 4 << 20
"""Bytes that may wait in the system to be sent, where an output sends every stream. The frames of
thousands of streams do not fit into the usual 200 kB. The system may allow less."""
_WATCH_EVERY = 0.25
_WELL_AFTER = 2.0
_WELL_AFTER_FRAMES = 3
"""Seconds and frames without an error after which the receiver counts as reachable again. The
system reports a refusal on the next send, so sends succeed and fail in turn."""


class UdpOutput(Output):
    """Sends one stream, or all of them, in one dialect to one receiver, group or network."""

    def __init__(
        self,
        name: str,
        host: str,
        port: int,
        *,
        stream: str,
        every: int,
        encoder_for: Callable[[str], Encoder],
        crowd_for: Callable[[Callable[[str], Any]], CrowdEncoder] | None = None,
        reach: Reach = "one",
        hops: int = 1,
        interface: str | None = None,
    ) -> None:
        """Describe an output.

        Args:
            encoder_for: makes the encoder of a stream.
            crowd_for: makes the encoder of many streams from `encoder_for`, if there is one.
            reach, hops, interface: see `Destination`.
        """
        super().__init__(name, stream=stream, every=every)
        destination = Destination(
            host,
            port,
            reach=reach,
            hops=hops,
            interface=interface,
            send_buffer=SEND_BUFFER if stream == EVERY_STREAM else None,
        )
        self._connection = Connection(name, destination)
        self._encoders = Encoders(encoder_for)
        self._crowd = None if crowd_for is None else lambda: crowd_for(encoder_for)
        self._crowd_encoder: CrowdEncoder | None = None
        self._burst = Burst()
        self._last_error: OSError | None = None
        self._last_error_at = float("-inf")
        self._frames_since_error = 0
        self._buffer_full = self._buffer_full_logged = False

    async def run(self, up: Callable[[], None]) -> None:
        """Open the socket and watch it until cancelled."""
        self._encoders.clear()
        self._crowd_encoder = None if self._crowd is None else self._crowd()
        self._burst = Burst()
        self._crash = self._last_error = None
        self._buffer_full = self._buffer_full_logged = False
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
                        following.result()  # raises its error
                    self._report(time.perf_counter())
            finally:
                self._wanted = False
                following.cancel()
        raise self._crash

    def show(self, faces: Mapping[str, Face], now: float) -> None:
        opened = self._connection.socket
        if opened is None:  # `run` closed it meanwhile, or it is moving
            return
        self.frames += 1
        self._frames_since_error += 1
        crowd = self._crowd_encoder
        if crowd is not None and isinstance(faces, Faces) and len(faces) >= CROWD:
            self._encoders.clear()
            for datagrams in crowd.encode(faces):
                self._burst.send(opened, datagrams, partial(self._send, now))
            return
        for stream, face in faces.items():
            for datagram in self._encoders.of(stream).encode(face):
                self._send(now, opened.send, datagram)
        self._encoders.keep(faces)

    def _send(
        self, now: float, send: Callable[[Datagram], int], data: Datagram, datagrams: int = 1
    ) -> None:
        try:
            self.bytes += send(data)
            self.packets += datagrams
        except OSError as problem:
            if problem.errno == errno.EBADF:  # `run` closed it meanwhile
                return
            if datagrams > 1 and problem.errno in CANNOT_SPLIT:
                raise
            self.errors += datagrams
            if problem.errno in NO_ROOM:
                self._buffer_full = True
                return
            self._last_error = problem
            self._last_error_at = now
            self._frames_since_error = 0

    def _report(self, now: float) -> None:
        """Log each change of the receiver's state once."""
        if self._buffer_full and not self._buffer_full_logged:
            self._buffer_full_logged = True
            log.warning(
                "%s: the send buffer is full; some datagrams are lost (logged once)", self.name
            )
        problem = self._last_error
        ill = problem is not None and (
            now - self._last_error_at < _WELL_AFTER or self._frames_since_error < _WELL_AFTER_FRAMES
        )
        if problem is not None and ill and not self.trouble:
            self._connection.troubled_since = now
            if isinstance(problem, ConnectionError):
                self.trouble = NO_LISTENER
                log.warning("%s: nothing is listening; still sending", self.name)
            else:
                self.trouble = CANNOT_SEND
                log.warning("%s: cannot send: %s; still trying", self.name, in_words(problem))
        elif self.trouble and not ill:
            back = "the receiver is listening" if self.trouble == NO_LISTENER else "sending again"
            self.trouble = ""
            self._connection.troubled_since = None
            log.info("%s: %s", self.name, back)
