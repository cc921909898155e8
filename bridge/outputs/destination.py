"""A host and port on the network: looking it up, and sockets that send to it."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Sequence
from typing import Any, NamedTuple

from bridge.config.address import host_and_port
from bridge.config.reach import Reach, check_reach
from bridge.outputs.send_errors import in_words
from bridge.supervision.supervised import Unavailable


class Found(NamedTuple):
    """One address of a destination."""

    family: socket.AddressFamily
    address: tuple[Any, ...]

    @property
    def host(self) -> str:
        host: str = self.address[0]
        return host


class Destination:
    """A host and a port, and whether one receiver, a group or a whole network is meant."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        reach: Reach = "one",
        hops: int = 1,
        interface: str | None = None,
        send_buffer: int | None = None,
    ) -> None:
        """Describe a destination.

        Args:
            host: a name, an IPv4 address, or an IPv6 address with its zone if it needs one.
            hops: how many networks a multicast may cross.
            interface: the IPv4 address of this machine to send from; the system chooses if not
                given.
            send_buffer: bytes that may wait in the system to be sent; as usual if not given.
        """
        self._send_buffer = send_buffer
        self.host, self.port = host, port
        self._reach, self._hops, self._interface = reach, hops, interface

    @property
    def place(self) -> str:
        """Host and port, for people."""
        return host_and_port(self.host, self.port)

    async def find(self) -> list[Found]:
        """All of its present addresses, the one to try first at the front.

        Raises:
            Unavailable: the host is not found, or does not fit `reach`.
        """
        only_v4 = self._reach == "broadcast" or self._interface is not None
        try:
            entries = await asyncio.get_running_loop().getaddrinfo(
                self.host,
                self.port,
                family=socket.AF_INET if only_v4 else socket.AF_UNSPEC,
                type=socket.SOCK_DGRAM,
            )
        except (OSError, UnicodeError) as problem:
            why = in_words(problem) if isinstance(problem, OSError) else str(problem)
            raise Unavailable(f"cannot find the host {self.host}: {why}") from problem
        # Avatar programs listen on IPv4, but some systems list ::1 first for localhost.
        entries.sort(key=lambda entry: entry[0] != socket.AF_INET)
        try:
            for *_, address in entries:
                check_reach(str(address[0]), self._reach)
        except ValueError as problem:
            raise Unavailable(f"{self.host}: {problem}", hopeless=True) from problem
        return [Found(family, address) for family, _, _, _, address in entries]

    def connect(self, found: Sequence[Found], source_port: int = 0) -> tuple[Found, socket.socket]:
        """The first address that can be sent to, and a socket connected to it. The socket uses
        `source_port` if that is not 0 and still free.

        Raises:
            Unavailable: none of the addresses can be sent to.
        """
        first_problem: OSError | None = None
        for place in found:
            try:
                return place, self._connected(place, source_port)
            except OSError as problem:
                first_problem = first_problem or problem
        assert first_problem is not None  # noqa: S101 - a host that was found has an address
        why = in_words(first_problem)
        if first_problem.errno == errno.ENETUNREACH and self._reach != "one":
            why += "; set interface to an address of this machine"
        raise Unavailable(
            f"cannot send to {self.place}: {why}",
            hopeless=isinstance(first_problem, PermissionError),
        ) from first_problem

    def _connected(self, place: Found, source_port: int) -> socket.socket:
        opened = socket.socket(place.family, socket.SOCK_DGRAM)
        try:
            opened.setblocking(False)
            self._set_reach(opened, place)
            if self._send_buffer is not None:
                with contextlib.suppress(OSError):  # macOS refuses more than it allows
                    opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._send_buffer)
            if source_port or self._interface:
                self._bind(opened, place.family, source_port)
            # Connected, so that the system reports when nothing is listening.
            opened.connect(place.address)
        except OSError:
            opened.close()
            raise
        return opened

    def _set_reach(self, opened: socket.socket, place: Found) -> None:
        if self._reach == "broadcast":
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        elif self._reach == "multicast" and place.family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, self._hops)
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, place.address[3])
        elif self._reach == "multicast":
            opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, self._hops)
            if self._interface:
                interface = socket.inet_aton(self._interface)
                opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, interface)

    def _bind(self, opened: socket.socket, family: socket.AddressFamily, port: int) -> None:
        host = "::" if family == socket.AF_INET6 else self._interface or ""
        try:
            opened.bind((host, port))
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE or not port:
                raise
            opened.bind((host, 0))  # another program took it meanwhile
