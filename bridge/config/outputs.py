"""Settings of the outputs."""

import functools
import operator
import socket
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    create_model,
    field_validator,
    model_validator,
)

from bridge.config import lsl, vtube_studio
from bridge.config.address import parse_address
from bridge.config.dialect_settings import settings_of
from bridge.config.mqtt_output import MqttOutputSection
from bridge.config.nats_output import NatsOutputSection
from bridge.config.output_section import OutputSection
from bridge.config.reach import ReachSettings
from bridge.config.receivers import RECEIVERS, filled_in
from bridge.config.section import Whole, from_address, tag_by_scheme
from bridge.config.vrchat import VRChatSettings
from bridge.emotion.streams import EVERY_STREAM, LONGEST_STREAM
from protocols.dialect import Dialect, Shown
from protocols.dialects import DIALECTS
from protocols.face import Encoder
from protocols.vrchat.layout import EyeLook

_LAST_PORT = 65535
_BROADCAST_SLACK = Fraction(1, 2000)  # people write 29.97 and 23.976 for 29.97003 and 23.97602


class DialectSection(OutputSection):
    """An output in one of the dialects of `protocols`."""

    dialect: ClassVar[Dialect]

    @property
    def given_up_first(self) -> bool:
        return self.dialect.asking is not None  # a phone's port; faces are pushed from any

    def exclusive_claim(self) -> str:
        if self.dialect.asking is None:
            return ""
        return f"port {self.address.place} for requests; give each output its own port"

    def usual_port(self) -> int | None:
        return _port(self.dialect, self.model_dump(include=self._settings()))

    def encoder(self, stream: str, fps: float, **requested: Any) -> Encoder:
        """The encoder for one stream, in a daemon that makes `fps` frames a second.

        Args:
            requested: settings that a receiver asked for.

        Raises:
            ValueError: the dialect cannot encode these settings.
        """
        shown = Shown(
            stream=stream,
            path=self.address.path,
            rate=frame_rate(fps) / self.every,
            divisor=self.every,
            machine=socket.gethostname(),
        )
        settings = {name: getattr(self, name) for name in self._settings()}
        return self.dialect.encoder(shown, **(settings | requested))

    @classmethod
    def _settings(cls) -> set[str]:
        """The names of the settings that only this dialect has."""
        return set(settings_of(cls.dialect.encoder))

    @field_validator("to")
    @classmethod
    def _address_is_sound(cls, value: str) -> str:
        path = parse_address(value, SCHEMES, default_port=_port(cls.dialect, {})).path
        if path and not cls.dialect.path:
            raise ValueError(
                f"{path!r}: an address of {cls.dialect.scheme} has nothing after the port"
            )
        return value

    @field_validator("stream")
    @classmethod
    def _phone_shows_one_face(cls, value: str) -> str:
        if value == EVERY_STREAM and cls.dialect.asking is not None:
            raise ValueError(
                f"{cls.dialect.scheme} shows one face; name one stream, and write another output "
                "with its own port for each other stream"
            )
        return value

    @model_validator(mode="after")
    def _can_be_encoded(self) -> "DialectSection":
        self.encoder("s" * LONGEST_STREAM, 60.0)
        return self


class PushedSection(ReachSettings, DialectSection):
    """An output that sends without being asked."""

    @model_validator(mode="after")
    def _can_be_reached(self) -> "PushedSection":
        self.check_host(self.address.host)
        return self


class PortsSection(PushedSection):
    """An output that may give each stream a port of its own."""

    ports: Whole = Field(
        1,
        ge=1,
        le=256,
        description="For programs that show one face per port: the number of ports, from that of "
        "the address upwards. With 8, the output shows every stream: each gets one of 8 ports and "
        "keeps it until it ends.",
    )

    @property
    def tells_streams_apart(self) -> bool:
        return self.ports > 1 or super().tells_streams_apart

    @model_validator(mode="before")
    @classmethod
    def _each_stream_has_a_port(cls, value: object) -> object:
        if isinstance(value, dict) and value.get("ports", 1) not in (1, "1"):
            return {"stream": EVERY_STREAM, **value}
        return value

    @model_validator(mode="after")
    def _ports_exist(self) -> "PortsSection":
        if self.ports > 1 and self.stream != EVERY_STREAM:
            raise ValueError(f'ports: {self.ports} needs stream: "*"; one stream has one port')
        last = self.address.port + self.ports - 1
        if last > _LAST_PORT:
            raise ValueError(f"ports: the last port would be {last}; the largest is {_LAST_PORT}")
        return self


class VRChatSection(VRChatSettings, PushedSection):
    """An output to VRChat, which also sends messages to us."""

    if TYPE_CHECKING:
        eye_look: EyeLook  # settings of the dialect
        leave: tuple[str, ...]


_WITH_MORE_SETTINGS: dict[str, type[PushedSection]] = {"vrchat": VRChatSection}
"""By scheme: sections with settings that do not belong to the dialect."""


def _port(dialect: Dialect, settings: dict[str, Any]) -> int | None:
    return dialect.port(settings) if callable(dialect.port) else dialect.port


def frame_rate(fps: float) -> Fraction:
    """The rate as an exact ratio: 29.97 is 30000/1001, and so on for 23.976 and 59.94."""
    broadcast = Fraction(round(fps * 1.001) * 1000, 1001)
    if fps != round(fps) and abs(broadcast - Fraction(fps)) < _BROADCAST_SLACK:
        return broadcast
    return Fraction(fps).limit_denominator(1000)


def _section(dialect: Dialect) -> type[DialectSection]:
    fields: dict[str, Any] = settings_of(dialect.encoder)
    unasked = _WITH_MORE_SETTINGS.get(dialect.scheme, PortsSection)
    base = unasked if dialect.asking is None else DialectSection
    for name in fields:
        if hasattr(base, name) or name in base.model_fields:
            raise TypeError(f"{dialect.scheme}: every output already has a setting {name!r}")
    section = create_model(
        f"{dialect.scheme.title().replace('-', '')}Section",
        __base__=base,
        __doc__=dialect.encoder.__doc__,
        **fields,
    )
    section.dialect = dialect
    return section


DIALECT_SECTIONS = {scheme: _section(dialect) for scheme, dialect in DIALECTS.items()}

SECTIONS: dict[str, type[OutputSection]] = {
    **DIALECT_SECTIONS,
    vtube_studio.SCHEME: vtube_studio.VTubeStudioSection,
    "mqtt": MqttOutputSection,
    "nats": NatsOutputSection,
    lsl.SCHEME: lsl.LslOutputSection,
}
"""The section of each scheme."""

SCHEMES = {
    **{scheme: f"to {scheme}" for scheme in SECTIONS},
    **dict.fromkeys(("mqtts", "ws", "wss"), "to mqtt"),
    "tls": "to nats",
}
"""The tag of each scheme's section."""


def _expanded(value: Any) -> Any:
    expanded = _expand(value)
    return filled_in(expanded) if isinstance(expanded, dict) else expanded


_expand = from_address("to", {**SCHEMES, **dict.fromkeys(RECEIVERS, "")})

if TYPE_CHECKING:
    AnyOutput = OutputSection
else:
    _tagged = (Annotated[section, Tag(SCHEMES[name])] for name, section in SECTIONS.items())
    _written = functools.reduce(operator.or_, SECTIONS.values(), str)
    AnyOutput = Annotated[
        functools.reduce(operator.or_, _tagged),
        Discriminator(tag_by_scheme("to", SCHEMES)),
        BeforeValidator(_expanded, json_schema_input_type=_written),
    ]
