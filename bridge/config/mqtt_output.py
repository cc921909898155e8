"""Settings of outputs by MQTT."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from bridge.config.address import Address, parse_address
from bridge.config.mqtt import SCHEMES, MqttSettings, client_id_field, usual_port
from bridge.config.output_section import OutputSection
from bridge.config.section import Whole
from bridge.emotion.streams import LONGEST_STREAM

TOPIC = "affect/{stream}/blendshapes"
"""Where faces are published when the address says nothing else."""

_LONGEST_TOPIC = 65535  # bytes


class MqttOutputSection(MqttSettings, OutputSection):
    """Whole faces by MQTT, for other machines to follow, for example
    `mqtt://user@host:1883/affect/{stream}/blendshapes`, which `mqtt://user@host` alone means too.
    `mqtts://` speaks TLS. QoS 0, not retained: a face that is late is of no use."""

    client_id: str = client_id_field("affect-bridge-<this machine>-faces")
    every: Whole = Field(
        6,
        ge=1,
        le=240,
        description="Send every Nth frame. 6 makes 10 faces a second at 60 fps, a rate of its own: "
        "a broker hands each face on to everybody who follows, and most of them do not animate. "
        "1 sends every frame.",
    )
    format: Literal["json", "binary"] = Field(
        "json",
        description="json: names and numbers as text, 1.3 kB a face; binary: 248 bytes with 52 "
        "float32.",
    )

    @property
    def address(self) -> Address:
        return parse_address(self.to, SCHEMES, default_port=usual_port(self.to))

    @property
    def name(self) -> str:
        """Two outputs may publish at one broker, to different topics."""
        return f"{self.address.scheme} {self.address.place} {self.address.path}"

    def topic(self, stream: str) -> str:
        """Where the faces of a stream are published."""
        return self.address.path.replace("{stream}", stream)

    @model_validator(mode="before")
    @classmethod
    def _says_a_topic(cls, value: object) -> object:
        if isinstance(value, dict) and isinstance(value.get("to"), str):
            return {**value, "to": with_topic(value["to"].strip(), TOPIC)}
        return value

    @field_validator("to")
    @classmethod
    def _can_be_published_to(cls, value: str) -> str:
        _check_topic(parse_address(value, SCHEMES, default_port=usual_port(value)).path)
        return value


def with_topic(address: str, usual: str) -> str:
    """The address with the usual topic, if it has none."""
    if address.lower() in SCHEMES:
        return f"{address}://127.0.0.1/{usual}"
    scheme, separator, rest = address.partition("://")
    place, _, topic = rest.partition("/")
    return f"{scheme}://{place}/{usual}" if separator and not topic else address


def _check_topic(topic: str) -> None:
    """Refuse a topic that no broker takes a message for.

    Raises:
        ValueError: says why.
    """
    rest = topic.replace("{stream}", "")
    if set(rest) & set("+#"):
        raise ValueError(
            f"{topic}: + and # are for who subscribes; in a topic that is published to, {{stream}} "
            "stands for the stream"
        )
    if set(rest) & set("{}"):
        raise ValueError(f"{topic}: of all names in braces only {{stream}} stands for something")
    if topic.startswith("$"):
        raise ValueError(f"{topic}: topics that begin with $ are the broker's own")
    if not rest.isprintable() or "\N{REPLACEMENT CHARACTER}" in rest:  # what is no UTF-8 became one
        raise ValueError(f"{topic!r}: expected a topic in UTF-8 without control characters")
    if len(topic.replace("{stream}", LONGEST_STREAM * "s").encode()) > _LONGEST_TOPIC:
        raise ValueError(f"a topic has at most {_LONGEST_TOPIC} bytes in UTF-8")
