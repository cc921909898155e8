"""The socket of a UDP output. It follows a receiver that moves, and keeps its source port."""

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
"""Seconds of failed sends after which the receiver is looked up again, in case it has moved."""

_LOOK_UP_EVERY = 60.0
"""Seconds between look-ups while sending works. If a receiver is switched off or behind a firewall,
no send fails; only its name can then tell that it has moved."""

_HANDOVER = 0.05
"""Seconds between taking a socket from the frame thread and closing it. The frame thread may be in
the middle of a send, and the system reuses the number of a closed socket at once."""


class Connection:
    """A connected, non-blocking socket. The event loop opens, moves and closes it; the frame thread
    sends. Receivers know a sender by its port, so the port is kept where possible."""

    def __init__(self, name: str, destination: Destination) -> None:
        """`name`: its name in the log."""
        self.socket: socket.socket | None = None
        """None while it is closed, and for a moment while it moves."""
        self.troubled_since: float | None = None
        """When sends began to fail, in seconds of `time.perf_counter`. The output sets it."""
        self._name, self._destination = name, destination
        self._place: Found | None = None
        self._port = 0
        self._moving = asyncio.Lock()  # `follow` and `change_port` run in different tasks

    async def open(self) -> None:
        """Look the destination up and connect to it.

        Raises:
            Unavailable: it is not found, or cannot be sent to.
        """
        self.troubled_since = None
        self._connect(await self._destination.find())

    def close(self) -> None:
        """Close the socket. The next one gets the same port."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    async def follow(self) -> None:
        """Look the receiver up from time to time and send to its new address.

        Raises:
            Unavailable: the new address can no longer be sent to.
        """
        looked_up = time.perf_counter()
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            if self._is_time_to_look_up(looked_up):
                await self._look_up()
                looked_up = time.perf_counter()

    async def change_port(self, port: int) -> bool:
        """Send to this port of the same host from now on. Returns whether the port changed.

        Raises:
            Unavailable: as `follow`.
        """
        async with self._moving:
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

    async def _look_up(self) -> None:
        port = self._destination.port
        try:
            found = await self._destination.find()
        except Unavailable as problem:  # its last address is the best guess
            log.debug("%s: keeping the address: %s", self._name, problem)
            return
        async with self._moving:
            if self._destination.port == port:  # otherwise it changed during the look-up
                await self._go_to(found)

    async def _go_to(self, found: Sequence[Found]) -> None:
        """Send to the addresses that were found, unless the present one is among them."""
        stays = self._place in found  # a name may have several addresses, in varying order
        try:
            place, attempt = self._destination.connect(
                [self._place] if stays and self._place else found
            )
        except Unavailable as problem:
            log.debug("%s: keeping the address: %s", self._name, problem)
            return
        here = attempt.getsockname()[0]
        attempt.close()
        # A socket keeps the local address of its first connect. If this machine has another one
        # now, nothing leaves.
        lost = self.troubled_since is not None and here != self._own_address()
        if not stays:
            await self._reconnect(place)
            log.info("%s: %s has moved to %s", self._name, self._destination.host, place.host)
        elif lost:
            await self._reconnect(place)
            log.info("%s: this machine now has the address %s", self._name, here)

    def _own_address(self) -> str:
        return "" if self.socket is None else str(self.socket.getsockname()[0])

    async def _reconnect(self, place: Found) -> None:
        """Continue with a new socket. The old one, reconnected, would still send from its first
        local address, which reaches nothing in another network."""
        old, self.socket = self.socket, None
        try:
            await asyncio.sleep(_HANDOVER)
        finally:
            if old is not None:
                old.close()
        self._connect([place])

    def _connect(self, found: Sequence[Found]) -> None:
        self._place, self.socket = self._destination.connect(found, self._port)
        self._port = self.socket.getsockname()[1]
