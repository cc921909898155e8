"""Settings of VRChat outputs that do not belong to its dialect."""

import importlib.util
import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from bridge.config.address import is_loopback
from bridge.config.output_section import OutputSection
from protocols.vrchat.encoder import ANSWERS_PORT

_LOCALHOST = "127.0.0.1"
_AUTO, _OFF = "auto", "off"
_INSTALL = "pip install '.[discovery]' where affect-bridge was installed from"
_PLACE = re.compile(r"(?:(?P<host>\[[^\]]+\]|[^:\[\]]+)?:)?(?P<port>[0-9]{1,5})")


def _place_in_words(value: Any) -> Any:
    text = _OFF if value is False else str(value).strip()  # YAML reads off as false
    if text in (_AUTO, _OFF):
        return text
    match = _PLACE.fullmatch(text)
    if match is None or not 0 < int(match["port"]) < 65536:
        raise ValueError(f"{value!r}: expected auto, off, or host:port, as in 127.0.0.1:9001")
    return f"{match['host'] or _LOCALHOST}:{match['port']}"


class VRChatSettings(OutputSection):
    """How messages from VRChat are received, and how VRChat is found."""

    listen: Annotated[
        str, BeforeValidator(_place_in_words, json_schema_input_type=str | int | Literal[False])
    ] = Field(
        _AUTO,
        description="Where to receive VRChat's message that an avatar was loaded; the avatar then "
        f"gets the whole face at once. auto: {_LOCALHOST}:{ANSWERS_PORT} for VRChat on this "
        "machine, off for VRChat on another machine, and any free port with discovery; off: do "
        "not listen.",
    )
    discovery: bool = Field(
        False,
        description="Use OSCQuery to find VRChat's port and the avatar's parameters, and to let "
        f"VRChat find this program. Needs zeroconf: {_INSTALL}.",
    )

    @field_validator("discovery")
    @classmethod
    def _discovery_is_installed(cls, value: bool) -> bool:
        if value and importlib.util.find_spec("zeroconf") is None:
            raise ValueError(f"discovery needs zeroconf: {_INSTALL}")
        return value

    @model_validator(mode="after")
    def _discovery_is_heard(self) -> Self:
        if self.discovery and self.listen == _OFF:
            raise ValueError(
                "discovery needs listen: VRChat reports there that an avatar was loaded; remove "
                "listen: off"
            )
        return self

    @property
    def given_up_first(self) -> bool:
        """Whether it holds a port that only one output can have."""
        return self.hears_at is not None

    @property
    def hears_at(self) -> tuple[str, int] | None:
        """The host and port to receive VRChat's messages at; port 0 is any free one. None: do not
        listen."""
        if self.listen == _OFF:
            return None
        if self.listen == _AUTO and self.discovery:
            return _LOCALHOST, 0
        if self.listen == _AUTO:  # by default VRChat sends to its own machine
            return (_LOCALHOST, ANSWERS_PORT) if is_loopback(self.address.host) else None
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)
