"""Addresses of every kind, on this machine alone."""

import errno
import socket
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from bridge.outputs.destination import Destination
from bridge.supervision.supervised import Unavailable

GROUP = "239.255.77.1"
Resolve = Callable[..., None]


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A port of every address of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("", 0))
        opened.settimeout(5)
        yield opened


def port_of(opened: socket.socket) -> int:
    port: int = opened.getsockname()[1]
    return port


async def send(destination: Destination, datagram: bytes) -> socket.socket:
    _, opened = destination.connect(await destination.find())
    opened.send(datagram)
    return opened


async def test_a_group_is_reached_when_asked_for(listening: socket.socket) -> None:
    try:
        member = socket.inet_aton(GROUP) + socket.inet_aton("127.0.0.1")
        listening.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    except OSError as problem:
        pytest.skip(f"no multicast on loopback here: {problem}")
    destination = Destination(
        GROUP, port_of(listening), reach="multicast", hops=7, interface="127.0.0.1"
    )
    with closing(await send(destination, b"to a group")) as opened:
        assert listening.recvfrom(100) == (b"to a group", opened.getsockname())
        assert opened.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL) == 7


async def test_a_network_is_reached_when_asked_for(listening: socket.socket) -> None:
    destination = Destination("127.255.255.255", port_of(listening), reach="broadcast")
    try:
        opened = await send(destination, b"to everybody")
    except Unavailable as problem:
        pytest.skip(f"no broadcast on loopback here: {problem}")
    with opened:
        assert listening.recv(100) == b"to everybody"


async def test_a_network_is_not_reached_unasked_and_the_setting_is_named() -> None:
    with pytest.raises(
        Unavailable, match="a broadcast address needs reach: broadcast"
    ) as unavailable:
        await send(Destination("127.255.255.255", 9), b"x")
    assert unavailable.value.hopeless


async def test_a_group_without_a_way_to_it_is_answered_with_the_setting_that_chooses_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # as on a machine without a default route
    def no_way(opened: socket.socket, address: object) -> None:
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", no_way)
    with pytest.raises(Unavailable, match="set interface to an address of this machine"):
        await send(Destination(GROUP, 9, reach="multicast"), b"x")


async def test_an_address_of_another_machine_cannot_be_sent_from() -> None:
    with pytest.raises(Unavailable, match="does not have the address to send from"):
        await send(Destination("127.0.0.1", 9, interface="192.0.2.77"), b"x")


@pytest.mark.parametrize(
    ("address", "setting"),
    [(GROUP, "reach: multicast"), ("255.255.255.255", "reach: broadcast")],
)
async def test_a_name_of_many_receivers_is_refused_unless_asked_for(
    resolve: Resolve, address: str, setting: str
) -> None:
    resolve("studio.test", address)
    with pytest.raises(Unavailable, match=setting) as unavailable:
        await Destination("studio.test", 9).find()
    assert unavailable.value.hopeless


async def test_of_several_addresses_the_first_one_with_a_way_is_taken(
    resolve: Resolve, listening: socket.socket
) -> None:
    # Nothing can be sent to the first one: it is a broadcast address.
    resolve("studio.test", "127.255.255.255", "127.0.0.1")
    with await send(Destination("studio.test", port_of(listening)), b"found"):
        assert listening.recv(100) == b"found"


async def test_a_zone_says_which_network_is_meant() -> None:
    try:
        name = socket.if_indextoname(1)
        socket.getaddrinfo(f"fe80::1%{name}", 9, type=socket.SOCK_DGRAM)
    except OSError as problem:
        pytest.skip(f"no zones here: {problem}")
    [place] = await Destination(f"fe80::1%{name}", 9).find()
    assert place.address[3] == 1


async def test_a_source_port_is_kept_unless_another_program_has_it(
    listening: socket.socket,
) -> None:
    destination = Destination("127.0.0.1", port_of(listening))
    found = await destination.find()
    first, opened = destination.connect(found)
    port = port_of(opened)
    opened.close()
    _, opened = destination.connect([first], port)
    with opened:
        assert port_of(opened) == port
        _, other = destination.connect([first], port)
        with other:
            assert port_of(other) != port
            other.send(b"all the same")
            assert listening.recv(100) == b"all the same"
