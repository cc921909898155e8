"""Settings of the inputs."""

import ipaddress
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator

from bridge.config.address import Address, parse_address
from bridge.config.mqtt import MqttSettings, client_id_field, usual_port
from bridge.config.section import (
    Hold,
    OnReload,
    Seconds,
    Section,
    Whole,
    from_address,
    tag_by_scheme,
)

SCHEMES = {
    "stdin": "from stdin",
    "osc": "from osc",
    "mqtt": "from mqtt",
    "mqtts": "from mqtt",
    "demo": "from demo",
}


class InputSection(Section):
    """What every input can be told."""

    reloaded: ClassVar = OnReload.ANEW
    reloaded_otherwise: ClassVar = {"priority": OnReload.AT_ONCE, "hold": OnReload.AT_ONCE}

    from_: str = Field(alias="from", description="Where feelings come from, as an address.")
    priority: Whole = Field(
        0,
        ge=-100,
        le=100,
        description="Among sources that speak for one stream, the fresh one of highest priority "
        "wins; among equals, the latest word.",
    )
    hold: Hold = Field(
        "forever",
        description="Seconds that a word of this source lasts when it does not say so itself, "
        "or forever.",
    )

    @property
    def hold_seconds(self) -> float:
        return float("inf") if self.hold == "forever" else float(self.hold)

    @property
    def address(self) -> Address:
        return parse_address(self.from_, SCHEMES)

    @property
    def name(self) -> str:
        """What the logs and the status line call this input."""
        address = self.address
        return f"{address.scheme} {address.place}" if address.host else address.scheme

    def exclusive_claim(self) -> str:
        """What no other input may want too."""
        return self.name

    @field_validator("from_")
    @classmethod
    def _address_is_sound(cls, value: str) -> str:
        parse_address(value, SCHEMES)
        return value


class StdinSection(InputSection):
    """Standard input, `stdin`, one update a line. It is read from the start or never: a reload
    neither adds it nor gives it up."""

    reloaded_otherwise: ClassVar = {
        **InputSection.reloaded_otherwise,
        "from_": OnReload.RESTART,
        "hold_at_end": OnReload.AT_ONCE,
    }

    hold_at_end: Seconds = Field(
        2.0,
        description="Seconds that an endless last word still lasts when standard input ends and "
        "is the only input.",
    )


class DemoSection(InputSection):
    """A tour through the emotions, `demo`. Speaks only while nobody else does."""

    priority: Whole = Field(
        -10, ge=-100, le=100, description=InputSection.model_fields["priority"].description
    )


def _network_in_words(value: object) -> object:
    try:
        ipaddress.ip_network(str(value), strict=False)
    except ValueError:
        raise ValueError(
            f"{value!r}: expected an address or network, as 192.168.1.7 or 192.168.0.0/16"
        ) from None
    return value


Network = Annotated[str, BeforeValidator(_network_in_words)]


class OscInputSection(InputSection):
    """OSC over UDP, for example `osc://127.0.0.1:9130`."""

    allow: list[Network] = Field(
        ["127.0.0.0/8", "::1/128"],
        max_length=64,
        description="The networks whose packets are heard; this machine alone unless you say. "
        "UDP's sender can be forged, so this keeps out accidents rather than attacks.",
    )


class MqttSection(MqttSettings, InputSection):
    """MQTT, for example `mqtt://user@host:1883/affect/+/set`; the first `+` names the stream.
    `mqtts://` speaks TLS."""

    client_id: str = client_id_field("affect-bridge-<this machine>")
    qos: Literal[0, 1, 2] = Field(1, description="Quality of service of the subscription.")

    @property
    def address(self) -> Address:
        return parse_address(self.from_, SCHEMES, default_port=usual_port(self.from_))

    @property
    def name(self) -> str:
        """Two inputs may listen at one broker, to different topics."""
        return f"{super().name} {self.address.path}"

    @field_validator("from_")
    @classmethod
    def _address_is_sound(cls, value: str) -> str:
        address = parse_address(value, SCHEMES, default_port=usual_port(value))
        if not address.path:
            raise ValueError(f"{value}: expected a topic, as in mqtt://host/affect/+/set")
        levels = address.path.split("/")
        if any(len(level) > 1 and set(level) & set("+#") for level in levels) or "#" in levels[:-1]:
            raise ValueError(f"{address.path}: + and # stand alone between slashes, # last")
        return value


AnyInput = Annotated[
    Annotated[StdinSection, Tag("from stdin")]
    | Annotated[OscInputSection, Tag("from osc")]
    | Annotated[MqttSection, Tag("from mqtt")]
    | Annotated[DemoSection, Tag("from demo")],
    Discriminator(tag_by_scheme("from", SCHEMES)),
    BeforeValidator(
        from_address("from", SCHEMES),
        json_schema_input_type=str | StdinSection | OscInputSection | MqttSection | DemoSection,
    ),
]
