"""Where the bridge tells how it is."""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, field_validator

from bridge.config.address import Address, is_loopback
from bridge.config.section import OnReload, Seconds, Section

USUAL_HOST = "127.0.0.1"
USUAL_PORT = 9464
"""The usual port of OpenTelemetry's exporters for Prometheus, so that it is nobody else's."""

_PLACE = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[^\s:/?#@\[\]]+)):(?P<port>[0-9]{1,5})"
)


def parse_place(text: str) -> Address:
    """`host:port`, or a port alone, which is one of this machine's.

    Raises:
        ValueError: says what was wrong and what was expected.
    """
    found = _PLACE.fullmatch(f"{USUAL_HOST}:{text}" if text.isdecimal() else text.strip())
    port = int(found["port"]) if found else 0
    if found is None or not 1 <= port <= 65535:
        raise ValueError(f"{text!r}: expected host:port, as in {USUAL_HOST}:{USUAL_PORT}")
    return Address("http", found["six"] or found["host"], port)


def _is_localhost(host: str) -> bool:
    return host.casefold() == "localhost"


class HealthSection(Section):
    """Health and metrics by HTTP, for this machine alone."""

    reloaded: ClassVar = OnReload.ANEW

    at: str = Field(
        f"{USUAL_HOST}:{USUAL_PORT}",
        description="The loopback address and port to answer at: /healthz says whether all is "
        "well, /metrics counts for Prometheus.",
    )
    grace: Seconds = Field(
        30.0,
        description="Seconds that an input, or every output at once, may be away before /healthz "
        "answers 503 because of it.",
    )

    @property
    def address(self) -> Address:
        address = parse_place(self.at)
        # The address rather than the name, which a file could make mean any other machine.
        return address._replace(host=USUAL_HOST) if _is_localhost(address.host) else address

    @property
    def name(self) -> str:
        """What the logs call it."""
        return f"health {self.address.place}"

    @field_validator("at")
    @classmethod
    def _only_this_machine(cls, value: str) -> str:
        host = parse_place(value).host
        if not is_loopback(host):
            raise ValueError(
                f"{value!r}: expected an address of this machine alone, as in "
                f"{USUAL_HOST}:{USUAL_PORT}, because whoever can connect can read it; "
                "from elsewhere it is reached through a tunnel (ssh -L)"
            )
        return value


def _place_alone(value: Any) -> Any:
    if value is False:  # what YAML makes of `off`
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
