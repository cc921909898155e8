"""Settings of the inputs."""

import re
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from bridge.config.address import Address, parse_address
from bridge.config.input_section import SCHEMES, InputSection, MessageSection
from bridge.config.lsl import LslInputSection
from bridge.config.mqtt import MqttSettings, client_id_field, usual_port
from bridge.config.nats_input import NatsInputSection
from bridge.config.network import Network
from bridge.config.partitions import PartitionSettings
from bridge.config.section import (
    Number,
    OnReload,
    Whole,
    from_address,
    tag_by_scheme,
)
from bridge.config.standard_input import ChatSection, StdinSection, TextSection
from bridge.config.stream_name import StreamName
from bridge.config.table import TableSettings
from bridge.config.topic_filter import TopicFilter, parse_topic_filter
from bridge.config.web import WebSection
from bridge.emotion.osc_addresses import STREAM, meant
from bridge.emotion.streams import MAIN_STREAM


class DemoSection(InputSection):
    """A tour through the emotions, `demo`. It shows only while no other input has an update."""

    priority: Whole = Field(
        -10, ge=-100, le=100, description=InputSection.model_fields["priority"].description
    )


class OscInputSection(MessageSection):
    """OSC over UDP, for example `osc://127.0.0.1:9130`."""

    allow: list[Network] = Field(
        ["127.0.0.0/8", "::1/128"],
        max_length=64,
        description="The networks to accept packets from. The default is this machine only. A UDP "
        "sender can be forged, so this prevents accidents, not attacks.",
    )
    addresses: dict[str, Annotated[str | list[str], Field(max_length=200)]] = Field(
        {},
        max_length=1000,
        description="What the addresses of a controller mean: `{/slider/3: joy, /xy: [valence, "
        "arousal], '/{stream}/mood': emotion}`. A meaning is the name of an emotion, an axis or "
        "several, vad, emotion (a label as argument), neutral or ignore.",
    )

    @field_validator("addresses")
    @classmethod
    def _addresses_mean_something(
        cls, value: dict[str, str | list[str]]
    ) -> dict[str, str | list[str]]:
        for address, meaning in value.items():
            if not address.startswith("/") or address.count(STREAM) > 1:
                raise ValueError(
                    f"{address!r}: expected an OSC address, as in /slider/3, with {STREAM} at "
                    "most once"
                )
            try:
                meant(meaning)
            except ValueError as problem:
                raise ValueError(f"{address}: {problem}") from None
        return value


class MqttSection(MqttSettings, PartitionSettings, MessageSection):
    """MQTT, for example `mqtt://user@host:1883/affect/+/set`. The level of the topic at the `+` is
    the name of the stream; where there is more than one, `{stream}` says which:
    `mqtt://host/game/{zone}/npc/{stream}/emotion`. `mqtts://` uses TLS; `ws://` and `wss://` use
    WebSocket."""

    client_id: str = client_id_field("affect-bridge-<this machine>")
    qos: Literal[0, 1, 2] = Field(1, description="Quality of service of the subscription.")
    retained: Literal["apply", "ignore"] = Field(
        "apply",
        description="Apply or ignore the message that the broker retains for a topic and sends "
        "first. A message that was already applied is not applied again after a "
        "lost connection, so newer messages stay in force.",
    )

    @property
    def address(self) -> Address:
        return parse_address(self.from_, SCHEMES, default_port=usual_port(self.from_))

    @property
    def topics(self) -> TopicFilter:
        """The topics to subscribe to, and the level that is the stream."""
        return parse_topic_filter(self.address.path)

    @property
    def subscriptions(self) -> list[str]:
        """What to subscribe to."""
        filters = self.in_partitions(self.address.path)
        return [parse_topic_filter(each).subscription for each in filters]

    @property
    def name(self) -> str:
        """It includes the topic: two inputs may subscribe to different topics at one broker."""
        return f"{super().name} {self.address.path}"

    @field_validator("from_")
    @classmethod
    def _address_is_sound(cls, value: str) -> str:
        address = parse_address(value, SCHEMES, default_port=usual_port(value))
        if not address.path:
            raise ValueError(f"{value}: expected a topic, as in mqtt://host/affect/+/set")
        parse_topic_filter(address.path)
        return value

    @model_validator(mode="after")
    def _partitions_fit(self) -> Self:
        self.check_template(self.address.path)
        return self


class OverlaySection(InputSection):
    """The face of another program (lip-sync, a camera tracker), for example
    `vmc://127.0.0.1:39541`. It is merged into a stream's face as `face.merge` says. While it moves
    the jaw, the stream counts as speaking."""

    stream: StreamName = Field(MAIN_STREAM, description="The stream whose face it is merged into.")
    allow: list[Network] = Field(
        ["127.0.0.0/8", "::1/128"],
        max_length=64,
        description="The networks to accept packets from. The default is this machine only.",
    )


_ROOT_OF_WINDOWS = re.compile(r"/[A-Za-z]:")


class FileSection(TableSettings, InputSection):
    """A file, for example `file:show.jsonl.gz`: a recording of this program, a table with times and
    feelings, or a take of the Live Link Face app. It is played in time.

    When its end is reached and no other input is configured, except `demo`, the bridge stops.
    """

    reloaded: ClassVar = OnReload.REOPEN
    reloaded_otherwise: ClassVar = InputSection.reloaded_otherwise

    speed: Number = Field(1.0, gt=0, le=100, description="The speed; 2 is twice as fast.")
    loop: bool = Field(False, description="Start again at the end.")
    as_recorded: bool = Field(
        False,
        description="true sends the faces in a recording unchanged; false makes new faces from "
        "its updates. A take of the Live Link Face app has only faces.",
    )
    stream: StreamName = Field(MAIN_STREAM, description="The stream to use if the file names none.")

    @property
    def path(self) -> Path:
        """The file."""
        place = self.from_.strip()[len("file:") :].removeprefix("//")
        return Path(place[1:] if _ROOT_OF_WINDOWS.match(place) else place)

    @property
    def address(self) -> Address:
        return Address("file", path=str(self.path))

    @property
    def name(self) -> str:
        return f"file {self.path.name}"

    def exclusive_claim(self) -> str:
        return f"input file:{self.path}"

    @field_validator("from_")
    @classmethod
    def _address_is_sound(cls, value: str) -> str:
        if not value.strip()[len("file:") :].strip("/"):
            raise ValueError(f"{value}: expected the path of a file, as in file:show.jsonl.gz")
        return value


AnyInput = Annotated[
    Annotated[StdinSection, Tag("from stdin")]
    | Annotated[ChatSection, Tag("from stdin:chat")]
    | Annotated[TextSection, Tag("from stdin:text")]
    | Annotated[OscInputSection, Tag("from osc")]
    | Annotated[MqttSection, Tag("from mqtt")]
    | Annotated[NatsInputSection, Tag("from nats")]
    | Annotated[DemoSection, Tag("from demo")]
    | Annotated[OverlaySection, Tag("from face")]
    | Annotated[FileSection, Tag("from file")]
    | Annotated[LslInputSection, Tag("from lsl")],
    Discriminator(tag_by_scheme("from", SCHEMES)),
    BeforeValidator(
        from_address("from", SCHEMES),
        json_schema_input_type=str
        | StdinSection
        | ChatSection
        | TextSection
        | OscInputSection
        | MqttSection
        | NatsInputSection
        | DemoSection
        | OverlaySection
        | FileSection
        | LslInputSection,
    ),
]

AnySource = AnyInput | WebSection
"""The settings of whatever posts updates."""
