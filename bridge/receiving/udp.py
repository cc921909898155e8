"""Faces in by UDP, as an avatar program receives them, asking a phone for them where one must."""

import contextlib
import ipaddress
import socket
import struct
import time
from collections.abc import Callable

from bridge.config.address import Endpoint
from protocols.dialect import Dialect
from protocols.face import DecodeError, Decoder, Received

Hear = Callable[[str, Received], bool]
"""Told the sender and each frame; says whether to go on."""

Doubt = Callable[[str, DecodeError], object]
"""Told the sender and what was wrong with a datagram."""

ASK_EVERY = 1.0
"""Seconds between two requests to a phone."""

_LARGEST_DATAGRAM = 65536
_MOST_SENDERS = 64
_NAP = 0.5  # seconds: on Windows a blocking receive does not notice Ctrl-C


def bound(place: Endpoint, interface: str = "0.0.0.0") -> socket.socket:  # noqa: S104 - any
    """A socket that receives at `place`, which may be a multicast group.

    Args:
        interface: this machine's IPv4 address in the network where the group is heard.

    Raises:
        OSError: the place is taken, or not of this machine.
    """
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    receiver = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if _is_group(place.host):
            receiver.bind(("", place.port))
            _join(receiver, place.host, interface)
        else:
            receiver.bind(place)
    except OSError:
        receiver.close()
        raise
    receiver.settimeout(_NAP)
    return receiver


def _is_group(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_multicast
    except ValueError:  # a name
        return False


def _join(receiver: socket.socket, group: str, interface: str) -> None:
    address, _, zone = group.partition("%")
    packed = ipaddress.ip_address(address).packed
    if receiver.family == socket.AF_INET6:
        index = socket.if_nametoindex(zone) if zone else 0
        membership = packed + struct.pack("@I", index)
        receiver.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, membership)
    else:
        membership = packed + socket.inet_aton(interface)
        receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)


def receive(receiver: socket.socket, dialect: Dialect, hear: Hear, doubt: Doubt) -> None:
    """Decode what arrives until `hear` has heard enough. Each sender has a decoder of its own."""
    _receive(receiver, dialect.decoder, hear, doubt, lambda: None)


def ask_and_receive(
    receiver: socket.socket, phone: Endpoint, dialect: Dialect, hear: Hear, doubt: Doubt
) -> None:
    """The same from a phone, which sends only to who asks, and asks again.

    Raises:
        OSError: the phone's host cannot be found, or not be reached from here.
    """
    asking = dialect.asking
    if asking is None:
        raise ValueError(f"{dialect.scheme} is sent without being asked")
    request = asking.write(receiver.getsockname()[1])
    # Once, and not with each request: a name server that is slow would hold up the faces.
    found = socket.getaddrinfo(*phone, family=receiver.family, type=socket.SOCK_DGRAM)
    address = found[0][4]
    receiver.sendto(request, address)
    asked_at = time.perf_counter()

    def ask() -> None:
        nonlocal asked_at
        if time.perf_counter() - asked_at >= ASK_EVERY:
            asked_at = time.perf_counter()
            with contextlib.suppress(OSError):  # a network may be gone for a while
                receiver.sendto(request, address)

    _receive(receiver, dialect.decoder, hear, doubt, ask)


def _receive(
    receiver: socket.socket,
    new_decoder: Callable[[], Decoder],
    hear: Hear,
    doubt: Doubt,
    ask: Callable[[], None],
) -> None:
    decoders: dict[str, Decoder] = {}
    while True:
        try:
            ask()
            datagram, origin = receiver.recvfrom(_LARGEST_DATAGRAM)
        except (TimeoutError, ConnectionError):  # nobody there yet, or not any more
            continue
        sender = f"{origin[0]}:{origin[1]}"
        if sender not in decoders and len(decoders) >= _MOST_SENDERS:
            decoders.clear()
        decoder = decoders.setdefault(sender, new_decoder())
        try:
            frames = decoder.feed(datagram)
        except DecodeError as problem:
            doubt(sender, problem)
            continue
        for frame in frames:
            if not hear(sender, frame):
                return
