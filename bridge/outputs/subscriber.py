"""One receiver that asked for faces: where it is, until when it wants them, and how it fares."""

import math
import socket
from collections.abc import Mapping
from typing import Any

from bridge.config.address import host_and_port
from protocols.face import Encoder

_WELL_AFTER = 2.0
_WELL_AFTER_SENT = 3
"""Seconds, and datagrams, without an error after which a receiver counts as well. Systems report a
refusal on the next send, and not every one of them."""

Address = tuple[Any, ...]
"""Host and port, for IPv6 with what else a socket wants to know."""


class Subscriber:
    """A connected, non-blocking socket of its own, and the encoder with the settings it asked for.

    The event loop makes and closes it; the frame thread sends, and notes how that went.
    """

    def __init__(
        self, address: Address, encoder: Encoder, settings: Mapping[str, Any], local: Address
    ) -> None:
        """Connect to `address`, from the address `local`.

        Raises:
            OSError: faces cannot be sent there.
        """
        self.address = address
        self.encoder, self.settings = encoder, settings
        self.until = math.inf
        self.last_error: OSError | None = None
        self._last_error_at = self._ill_since = -math.inf
        self._sent_since = 0
        self.socket = socket.socket(
            socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM
        )
        try:
            self.socket.setblocking(False)
            # Some receivers take faces only from the address that they asked.
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
        """The address that the faces come from."""
        here: Address = self.socket.getsockname()
        return here

    def sent(self) -> None:
        """A datagram was taken."""
        self._sent_since += 1

    def failed(self, problem: OSError, now: float) -> None:
        """A datagram was not taken, or an earlier one did not arrive."""
        if not self.ill(now):
            self._ill_since = now
        self.last_error = problem
        self._last_error_at = now
        self._sent_since = 0

    def ill(self, now: float) -> bool:
        """Whether it did not get its faces lately."""
        return self.last_error is not None and (
            now - self._last_error_at < _WELL_AFTER or self._sent_since < _WELL_AFTER_SENT
        )

    def unheard_for(self, now: float) -> float:
        """For how many seconds nobody listened there; 0 if somebody may."""
        if self.ill(now) and isinstance(self.last_error, ConnectionError):
            return now - self._ill_since
        return 0.0


def place(address: Address) -> str:
    """Host and port, for people."""
    return host_and_port(*address[:2])
