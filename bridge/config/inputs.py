"""Settings of the inputs."""

import importlib.util
import ipaddress
import re
import sys
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, field_validator

from bridge.config.address import Address, parse_address
from bridge.config.messages import MessageSettings
from bridge.config.mqtt import MqttSettings, client_id_field, usual_port
from bridge.config.section import (
    Hold,
    Number,
    OnReload,
    Seconds,
    Section,
    Whole,
    from_address,
    tag_by_scheme,
)
from bridge.config.table import TableSettings
from bridge.config.topic_filter import TopicFilter, parse_topic_filter
from bridge.emotion.osc_addresses import STREAM, meant
from bridge.emotion.reading import ReadingSettings
from bridge.emotion.streams import LONGEST_STREAM, MAIN_STREAM, is_stream_name
from bridge.emotion.tags import DIALECTS, Dialect
from bridge.emotion.words import HOLD

SCHEMES = {
    "stdin": "from stdin",
    "stdin:chat": "from stdin:chat",
    "stdin:text": "from stdin:text",
    "osc": "from osc",
    "mqtt": "from mqtt",
    "mqtts": "from mqtt",
    "ws": "from mqtt",
    "wss": "from mqtt",
    "demo": "from demo",
    "vmc": "from face",
    "livelink": "from face",
    "ifacialmocap": "from face",
    "facecap": "from face",
    "file": "from file",
}


def _stream_can_be(value: str) -> str:
    if not is_stream_name(value):
        raise ValueError(f"{value!r} is not a name that a stream may have")
    return value


StreamName = Annotated[str, Field(max_length=LONGEST_STREAM), AfterValidator(_stream_can_be)]


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


class StandardInputSection(InputSection):
    """What every input has that reads standard input. There is one of them at most."""

    reloaded: ClassVar = OnReload.AT_ONCE  # a thread that waits in a read cannot be stopped
    reloaded_otherwise: ClassVar = {"from_": OnReload.RESTART}

    hold_at_end: Seconds = Field(
        2.0,
        description="Seconds until the last update expires after standard input has closed, when "
        "its hold is forever and there is no other input except demo.",
    )

    def exclusive_claim(self) -> str:
        return "input stdin"


class StdinSection(StandardInputSection, MessageSection):
    """Standard input, `stdin`: one update a line. Only a restart adds or removes it.

    When standard input closes and no other input is configured, except `demo`, the bridge stops
    once the last update has expired. If standard input is /dev/null, as in a service or a
    container, and there is a `demo`, the bridge plays the demo until it is stopped.
    """

    reloaded: ClassVar = StandardInputSection.reloaded
    reloaded_otherwise: ClassVar = StandardInputSection.reloaded_otherwise


def _words_can_be_read(needed_by: str) -> None:
    if importlib.util.find_spec("vaderSentiment") is None:
        raise ValueError(
            f"{needed_by} needs vaderSentiment, which is not installed; run: "
            f"{sys.executable} -m pip install vaderSentiment"
        )


class ChatSection(StandardInputSection):
    """The text of a chatbot on standard input, `stdin:chat`. The same text without its tags leaves
    on standard output at once, so that a program that speaks can follow:
    `chatbot | affect-bridge run --from stdin:chat | speech`. The text is UTF-8, and may come a
    character at a time. Only a restart adds or removes this input. It ends as `stdin` does.
    """

    stream: StreamName = Field(MAIN_STREAM, description="The stream that shows the emotions.")
    tags: list[Dialect] = Field(
        [*DIALECTS],
        max_length=len(DIALECTS),
        description="The kinds of tags that are taken out of the text and shown: brackets as in "
        "`[joy]`, parentheses as in `(happy)`, braces as in `{happy 8.5}`, actions as in "
        '`*smiles*`, elements as in <face name="joy"/>, double_angles as in <<apologetic>>, and '
        "control: words in angle brackets and bars, as speech recognisers write them.",
    )
    pace: Literal["text", "speech"] = Field(
        "text",
        description="When a tag shows. text: as soon as it is read. speech: when the voice reaches "
        "the words after it. A speaker says how far it is with the cue `spoken`; without it, "
        "`words_a_minute` stands in.",
    )
    untagged: Literal["ignore", "read"] = Field(
        "ignore",
        description="What to do with sentences that no tag belongs to. read: show the feeling of "
        f"their English words, for {HOLD:g} seconds at most. A tag counts until the end of its "
        "line. It needs vaderSentiment: pip install '.[text]' where affect-bridge was installed "
        "from.",
    )
    words_a_minute: Number = Field(
        160.0,
        ge=10,
        le=1000,
        description="How fast the voice is with `pace: speech`, while no speaker says how far it "
        "is. A word counts as 6 characters.",
    )

    @field_validator("untagged")
    @classmethod
    def _is_installed(cls, value: str) -> str:
        if value == "read":
            _words_can_be_read("untagged: read")
        return value


