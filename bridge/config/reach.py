"""How far an output reaches: one receiver, a multicast group, or a whole network."""

import ipaddress
import re
from typing import ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from bridge.config.section import OnReload, Section, Whole

Reach = Literal["one", "multicast", "broadcast"]

_EVERYBODY = "255.255.255.255"


class ReachSettings(Section):
    """Where datagrams go: one receiver, a group or a network, and through which interface."""

    reloaded: ClassVar = OnReload.REOPEN

    reach: Reach = Field(
        "one",
        description="one: a single receiver; multicast: all members of a group; broadcast: all "
        "machines in the network (IPv4).",
    )
    hops: Whole = Field(
        1,
        ge=1,
        le=255,
        description="How many networks a multicast crosses; 1 stays in this network.",
    )
    interface: str | None = Field(
        None,
        description="The IPv4 address of this machine to send from, when it has several. For IPv6 "
        "write the zone in the address instead (ff02::1%eth0).",
    )

    @field_validator("interface")
    @classmethod
    def _interface_is_an_address(cls, value: str | None) -> str | None:
        try:
            return None if value is None else str(ipaddress.IPv4Address(value))
        except ValueError:
            raise ValueError(
                f"{value!r}: expected an IPv4 address of this machine, as in 192.168.1.20; for "
                "IPv6 write the zone in the address, as in ff02::1%eth0"
            ) from None

    @model_validator(mode="after")
    def _hops_are_for_multicast(self) -> Self:
        if self.hops != 1 and self.reach != "multicast":
            raise ValueError(f"hops: {self.hops} needs reach: multicast")
        return self

    def check_host(self, host: str) -> None:
        """Refuse a host that does not go with these settings.

        Raises:
            ValueError: what is wrong, and which setting to use.
        """
        check_reach(host, self.reach)
        _check_zone(host)
        if self.interface is not None and ":" in host:
            raise ValueError(
                f"interface is for IPv4; for {host} write the zone in the address, as in "
                "ff02::1%eth0"
            )


def check_reach(host: str, reach: Reach) -> None:
    """Refuse an address that does not go with `reach`. A host name is accepted, because only a
    look-up gives its address.

    Raises:
        ValueError: what is wrong, and which setting to use.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return
    if address.is_multicast and reach != "multicast":
        raise ValueError(
            f"{host} is a multicast group; set reach: multicast, or give the address of one "
            "receiver"
        )
    if reach == "multicast" and not address.is_multicast:
        raise ValueError(
            f"{host} is not a multicast group; reach: multicast needs one, from 224.0.0.0 to "
            "239.255.255.255 or in ff00::/8"
        )
    if host == _EVERYBODY and reach != "broadcast":
        raise ValueError(
            f"{host} is the broadcast address; set reach: broadcast, or give the address of one "
            "receiver"
        )
    if reach == "broadcast" and address.version == 6:
        raise ValueError(
            "IPv6 has no broadcast; use reach: multicast and a group, as in ff02::1%eth0"
        )


def _check_zone(host: str) -> None:
    """Every network has the same link-local addresses, so the zone must name the interface."""
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        return
    # The last four bits of a group's second byte are its scope: 1 this machine, 2 this network.
    near = address.is_link_local or (address.is_multicast and address.packed[1] & 0x0F in (1, 2))
    if near and address.scope_id is None:
        raise ValueError(
            f"{host} exists in every network of this machine; add the zone, as in {host}%eth0"
        )
    if re.match(r"25\D", address.scope_id or ""):  # the standard form of a URL
        raise ValueError(f"{host}: write the zone without the 25, as in fe80::1%eth0")
