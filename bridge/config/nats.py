"""Settings that NATS inputs and NATS outputs share: the servers, the login and TLS."""

from pathlib import Path
from typing import Annotated, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from bridge.config.address import Endpoint
from bridge.config.health import parse_place
from bridge.config.login import LoginSettings

SCHEMES = ("nats", "tls")
USUAL_PORT = 4222

_MOST_SERVERS = 32


class NatsSettings(LoginSettings):
    """One client at one NATS server, or at one server of a cluster."""

    schemes_with_tls: ClassVar = ("tls",)

    servers: list[Annotated[str, Field(max_length=300)]] = Field(
        [],
        max_length=_MOST_SERVERS,
        description="Other servers of the same cluster, as host:port. When the server in the "
        "address is away, they are tried in turn.",
    )
    password_env: str = Field(
        "AFFECT_BRIDGE_NATS_PASSWORD",
        description="The environment variable with the password, when the address has a user name.",
    )
    token_env: str | None = Field(
        None,
        min_length=1,
        max_length=256,
        description="The environment variable with the token, for a server that asks for one.",
    )
    token_file: Path | None = Field(
        None, description="A file with the token. It replaces token_env."
    )
    credentials_file: Path | None = Field(
        None,
        description="A file with the credentials of the user (.creds), for a server that lets "
        "clients in by a JWT.",
    )

    @property
    def endpoints(self) -> list[Endpoint]:
        """Every server, the one in the address first."""
        others = (parse_place(server, "nats-2:4222") for server in self.servers)
        return [
            Endpoint(self.address.host, self.address.port),
            *(Endpoint(other.host, other.port) for other in others),
        ]

    @field_validator("servers")
    @classmethod
    def _servers_are_places(cls, value: list[str]) -> list[str]:
        for server in value:
            parse_place(server, "nats-2:4222")
        return value

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        ways = {
            "a user name in the address": self.username,
            "token_env": self.token_env,
            "token_file": self.token_file,
            "credentials_file": self.credentials_file,
        }
        given = [way for way, value in ways.items() if value is not None]
        if len(given) > 1 and given != ["token_env", "token_file"]:
            raise ValueError(f"{given[0]} and {given[1]}: give one of them")
        return self