class TextSection(StandardInputSection):
    """Text on standard input, `stdin:text`: lines or running text. The feeling of each sentence is
    read from its English words; a sentence that has none changes nothing. Only a restart adds or
    removes this input. It ends as `stdin` does. It needs vaderSentiment: `pip install '.[text]'`
    where affect-bridge was installed from.
    """

    hold: Hold = Field(
        HOLD,
        description="Seconds until the feeling of a sentence expires, or forever. The default is "
        "how long 20 words take to say.",
    )
    stream: StreamName = Field(MAIN_STREAM, description="The stream that shows the feelings.")

    @field_validator("from_")
    @classmethod
    def _is_installed(cls, value: str) -> str:
        _words_can_be_read("stdin:text")
        return value


class DemoSection(InputSection):
    """A tour through the emotions, `demo`. It shows only while no other input has an update."""

    priority: Whole = Field(
        -10, ge=-100, le=100, description=InputSection.model_fields["priority"].description
    )


def _network_in_words(value: object) -> object:
    try:
        ipaddress.ip_network(str(value), strict=False)
    except ValueError:
        raise ValueError(
            f"{value!r}: expected an address or a network, as in 192.168.1.7 or 192.168.0.0/16"
        ) from None
    return value


Network = Annotated[str, BeforeValidator(_network_in_words)]


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


class MqttSection(MqttSettings, MessageSection):
    """MQTT, for example `mqtt://user@host:1883/affect/+/set`. The level of the topic at the `+` is
    the name of the stream; where there is more than one, `{stream}` says which:
    `mqtt://host/game/{zone}/npc/{stream}/emotion`. `mqtts://` uses TLS; `ws://` and `wss://` use
    WebSocket."""

    client_id: str = client_id_field("affect-bridge-<this machine>")
    qos: Literal[0, 1, 2] = Field(1, description="Quality of service of the subscription.")
    retained: Literal["apply", "ignore"] = Field(
        "apply",
        description="What to do with the message that the broker retains for a topic and sends "
        "first: apply or ignore it. One that comes again after a lost connection is not applied "
        "again, so that newer messages stay in force.",
    )

    @property
    def address(self) -> Address:
        return parse_address(self.from_, SCHEMES, default_port=usual_port(self.from_))

    @property
    def topics(self) -> TopicFilter:
        """The topics to subscribe to, and the level that is the stream."""
        return parse_topic_filter(self.address.path)

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


class OverlaySection(InputSection):
    """The face of another program (lip-sync, a camera tracker), for example
    `vmc://127.0.0.1:39541`. It is merged into a stream's face as `face.merge` says. While it moves
    the jaw, the stream counts as speaking."""

    stream: StreamName = Field(MAIN_STREAM, description="The stream into whose face it is merged.")
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

    speed: Number = Field(1.0, gt=0, le=100, description="2 plays twice as fast.")
    loop: bool = Field(False, description="Start again at the end.")
    as_recorded: bool = Field(
        False,
        description="Show the faces that a recording holds, instead of making new ones from its "
        "updates. A take of the Live Link Face app has only faces.",
    )
    stream: str = Field(
        MAIN_STREAM,
        max_length=LONGEST_STREAM,
        description="The stream of a file that names none.",
    )

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

    @field_validator("stream")
    @classmethod
    def _stream_can_be(cls, value: str) -> str:
        if not is_stream_name(value):
            raise ValueError(f"{value!r} is not a name that a stream may have")
        return value


AnyInput = Annotated[
    Annotated[StdinSection, Tag("from stdin")]
    | Annotated[ChatSection, Tag("from stdin:chat")]
    | Annotated[TextSection, Tag("from stdin:text")]
    | Annotated[OscInputSection, Tag("from osc")]
    | Annotated[MqttSection, Tag("from mqtt")]
    | Annotated[DemoSection, Tag("from demo")]
    | Annotated[OverlaySection, Tag("from face")]
    | Annotated[FileSection, Tag("from file")],
    Discriminator(tag_by_scheme("from", SCHEMES)),
    BeforeValidator(
        from_address("from", SCHEMES),
        json_schema_input_type=str
        | StdinSection
        | ChatSection
        | TextSection
        | OscInputSection
        | MqttSection
        | DemoSection
        | OverlaySection
        | FileSection,
    ),
]
