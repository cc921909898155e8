"""Settings of outputs to VRChat that are no matter of its dialect."""

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
    said = _OFF if value is False else str(value).strip()  # YAML takes off for false
    if said in (_AUTO, _OFF):
        return said
    match = _PLACE.fullmatch(said)
    if match is None or not 0 < int(match["port"]) < 65536:
        raise ValueError(f"{value!r}: expected auto, off, or a place as in 127.0.0.1:9001")
    return f"{match['host'] or _LOCALHOST}:{match['port']}"


class VRChatSettings(OutputSection):
    """How VRChat is heard, and found."""

    listen: Annotated[
        str, BeforeValidator(_place_in_words, json_schema_input_type=str | int | Literal[False])
    ] = Field(
        _AUTO,
        description="Where VRChat says that an avatar was loaded, which then gets the whole face "
        f"at once. auto: {_LOCALHOST}:{ANSWERS_PORT} for a VRChat on this machine, nowhere for "
        "another, and with discovery any free port; off: nowhere.",
    )
    discovery: bool = Field(
        False,
        description="Find VRChat's port and the avatar's parameters by OSCQuery, and be found by "
        f"it. Needs zeroconf: {_INSTALL}.",
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
                "discovery tells VRChat where to say that an avatar was loaded: leave listen out"
            )
        return self

    @property
    def given_up_first(self) -> bool:
        """Whether it holds a port that can be had only once."""
        return self.hears_at is not None

    @property
    def hears_at(self) -> tuple[str, int] | None:
        """The host and port to hear VRChat at; port 0 is any free one. None hears nothing."""
        if self.listen == _OFF:
            return None
        if self.listen == _AUTO and self.discovery:
            return _LOCALHOST, 0
        if self.listen == _AUTO:  # VRChat tells its own machine, unless it is told otherwise
            return (_LOCALHOST, ANSWERS_PORT) if is_loopback(self.address.host) else None
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)
