"""One receiver that requested faces: its address, until when it gets them, and whether it does."""

import math
import socket
from collections.abc import Mapping
from typing import Any

from bridge.config.address import host_and_port
from protocols.face import Encoder

_WELL_AFTER = 2.0
_WELL_AFTER_SENT = 3
"""Seconds and datagrams without an error after which a receiver counts as reachable again. Systems
report a refusal on the next send, and not every refusal."""

Address = tuple[Any, ...]
"""Host and port; for IPv6 also flow label and scope."""


class Subscriber:
    """A connected, non-blocking socket of its own, and an encoder with the requested settings.

    The event loop makes and closes it; the frame thread sends and records the results.
    """

    def __init__(
        self, address: Address, encoder: Encoder, settings: Mapping[str, Any], local: Address
    ) -> None:
        """Connect to `address` from the address `local`.

        Raises:
            OSError: that address cannot be sent to.
        """
        self.address = address
        self.encoder, self.settings = encoder, settings
        self.until = math.inf
        self.last_error: OSError | None = None
        self._last_error_at = self._failing_since = -math.inf
        self._sent_since = 0
        self.socket = socket.socket(
            socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM
        )
        try:
            self.socket.setblocking(False)
            # Some receivers accept faces only from the address that they sent the request to.
            self.socket.bind((local[0], 0, *local[2:]))
            self.socket.connect(address)
        except OSError:
            self.socket.close()
            raise

    @property
    def place(self) -> str:
        return place(self.address)

    @property
    def here(self) -> Address:
        """The local address of the socket."""
        here: Address = self.socket.getsockname()
        return here

    def sent(self) -> None:
        """Record that a datagram was sent."""
        self._sent_since += 1

    def failed(self, problem: OSError, now: float) -> None:
        """Record that a datagram was not sent, or that an earlier one was refused."""
        if not self.failing(now):
            self._failing_since = now
        self.last_error = problem
        self._last_error_at = now
        self._sent_since = 0

    def failing(self, now: float) -> bool:
        """Whether sending to it has failed recently."""
        return self.last_error is not None and (
            now - self._last_error_at < _WELL_AFTER or self._sent_since < _WELL_AFTER_SENT
        )

    def unreachable_for(self, now: float) -> float:
        """For how many seconds nothing has been listening; 0 if something may be."""
        if self.failing(now) and isinstance(self.last_error, ConnectionError):
            return now - self._failing_since
        return 0.0


def place(address: Address) -> str:
    """Host and port, for people."""
    return host_and_port(*address[:2])
