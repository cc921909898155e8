"""Settings of a client that logs in: where its password is, and its certificates for TLS."""

import re
from abc import abstractmethod
from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field, field_validator, model_validator

from bridge.config.address import Address
from bridge.config.section import Section

_CREDENTIAL = re.compile(r"(?!\.{1,2}$)[\w.:@+=,-]{1,255}", re.ASCII)
"""Names that systemd accepts for a credential and that are one part of a path."""


class LoginSettings(Section):
    """A client with a user name and a password, or with a certificate, or with neither."""

    schemes_with_tls: ClassVar[tuple[str, ...]]
    """The schemes of its addresses that use TLS."""

    password_env: str
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
        """The server, the user, and what comes after them."""

    @property
    def username(self) -> str | None:
        """The user name; None for an anonymous client."""
        return self.address.username

    @property
    def secure(self) -> bool:
        """Whether the connection uses TLS."""
        return self.address.scheme in self.schemes_with_tls

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
            raise ValueError(
                f"{given[0]} needs a user name, as in "
                f"{self.address.scheme}://user@{self.address.host}/…"
            )
        if len(given) > 1 and self.password_credential is not None:
            raise ValueError(f"{given[0]} replaces {given[1]}; give one of them")
        if (self.tls_ca or self.tls_certificate) and not self.secure:
            schemes = " or ".join(f"{scheme}://" for scheme in self.schemes_with_tls)
            raise ValueError(f"TLS settings need an address that starts with {schemes}")
        return self
