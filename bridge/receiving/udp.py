"""Receives faces over UDP as an avatar program does, and requests them from phone apps."""

import contextlib
import ipaddress
import socket
import struct
import time
from collections.abc import Callable

from bridge.config.address import Endpoint
from protocols.dialect import Dialect
from protocols.face import DecodeError, Decoder, Received

OnFrame = Callable[[str, Received], bool]
"""Called with the sender and each frame. Returns whether to continue."""

OnError = Callable[[str, DecodeError], object]
"""Called with the sender and the error of an invalid datagram."""

REQUEST_EVERY = 1.0
"""Seconds between two requests to a phone app."""

_LARGEST_DATAGRAM = 65536
_MOST_SENDERS = 64
_NAP = 0.5  # seconds: on Windows a blocking receive does not notice Ctrl-C


def bound(place: Endpoint, interface: str = "0.0.0.0") -> socket.socket:  # noqa: S104 - any
    """A socket that receives at `place`, which may be a multicast group.

    Args:
        interface: the IPv4 address of this machine in the network of the group.

    Raises:
        OSError: the port is in use, or the address is not of this machine.
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


def receive(
    receiver: socket.socket, dialect: Dialect, on_frame: OnFrame, on_error: OnError
) -> None:
    """Decode what arrives until `on_frame` returns False. Each sender gets a decoder of its own."""
    _receive(receiver, dialect.decoder, on_frame, on_error, lambda: None)


def ask_and_receive(
    receiver: socket.socket, phone: Endpoint, dialect: Dialect, on_frame: OnFrame, on_error: OnError
) -> None:
    """The same from a phone app, which sends on request only. The request is repeated.

    Raises:
        OSError: the host of the phone is not found, or cannot be reached.
    """
    asking = dialect.asking
    if asking is None:
        raise ValueError(f"{dialect.scheme} needs no request")
    request = asking.write(receiver.getsockname()[1])
    # Only once: with each request, a slow name server would delay the faces.
    found = socket.getaddrinfo(*phone, family=receiver.family, type=socket.SOCK_DGRAM)
    address = found[0][4]
    receiver.sendto(request, address)
    requested_at = time.perf_counter()

    def repeat_request() -> None:
        nonlocal requested_at
        if time.perf_counter() - requested_at >= REQUEST_EVERY:
            requested_at = time.perf_counter()
            with contextlib.suppress(OSError):  # the network may be away for a while
                receiver.sendto(request, address)

    _receive(receiver, dialect.decoder, on_frame, on_error, repeat_request)


def _receive(
    receiver: socket.socket,
    new_decoder: Callable[[], Decoder],
    on_frame: OnFrame,
    on_error: OnError,
    repeat_request: Callable[[], None],
) -> None:
    decoders: dict[str, Decoder] = {}
    while True:
        try:
            repeat_request()
            datagram, origin = receiver.recvfrom(_LARGEST_DATAGRAM)
        except (TimeoutError, ConnectionError):  # nothing is listening there
            continue
        sender = f"{origin[0]}:{origin[1]}"
        if sender not in decoders and len(decoders) >= _MOST_SENDERS:
            decoders.clear()
        decoder = decoders.setdefault(sender, new_decoder())
        try:
            frames = decoder.feed(datagram)
        except DecodeError as problem:
            on_error(sender, problem)
            continue
        for frame in frames:
            if not on_frame(sender, frame):
                return
