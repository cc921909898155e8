"""The socket of an output by UDP: it goes where the receiver goes, and its port stays the same."""

import asyncio
import logging
import socket
import time
from collections.abc import Sequence

from bridge.outputs.destination import Destination, Found
from bridge.supervision.supervised import Unavailable

log = logging.getLogger(__name__)

_LOOK_EVERY = 0.25
_LOOK_UP_AFTER = 3.0
_LOOK_UP_AGAIN_AFTER = 30.0
"""Seconds of trouble after which the receiver is looked up again: it may have another address."""

_LOOK_UP_EVERY = 60.0
"""Seconds between look-ups without trouble. A receiver that is gone without a word, switched off or
behind a firewall, takes datagrams as a healthy one does: only its name can tell of a new place."""

_HANDOVER = 0.05
"""Seconds from the last use of a socket by the frame thread to its closing. The system gives the
number of a closed socket to the next one at once, and a datagram may be on its way."""


class Connection:
    """A connected, non-blocking socket. The event loop opens it, has it follow and closes it; the
    frame thread sends. Receivers know a sender by its port, so that one is kept, if it can be."""

    def __init__(self, name: str, destination: Destination) -> None:
        """`name`: what the log calls it."""
        self.socket: socket.socket | None = None
        """None while it is closed, and for the moment in which it moves."""
        self.troubled_since: float | None = None
        """Since when sending fails, in seconds of `time.perf_counter`. Set by the output."""
        self._name, self._destination = name, destination
        self._place: Found | None = None
        self._port = 0

    async def open(self) -> None:
        """Find the destination and connect to it.

        Raises:
            Unavailable: it cannot be found, or no way leads there.
        """
        self.troubled_since = None
        self._connect(await self._destination.find())

    def close(self) -> None:
        """Close the socket. The next one has the same port."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    async def follow(self) -> None:
        """Look the receiver up again whenever it is time to, and send to where it is then.

        Raises:
            Unavailable: the way there was lost in the moment of going it.
        """
        looked_up = time.perf_counter()
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            if self._is_time_to_look_up(looked_up):
                try:
                    found = await self._destination.find()
                except Unavailable as problem:  # where it was last is as good a guess as any
                    log.debug("%s: staying where it is: %s", self._name, problem)
                else:
                    await self._go_to(found)
                looked_up = time.perf_counter()

    async def change_port(self, port: int) -> bool:
        """Send to this port of the same host from now on. Says whether it was another one.

        Raises:
            Unavailable: as `follow`.
        """
        if port == self._destination.port:
            return False
        self._destination.port = port
        if self._place is not None:
            family, (host, _, *rest) = self._place
            await self._reconnect(Found(family, (host, port, *rest)))
        return True

    def _is_time_to_look_up(self, looked_up: float) -> bool:
        now = time.perf_counter()
        if self.troubled_since is None:
            return now - looked_up >= _LOOK_UP_EVERY
        first = self.troubled_since + _LOOK_UP_AFTER
        return now >= first and (looked_up < first or now - looked_up >= _LOOK_UP_AGAIN_AFTER)

    async def _go_to(self, found: Sequence[Found]) -> None:
        """Send to where the receiver was found, if that is not where it is sent to already."""
        stays = self._place in found  # a name may have several addresses, in any order
        try:
            place, attempt = self._destination.connect(
                [self._place] if stays and self._place else found
            )
        except Unavailable as problem:
            log.debug("%s: staying where it is: %s", self._name, problem)
            return
        here = attempt.getsockname()[0]
        attempt.close()
        # A socket sends from the address it was first connected from, even when this machine has
        # another one now; nothing leaves then.
        lost = self.troubled_since is not None and here != self._own_address()
        if not stays:
            await self._reconnect(place)
            log.info("%s: %s has moved to %s", self._name, self._destination.host, place.host)
        elif lost:
            await self._reconnect(place)
            log.info("%s: this machine has moved to %s", self._name, here)

    def _own_address(self) -> str:
        return "" if self.socket is None else str(self.socket.getsockname()[0])

    async def _reconnect(self, place: Found) -> None:
        """Go on with another socket. The same one connected anew would go on sending from the
        address of the old way, and reach nobody in another network."""
        left, self.socket = self.socket, None
        try:
            await asyncio.sleep(_HANDOVER)
        finally:
            if left is not None:
                left.close()
        self._connect([place])

    def _connect(self, found: Sequence[Found]) -> None:
        self._place, self.socket = self._destination.connect(found, self._port)
        self._port = self.socket.getsockname()[1]
