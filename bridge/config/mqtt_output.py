"""Settings of MQTT outputs."""

from pydantic import field_validator, model_validator

from bridge.config.address import Address, parse_address
from bridge.config.face_payload import FacePayloadSettings
from bridge.config.mqtt import SCHEMES, MqttSettings, client_id_field, usual_port
from bridge.emotion.streams import LONGEST_STREAM

TOPIC = "affect/{stream}/blendshapes"
"""Where faces are published when the address has no topic."""

_LONGEST_TOPIC = 65535  # bytes


class MqttOutputSection(MqttSettings, FacePayloadSettings):
    """Whole faces over MQTT for other machines, for example
    `mqtt://user@host:1883/affect/{stream}/blendshapes`. `mqtt://user@host` uses this topic too.
    `mqtts://` uses TLS; `ws://` and `wss://` use WebSocket. Faces are sent with QoS 0 and not
    retained, because a late face is of no use. Only the first face of a topic is sent with QoS 1:
    a broker does not say otherwise that it refuses the topic."""

    client_id: str = client_id_field("affect-bridge-<this machine>-faces")

    @property
    def address(self) -> Address:
        return parse_address(self.to, SCHEMES, default_port=usual_port(self.to))

    @property
    def name(self) -> str:
        """It includes the topic: two outputs may publish to different topics at one broker."""
        return f"{self.address.scheme} {self.address.place} {self.address.path}"

    def topic(self, stream: str) -> str:
        """The topic for the faces of a stream."""
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
        check_topic(parse_address(value, SCHEMES, default_port=usual_port(value)).path)
        return value


def with_topic(address: str, usual: str) -> str:
    """The address, with the usual topic if it has none."""
    if address.lower() in SCHEMES:
        return f"{address}://127.0.0.1/{usual}"
    scheme, separator, rest = address.partition("://")
    place, _, topic = rest.partition("/")
    return f"{scheme}://{place}/{usual}" if separator and not topic else address


def check_topic(topic: str) -> None:
    """Refuse a topic that no broker accepts for a message.

    Raises:
        ValueError: what is wrong.
    """
    rest = topic.replace("{stream}", "")
    if set(rest) & set("+#"):
        raise ValueError(
            f"{topic}: + and # are for subscriptions; to publish, write {{stream}} where the name "
            "of the stream goes"
        )
    if set(rest) & set("{}"):
        raise ValueError(f"{topic}: the only name in braces is {{stream}}")
    if topic.startswith("$"):
        raise ValueError(f"{topic}: topics that start with $ are reserved for the broker")
    # Bytes that were not UTF-8 have become replacement characters.
    if not rest.isprintable() or "\N{REPLACEMENT CHARACTER}" in rest:
        raise ValueError(f"{topic!r}: expected a topic in UTF-8 without control characters")
    if len(topic.replace("{stream}", LONGEST_STREAM * "s").encode()) > _LONGEST_TOPIC:
        raise ValueError(f"a topic has at most {_LONGEST_TOPIC} bytes in UTF-8")
