"""Where the bridge serves its health and metrics."""

import ipaddress
import re
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from bridge.config.address import Address, is_loopback
from bridge.config.network import Network
from bridge.config.section import OnReload, Seconds, Section

USUAL_HOST = "127.0.0.1"
USUAL_PORT = 9464
"""The usual port of OpenTelemetry's exporters for Prometheus; few other programs use it."""

_PLACE = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[^\s:/?#@\[\]]+)):(?P<port>[0-9]{1,5})"
)


def parse_place(text: str, example: str = f"{USUAL_HOST}:{USUAL_PORT}") -> Address:
    """`host:port`, or a port alone on this machine. `example`: what a message quotes.

    Raises:
        ValueError: what is wrong and what was expected.
    """
    found = _PLACE.fullmatch(f"{USUAL_HOST}:{text}" if text.isdecimal() else text.strip())
    port = int(found["port"]) if found else 0
    if found is None or not 1 <= port <= 65535:
        raise ValueError(f"{text!r}: expected host:port, as in {example}")
    return Address("http", found["six"] or found["host"], port)


def _is_localhost(host: str) -> bool:
    return host.casefold() == "localhost"


class HealthSection(Section):
    """Health and metrics over HTTP. Only this machine can connect, unless `allow` names others."""

    reloaded: ClassVar = OnReload.REOPEN

    at: str = Field(
        f"{USUAL_HOST}:{USUAL_PORT}",
        description="The IP address and port to serve: /healthz reports whether the bridge is "
        "healthy, /metrics has counters for Prometheus. An address that other machines reach, such "
        "as 0.0.0.0:9464, needs allow.",
    )
    grace: Seconds = Field(
        30.0,
        description="Seconds that an input, or all outputs together, may be down before /healthz "
        "answers 503.",
    )

    allow: list[Network] = Field(
        [],
        max_length=64,
        description="The networks that may connect besides this machine: `[10.0.0.0/8]`. They can "
        "read the names of streams, inputs and outputs. Nothing is encrypted.",
    )
    hosts: list[Annotated[str, Field(max_length=254)]] = Field(
        [],
        max_length=64,
        description="Names by which other machines address this one, for example "
        "faces.example. IP addresses and localhost always work.",
    )

    @property
    def address(self) -> Address:
        address = parse_place(self.at)
        # The address instead of the name: a hosts file can point the name at another machine.
        return address._replace(host=USUAL_HOST) if _is_localhost(address.host) else address

    @property
    def name(self) -> str:
        """Its name in the logs."""
        return f"health {self.address.place}"

    @property
    def open_to_others(self) -> bool:
        """Whether other machines can reach the address."""
        return not is_loopback(self.address.host)

    @field_validator("at")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        host = parse_place(value).host
        if not _is_localhost(host):
            try:
                ipaddress.ip_address(host)
            except ValueError:
                raise ValueError(
                    f"{value!r}: expected an IP address of this machine, as in "
                    f"{USUAL_HOST}:{USUAL_PORT}, not a name"
                ) from None
        return value

    @model_validator(mode="after")
    def _others_are_named(self) -> Self:
        if self.open_to_others and not self.allow:
            raise ValueError(
                f"at: {self.at!r}: other machines can reach this address; name the networks that "
                f"may connect, as in allow: [10.0.0.0/8], or use {USUAL_HOST}:{USUAL_PORT}"
            )
        return self


def _place_alone(value: Any) -> Any:
    if value is False:  # YAML reads `off` as false
        return None
    if isinstance(value, str | int) and not isinstance(value, bool):
        return {"at": str(value)}
    if value is None or isinstance(value, dict | Section):
        return value
    raise ValueError(f"expected host:port, as in {USUAL_HOST}:{USUAL_PORT}, settings, or off")


AnyHealth = Annotated[
    HealthSection | None,
    BeforeValidator(
        _place_alone, json_schema_input_type=str | int | HealthSection | Literal[False] | None
    ),
]
