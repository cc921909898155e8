"""Single OSC messages over UDP, now and then: what triggers send."""

import contextlib
import socket
import time
from collections.abc import Callable

from bridge.outputs.connection import Connection
from bridge.outputs.destination import Destination


def send_now(opened: socket.socket | None, datagram: bytes) -> bool:
    """Send on a connected, non-blocking socket. Returns whether the system took the datagram."""
    for _ in range(2):  # the first error may be about the datagram before, and then nothing is sent
        with contextlib.suppress(OSError):
            if opened is None:
                return False
            opened.send(datagram)
            return True
    return False


class Messages:
    """Sends messages to one host and port."""

    def __init__(self, name: str, host: str, port: int) -> None:
        """`name`: its name in the log."""
        self.name = name
        self._connection = Connection(name, Destination(host, port))

    async def run(self, up: Callable[[], None]) -> None:
        """Keep the socket open until cancelled, and follow a host that moves."""
        with contextlib.closing(self._connection):
            await self._connection.open()
            up()
            await self._connection.follow()

    def send_message(self, datagram: bytes) -> bool:
        """Send a message. Returns whether it was sent; nobody may be listening."""
        sent = send_now(self._connection.socket, datagram)
        if sent:
            self._connection.troubled_since = None
        elif self._connection.troubled_since is None:
            self._connection.troubled_since = time.perf_counter()
        return sent
