"""The settings that every input has."""

from typing import ClassVar

from pydantic import Field, field_validator

from bridge.config.address import Address, parse_address
from bridge.config.messages import MessageSettings
from bridge.config.section import Hold, OnReload, Section, Whole
from bridge.emotion.reading import ReadingSettings

SCHEMES = {
    "stdin": "from stdin",
    "stdin:chat": "from stdin:chat",
    "stdin:text": "from stdin:text",
    "osc": "from osc",
    "mqtt": "from mqtt",
    "mqtts": "from mqtt",
    "ws": "from mqtt",
    "wss": "from mqtt",
    "nats": "from nats",
    "tls": "from nats",
    "demo": "from demo",
    "vmc": "from face",
    "livelink": "from face",
    "ifacialmocap": "from face",
    "facecap": "from face",
    "file": "from file",
    "lsl": "from lsl",
}


class InputSection(Section):
    """The settings that every input has."""

    reloaded: ClassVar = OnReload.REOPEN
    reloaded_otherwise: ClassVar = {"priority": OnReload.AT_ONCE, "hold": OnReload.AT_ONCE}

    from_: str = Field(alias="from", description="Where feelings come from, as an address.")
    priority: Whole = Field(
        0,
        ge=-100,
        le=100,
        description="When several inputs have an update for one stream, the highest priority wins; "
        "at equal priority, the latest update wins.",
    )
    hold: Hold = Field(
        "forever",
        description="Seconds until an update from this input expires, or forever. A hold in the "
        "update itself replaces it.",
    )

    @property
    def reading(self) -> ReadingSettings:
        """How its messages are read."""
        return ReadingSettings()

    @property
    def hold_seconds(self) -> float:
        return float("inf") if self.hold == "forever" else float(self.hold)

    @property
    def address(self) -> Address:
        return parse_address(self.from_, SCHEMES)

    @property
    def name(self) -> str:
        """Its name in the logs and in the status line."""
        address = self.address
        return f"{address.scheme} {address.place}" if address.host else address.scheme

    def exclusive_claim(self) -> str:
        """What only one input may use, in words that follow "duplicate"."""
        address = self.address
        return f"input {address.scheme}://{address.place}" if address.host else f"input {self.name}"

    @field_validator("from_")
    @classmethod
    def _address_is_sound(cls, value: str) -> str:
        parse_address(value, SCHEMES)
        return value


class MessageSection(MessageSettings, InputSection):
    """What every input has that reads messages."""

    reloaded: ClassVar = OnReload.REOPEN
    reloaded_otherwise: ClassVar = {
        **InputSection.reloaded_otherwise,
        **dict.fromkeys(MessageSettings.model_fields, OnReload.AT_ONCE),
    }
