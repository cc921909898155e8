"""Finding a VTube Studio by what it broadcasts. Only listens; sends nothing."""

import asyncio
import contextlib
import logging
import socket

from bridge.config.address import Endpoint
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
"""Seconds. A running VTube Studio announces itself every two."""

_MOST_REMEMBERED = 4


async def discover(*, instance: str | None, remote: bool, listen_at: int | None = None) -> Endpoint:
    """The place of the first VTube Studio that lets plugins in.

    Args:
        instance: its instance id or its window's title, if any other will not do.
        remote: whether it may be on another machine.
        listen_at: another UDP port than the usual one.

    Raises:
        Unavailable: there is none, or none that will do.
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
        raise Unavailable(search.in_vain()) from None
    finally:
        transport.close()


def _broadcast_socket(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        # Other plugins listen for the same broadcasts.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT") and not hasattr(socket, "SO_PEERCRED"):
            # macOS and the BSDs; on Linux it would share the broadcasts out among listeners.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.setblocking(False)
        listening.bind(("", port))
    except OSError:
        listening.close()
        raise
    return listening


class Search(asyncio.DatagramProtocol):
    """What broadcasts come to: a place, or the reasons why none of them will do."""

    def __init__(self, instance: str | None, remote: bool, found: asyncio.Future[Endpoint]) -> None:
        self._instance, self._remote = instance, remote
        self.found = found
        self._seen: dict[str, None] = {}
        """Why what was heard will not do; bounded, as anybody may broadcast."""

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        with contextlib.suppress(DecodeError):
            self._hear(addr[0], read_announcement(data))

    def _hear(self, host: str, said: Announcement) -> None:
        local = _is_this_machine(host)
        who = f"{quoted(said.title)!r} ({quoted(said.instance)}) on {host}"
        if not local and not self._remote:
            self._note(f"{who} is on another machine; `remote: true` would take it")
        elif self._instance not in (None, said.instance, said.title):
            self._note(f"{who} is not the instance {self._instance!r}")
        elif not said.active:
            self._note(f"{who} lets no plugin in: switch on “Allow Plugin API access” there")
        elif not self.found.done():
            # One of this machine is documented to listen at localhost, whatever it broadcasts from.
            self.found.set_result(Endpoint("127.0.0.1" if local else host, said.port))

    def _note(self, why: str) -> None:
        if len(self._seen) < _MOST_REMEMBERED:
            self._seen[why] = None

    def in_vain(self) -> str:
        """Why nothing was found."""
        if self._seen:
            return "; ".join(self._seen)
        return (
            f"no VTube Studio has announced itself for {ANNOUNCEMENT_TIMEOUT:.0f} s "
            "(is it running?)"
        )


def _is_this_machine(host: str) -> bool:
    """Whether an address is one of this machine's: no other can be bound to."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return True
