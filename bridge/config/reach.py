"""How far an output reaches: one receiver, or, only when asked for, a group or a whole network."""

import ipaddress
import re
from typing import ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from bridge.config.section import OnReload, Section, Whole

Reach = Literal["one", "multicast", "broadcast"]

_EVERYBODY = "255.255.255.255"


class ReachSettings(Section):
    """Whom datagrams reach, and by which way."""

    reloaded: ClassVar = OnReload.ANEW

    reach: Reach = Field(
        "one",
        description="one: a single receiver; multicast: every member of a group; broadcast: "
        "everybody in the network (IPv4).",
    )
    hops: Whole = Field(
        1, ge=1, le=255, description="Networks a multicast crosses; 1 stays in this one."
    )
    interface: str | None = Field(
        None,
        description="The IPv4 address of this machine to send from, where it has several; in IPv6 "
        "the zone of the address says it (ff02::1%eth0).",
    )

    @field_validator("interface")
    @classmethod
    def _interface_is_an_address(cls, value: str | None) -> str | None:
        try:
            return None if value is None else str(ipaddress.IPv4Address(value))
        except ValueError:
            raise ValueError(
                f"{value!r}: expected an IPv4 address of this machine, as in 192.168.1.20; in IPv6 "
                "the zone of the address says it, as in ff02::1%eth0"
            ) from None

    @model_validator(mode="after")
    def _hops_are_for_multicast(self) -> Self:
        if self.hops != 1 and self.reach != "multicast":
            raise ValueError(f"hops: {self.hops} is for reach: multicast")
        return self

    def check_host(self, host: str) -> None:
        """Refuse a host that these settings cannot mean.

        Raises:
            ValueError: says why, and which setting to use.
        """
        check_reach(host, self.reach)
        _check_zone(host)
        if self.interface is not None and ":" in host:
            raise ValueError(
                f"interface is for IPv4; the way to {host} is said by a zone behind it, as in "
                "ff02::1%eth0"
            )


def check_reach(host: str, reach: Reach) -> None:
    """Refuse an address that does not go with `reach`. A name is taken as it is, because only a
    look-up tells.

    Raises:
        ValueError: says why, and which setting to use.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return
    if address.is_multicast and reach != "multicast":
        raise ValueError(
            f"{host} is a multicast group, which is sent to only when asked for: say "
            "reach: multicast, or give one receiver's address"
        )
    if reach == "multicast" and not address.is_multicast:
        raise ValueError(
            f"reach: multicast wants a group, from 224.0.0.0 to 239.255.255.255 or in ff00::/8; "
            f"{host} is none"
        )
    if host == _EVERYBODY and reach != "broadcast":
        raise ValueError(
            f"{host} is everybody in the network, who are sent to only when asked for: say "
            "reach: broadcast, or give one receiver's address"
        )
    if reach == "broadcast" and address.version == 6:
        raise ValueError("IPv6 has no broadcast: use reach: multicast and a group, as ff02::1%eth0")


def _check_zone(host: str) -> None:
    """Every network has the same link-local addresses, so the zone must say which one is meant."""
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        return
    # The last four bits of a group's second byte are its scope: 1 this machine, 2 this network.
    near = address.is_link_local or (address.is_multicast and address.packed[1] & 0x0F in (1, 2))
    if near and address.scope_id is None:
        raise ValueError(
            f"{host} means something in every network of this machine: say which one by a zone, as "
            f"in {host}%eth0"
        )
    if re.match(r"25\D", address.scope_id or ""):  # as it is written in a URL by the letter
        raise ValueError(f"{host}: a zone is written as it is, without the 25: fe80::1%eth0")
