"""Where the bridge serves its HTTP interface, and to whom."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from bridge.config.address import Address, is_loopback
from bridge.config.health import parse_place
from bridge.config.section import Hold, OnReload, Section, Whole
from bridge.emotion.reading import ReadingSettings

USUAL_HOST = "127.0.0.1"
USUAL_PORT = 8765

LARGEST_AVATAR = 256
"""Megabytes (2^20 bytes)."""

_MODELS = (".vrm", ".glb")
_EXAMPLE = f"{USUAL_HOST}:{USUAL_PORT}"
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?")
_ORIGIN = re.compile(r"https?://[^\s/?#@\\]+")
_CREDENTIAL = re.compile(r"(?!\.{1,2}$)[\w.:@+=,-]{1,255}", re.ASCII)


class TokenSettings(NamedTuple):
    """Where the token is, in the terms of `bridge.secrets.passwords.PasswordSettings`."""

    username: str | None
    password_env: str
    password_file: Path | None
    password_credential: str | None


def page_url(address: Address) -> str:
    """Where a browser on this machine opens the page that is served at an address."""
    every_network = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - none is opened here
    return f"http://{address._replace(host=every_network.get(address.host, address.host)).place}"


class WebSection(Section):
    """The page and the HTTP interface: people and programs send updates and see what is shown.

    It is served by a process of its own, so that no visitor can make a frame late. Without a token
    only programs on this machine can connect.
    """

    reloaded: ClassVar = OnReload.REOPEN
    reloaded_otherwise: ClassVar = {"priority": OnReload.AT_ONCE, "hold": OnReload.AT_ONCE}

    at: str = Field(
        _EXAMPLE,
        description="The IP address and port to serve, for example 0.0.0.0:8765 for every network "
        "of this machine. An address that other machines reach needs a token.",
    )
    token_env: str | None = Field(
        None,
        min_length=1,
        max_length=256,
        description="The environment variable with the token that every request must send, as in "
        "`Authorization: Bearer TOKEN`.",
    )
    token_file: Path | None = Field(None, description="A file with the token.")
    token_credential: str | None = Field(
        None, description="The name of a systemd credential (LoadCredential=) with the token."
    )
    hosts: list[Annotated[str, Field(max_length=254)]] = Field(
        [],
        max_length=64,
        description="More names by which this machine may be addressed, for example studio.local. "
        "IP addresses and localhost always work.",
    )
    origins: list[Annotated[str, Field(max_length=300)]] = Field(
        [],
        max_length=64,
        description="The origins of web pages on other servers that may use the interface, for "
        "example https://game.example.",
    )
    control: bool = Field(
        True,
        description="Take updates. `false`: the page and the interface only show what happens.",
    )
    avatar: Path | None = Field(
        None,
        description="A .vrm or .glb file that the page shows in place of its own head, for example "
        "as a browser source in OBS. `make avatar` installs what draws it.",
    )
    priority: Whole = Field(
        0,
        ge=-100,
        le=100,
        description="The priority of updates that come this way, among those of the inputs.",
    )
    hold: Hold = Field(
        "forever",
        description="Seconds until an update that comes this way expires, or forever. A hold in "
        "the update replaces it.",
    )

    @property
    def address(self) -> Address:
        address = parse_place(self.at, _EXAMPLE)
        # The address instead of the name: a hosts file can point the name at another machine.
        by_name = address.host.casefold() == "localhost"
        return address._replace(host=USUAL_HOST) if by_name else address

    @property
    def name(self) -> str:
        """Its name in the logs and in the status line."""
        return f"web {self.address.place}"

    @property
    def from_(self) -> str:
        """What stands for an address: updates stay in force as long as it is the same."""
        return self.name

    @property
    def reading(self) -> ReadingSettings:
        """How its messages are read. Each is complete: no other belongs to it."""
        return ReadingSettings(labels="latest")

    @property
    def hold_seconds(self) -> float:
        return float("inf") if self.hold == "forever" else float(self.hold)

    @property
    def token(self) -> TokenSettings | None:
        """Where the token is; None if none is needed."""
        if not (self.token_env or self.token_file or self.token_credential):
            return None
        user = "bearer" if self.token_env else None
        return TokenSettings(user, self.token_env or "", self.token_file, self.token_credential)

    @field_validator("at")
    @classmethod
    def _host_is_an_address(cls, value: str) -> str:
        host = parse_place(value, _EXAMPLE).host
        try:
            if host.casefold() != "localhost":
                ipaddress.ip_address(host)
        except ValueError:
            raise ValueError(
                f"{value!r}: expected the IP address and port to serve, as in {_EXAMPLE}; "
                "names by which this machine is addressed belong to hosts"
            ) from None
        return value

    @field_validator("hosts")
    @classmethod
    def _hosts_are_names(cls, value: list[str]) -> list[str]:
        for host in value:
            if not _HOST.fullmatch(host):
                raise ValueError(f"{host!r}: expected a name without a port, as in studio.local")
        return value

    @field_validator("origins")
    @classmethod
    def _origins_are_origins(cls, value: list[str]) -> list[str]:
        for origin in value:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"{origin!r}: expected scheme, host and port of a page without a path, as in "
                    "https://game.example or http://localhost:3000"
                )
        return value

    @field_validator("avatar")
    @classmethod
    def _avatar_is_a_model(cls, value: Path | None) -> Path | None:
        if value is not None and value.suffix.casefold() not in _MODELS:
            raise ValueError(f"{str(value)!r}: expected a file that ends in .vrm or .glb")
        return value

    @field_validator("token_credential")
    @classmethod
    def _credential_is_a_name(cls, value: str | None) -> str | None:
        if value is not None and not _CREDENTIAL.fullmatch(value):
            raise ValueError(
                f"{value[:60]!r}: expected the name of a credential without slashes, as web-token "
                "in LoadCredential=web-token:/path"
            )
        return value

    @model_validator(mode="after")
    def _others_need_a_token(self) -> Self:
        given = [n for n in ("token_env", "token_file", "token_credential") if getattr(self, n)]
        if len(given) > 1:
            raise ValueError(f"{given[0]} and {given[1]}: give one of them")
        if not given and not is_loopback(self.address.host):
            raise ValueError(
                f"{self.at} can be reached from other machines and needs a token: set token_file, "
                f"token_env or token_credential, or serve this machine only, as in {_EXAMPLE}"
            )
        return self


def _place_alone(value: Any) -> Any:
    if value is False:  # YAML reads `off` as false
        return None
    if value is True:
        return {}
    if isinstance(value, str | int):
        return {"at": str(value)}
    if value is None or isinstance(value, dict | Section):
        return value
    raise ValueError(f"expected host:port, as in {_EXAMPLE}, settings, on or off")


AnyWeb = Annotated[
    WebSection | None,
    BeforeValidator(
        _place_alone, json_schema_input_type=str | int | WebSection | Literal[True, False] | None
    ),
]
