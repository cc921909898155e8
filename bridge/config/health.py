"""Where the bridge serves its health and metrics."""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, field_validator

from bridge.config.address import Address, is_loopback
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
    """Health and metrics over HTTP. Only this machine can connect."""

    reloaded: ClassVar = OnReload.REOPEN

    at: str = Field(
        f"{USUAL_HOST}:{USUAL_PORT}",
        description="The loopback address and port to serve: /healthz reports whether the bridge "
        "is healthy, /metrics has counters for Prometheus.",
    )
    grace: Seconds = Field(
        30.0,
        description="Seconds that an input, or all outputs together, may be down before /healthz "
        "answers 503.",
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

    @field_validator("at")
    @classmethod
    def _only_this_machine(cls, value: str) -> str:
        host = parse_place(value).host
        if not is_loopback(host):
            raise ValueError(
                f"{value!r}: expected a loopback address, as in {USUAL_HOST}:{USUAL_PORT}, "
                "because everybody who can connect can read it; "
                "to read it from another machine use a tunnel (ssh -L)"
            )
        return value


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
