"""Finds a VTube Studio by its broadcasts. Only listens; sends nothing."""

import asyncio
import contextlib
import logging
import socket

from bridge.config.address import Endpoint
from bridge.supervision.allowance import Allowance
from bridge.supervision.supervised import Unavailable
from protocols.face import DecodeError
from protocols.vtubestudio.messages import (
    BROADCAST_PORT,
    Announcement,
    quoted,
    read_announcement,
)

log = logging.getLogger(__name__)

ANNOUNCEMENT_TIMEOUT = 5.0
"""Seconds. A running VTube Studio announces itself every two seconds."""

MOST_BROADCASTS = 50
"""A second; the rest are dropped unread. Each VTube Studio sends one every two seconds."""

_MOST_REASONS = 4


async def discover(*, instance: str | None, remote: bool, listen_at: int | None = None) -> Endpoint:
    """The host and port of the first VTube Studio that accepts plugins.

    Args:
        instance: the instance id or window title that it must have; None accepts any.
        remote: whether to accept one on another machine.
        listen_at: the UDP port to listen on, if not the usual one.

    Raises:
        Unavailable: none was found, or none that fits.
    """
    loop = asyncio.get_running_loop()
    listen_at = BROADCAST_PORT if listen_at is None else listen_at
    search = Search(instance, remote, loop.create_future())
    try:
        listening = _broadcast_socket(listen_at)
    except OSError as problem:
        raise Unavailable(
            f"cannot listen for VTube Studio on UDP port {listen_at}: {problem.strerror}"
        ) from problem
    transport, _ = await loop.create_datagram_endpoint(lambda: search, sock=listening)
    try:
        async with asyncio.timeout(ANNOUNCEMENT_TIMEOUT):
            return await search.found
    except TimeoutError:
        raise Unavailable(search.failure()) from None
    finally:
        transport.close()


def _broadcast_socket(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        # Other plugins listen for the same broadcasts.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT") and not hasattr(socket, "SO_PEERCRED"):
            # macOS and the BSDs. On Linux only one of the listeners would get each broadcast.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.setblocking(False)
        listening.bind(("", port))
    except OSError:
        listening.close()
        raise
    return listening


class Search(asyncio.DatagramProtocol):
    """Collects broadcasts: the first that fits, or the reasons why none does."""

    def __init__(self, instance: str | None, remote: bool, found: asyncio.Future[Endpoint]) -> None:
        self._instance, self._remote = instance, remote
        self.found = found
        self._allowance = Allowance(MOST_BROADCASTS)
        self._reasons: dict[str, None] = {}
        """Why each VTube Studio does not fit. Bounded, because any program may broadcast."""

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not self._allowance.take():
            return
        with contextlib.suppress(DecodeError):
            self._consider(addr[0], read_announcement(data))

    def _consider(self, host: str, said: Announcement) -> None:
        local = _is_this_machine(host)
        who = f"{quoted(said.title)!r} ({quoted(said.instance)}) on {host}"
        if not local and not self._remote:
            self._add_reason(f"{who} is on another machine; `remote: true` accepts it")
        elif self._instance not in (None, said.instance, said.title):
            self._add_reason(f"{who} is not the instance {self._instance!r}")
        elif not said.active:
            self._add_reason(
                f"{who} does not accept plugins: switch on “Allow Plugin API access” there"
            )
        elif not self.found.done():
            # A local one listens on localhost, whatever address it broadcasts from.
            self.found.set_result(Endpoint("127.0.0.1" if local else host, said.port))

    def _add_reason(self, why: str) -> None:
        if len(self._reasons) < _MOST_REASONS:
            self._reasons[why] = None

    def failure(self) -> str:
        """Why none was found."""
        if self._reasons:
            return "; ".join(self._reasons)
        return (
            f"no VTube Studio announced itself within {ANNOUNCEMENT_TIMEOUT:.0f} s; is it running?"
        )


def _is_this_machine(host: str) -> bool:
    """Whether an address belongs to this machine; only then can it be bound."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return True
