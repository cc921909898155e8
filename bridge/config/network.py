"""Networks that may connect or send."""

import ipaddress
from typing import Annotated

from pydantic import BeforeValidator


def _network_in_words(value: object) -> object:
    try:
        ipaddress.ip_network(str(value), strict=False)
    except ValueError:
        raise ValueError(
            f"{value!r}: expected an address or a network, as in 192.168.1.7 or 192.168.0.0/16"
        ) from None
    return value


Network = Annotated[str, BeforeValidator(_network_in_words)]


def plain_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """A peer's address without its zone. IPv4 through an IPv6 socket is IPv4 all the same."""
    address = ipaddress.ip_address(host.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
