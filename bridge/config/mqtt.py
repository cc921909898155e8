"""What inputs and outputs by MQTT can both be told: who they are, and how they get in."""

import re
import socket
from abc import abstractmethod
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from bridge.config.address import Address
from bridge.config.section import Section, Whole

SCHEMES = ("mqtt", "mqtts")

_CREDENTIAL = re.compile(r"(?!\.{1,2}$)[\w.:@+=,-]{1,255}", re.ASCII)
"""What systemd takes for a credential's name, and what is a file's name and no more."""


def usual_port(address: str) -> int:
    """The port that is meant when an address names none."""
    return 8883 if address.strip().lower().startswith("mqtts") else 1883


def client_id_field(default: str) -> Any:
    """The setting `client_id`, by default this one with the name of this machine filled in."""
    return Field(
        default_factory=lambda: default.replace("<this machine>", socket.gethostname()),
        min_length=1,
        max_length=128,
        pattern=r"^[^/#+\x00]+$",
        description=f"The MQTT client id, unique at the broker, {default} when not given; also "
        "names the status topic affect-bridge/<client id>/status.",
    )


class MqttSettings(Section):
    """One client at one broker."""

    client_id: str
    keep_alive: Whole = Field(30, ge=5, le=3600, description="Seconds between signs of life.")
    version: Literal["5", "3.1.1"] = Field("5", description="The MQTT version to speak.")
    password_env: str = Field(
        "AFFECT_BRIDGE_MQTT_PASSWORD",
        description="The environment variable that holds the password, if there is a user name.",
    )
    password_file: Path | None = Field(
        None, description="A file that holds the password; wins over password_env."
    )
    password_credential: str | None = Field(
        None,
        description="The name of a credential of systemd (LoadCredential=) that holds the "
        "password; in place of password_file and password_env.",
    )
    tls_ca: Path | None = Field(
        None, description="A file of trusted certificates (PEM); the system's when not given."
    )
    tls_certificate: Path | None = Field(None, description="The client's certificate (PEM).")
    tls_key: Path | None = Field(None, description="The key of the client's certificate (PEM).")

    @property
    @abstractmethod
    def address(self) -> Address:
        """The broker, the user and the topic."""

    @property
    def username(self) -> str | None:
        """Who this client is; None for one that the broker need not know."""
        return self.address.username

    @property
    def status_topic(self) -> str:
        """Where it is said, and retained, whether this client is there."""
        return f"affect-bridge/{self.client_id}/status"

    def exclusive_claim(self) -> str:
        """What no other input or output may want too."""
        return f"the client id {self.client_id!r} at {self.address.place}: give each its own"

    @field_validator("version", mode="before")
    @classmethod
    def _version_as_text(cls, value: object) -> object:
        return str(value) if isinstance(value, int | float) else value

    @field_validator("password_credential")
    @classmethod
    def _credential_is_a_name(cls, value: str | None) -> str | None:
        if value is not None and not _CREDENTIAL.fullmatch(value):
            raise ValueError(
                f"{value[:60]!r}: expected the name of a credential, as mqtt-password in "
                "LoadCredential=mqtt-password:/path, without slashes"
            )
        return value

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if self.tls_key and not self.tls_certificate:
            raise ValueError("tls_key needs tls_certificate")
        # Whether a default was written does not matter: `check` writes every one.
        told = [
            name
            for name in ("password_credential", "password_env", "password_file")
            if getattr(self, name) != type(self).model_fields[name].default
        ]
        if told and self.address.username is None:
            raise ValueError(f"{told[0]} needs a user name, as in mqtt://user@host/topic")
        if len(told) > 1 and self.password_credential is not None:
            raise ValueError(f"{told[0]} takes the place of {told[1]}; give one of them")
        tls = self.tls_ca or self.tls_certificate
        if tls and self.address.scheme != "mqtts":
            raise ValueError("TLS settings need an address that begins with mqtts://")
        return self
