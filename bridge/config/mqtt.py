"""Settings that MQTT inputs and MQTT outputs share: identity, password and TLS."""

import socket
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from bridge.config.login import LoginSettings
from bridge.config.section import Whole

SCHEMES = ("mqtt", "mqtts", "ws", "wss")
WEBSOCKET = frozenset({"ws", "wss"})

_USUAL_PORTS = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}


def usual_port(address: str) -> int:
    """The port to use when an address has none."""
    return _USUAL_PORTS.get(address.split(":", 1)[0].strip().lower(), 1883)


def client_id_field(default: str) -> Any:
    """The setting `client_id`. `default` is its default, with the name of this machine filled
    in."""
    return Field(
        default_factory=lambda: default.replace("<this machine>", socket.gethostname()),
        min_length=1,
        max_length=128,
        pattern=r"^[^/#+\x00]+$",
        description="The MQTT client id; it must be unique at the broker. The default is "
        f"{default}. The status topic is affect-bridge/<client id>/status.",
    )


class MqttSettings(LoginSettings):
    """One client at one broker."""

    schemes_with_tls: ClassVar = ("mqtts", "wss")

    client_id: str
    keep_alive: Whole = Field(30, ge=5, le=3600, description="Seconds between keep-alive packets.")
    version: Literal["auto", "5", "3.1.1"] = Field(
        "auto",
        description="The version of MQTT. auto is 5, or 3.1.1 for a broker without MQTT 5.",
    )
    websocket_path: str = Field(
        "/mqtt",
        max_length=1000,
        pattern=r"^/[!-~]*$",
        description="The path of the broker's WebSocket endpoint, for ws:// and wss://. The path "
        "in the address is the topic.",
    )
    password_env: str = Field(
        "AFFECT_BRIDGE_MQTT_PASSWORD",
        description="The environment variable with the password, when the address has a user name.",
    )

    @property
    def status_topic(self) -> str:
        """The retained topic that says whether this client is connected."""
        return f"affect-bridge/{self.client_id}/status"

    def exclusive_claim(self) -> str:
        """What only one input or output may use, in words that follow "duplicate"."""
        return f"client id {self.client_id!r} at {self.address.place}; give each client its own"

    @field_validator("version", mode="before")
    @classmethod
    def _version_as_text(cls, value: object) -> object:
        return str(value) if isinstance(value, int | float) else value
