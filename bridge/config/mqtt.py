"""Settings that MQTT inputs and MQTT outputs share: identity, password and TLS."""

import re
import socket
from abc import abstractmethod
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from bridge.config.address import Address
from bridge.config.section import Section, Whole

SCHEMES = ("mqtt", "mqtts", "ws", "wss")
WITH_TLS = frozenset({"mqtts", "wss"})
WEBSOCKET = frozenset({"ws", "wss"})

_USUAL_PORTS = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}

_CREDENTIAL = re.compile(r"(?!\.{1,2}$)[\w.:@+=,-]{1,255}", re.ASCII)
"""Names that systemd accepts for a credential and that are one part of a path."""


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


class MqttSettings(Section):
    """One client at one broker."""

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
    password_file: Path | None = Field(
        None, description="A file with the password. It replaces password_env."
    )
    password_credential: str | None = Field(
        None,
        description="The name of a systemd credential (LoadCredential=) with the password. It "
        "replaces password_file and password_env.",
    )
    tls_ca: Path | None = Field(
        None,
        description="A file of trusted certificates (PEM). The default is the system's "
        "certificates.",
    )
    tls_certificate: Path | None = Field(None, description="The client's certificate (PEM).")
    tls_key: Path | None = Field(None, description="The key of the client's certificate (PEM).")

    @property
    @abstractmethod
    def address(self) -> Address:
        """The broker, the user and the topic."""

    @property
    def username(self) -> str | None:
        """The user name; None for an anonymous client."""
        return self.address.username

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

    @field_validator("password_credential")
    @classmethod
    def _credential_is_a_name(cls, value: str | None) -> str | None:
        if value is not None and not _CREDENTIAL.fullmatch(value):
            raise ValueError(
                f"{value[:60]!r}: expected the name of a credential without slashes, as "
                "mqtt-password in LoadCredential=mqtt-password:/path"
            )
        return value

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if self.tls_key and not self.tls_certificate:
            raise ValueError("tls_key needs tls_certificate")
        # A default that is written out does not count: `check` writes every default.
        given = [
            name
            for name in ("password_credential", "password_env", "password_file")
            if getattr(self, name) != type(self).model_fields[name].default
        ]
        if given and self.address.username is None:
            raise ValueError(f"{given[0]} needs a user name, as in mqtt://user@host/topic")
        if len(given) > 1 and self.password_credential is not None:
            raise ValueError(f"{given[0]} replaces {given[1]}; give one of them")
        tls = self.tls_ca or self.tls_certificate
        if tls and self.address.scheme not in WITH_TLS:
            raise ValueError("TLS settings need an address that starts with mqtts:// or wss://")
        return self
