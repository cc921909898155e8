"""Settings of the outputs."""

import socket
import uuid
from abc import abstractmethod
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from bridge.config.address import Address, parse_address
from bridge.config.section import Section, Whole, from_address, tag_by_scheme
from bridge.update import EVERY_STREAM, LONGEST_STREAM, MAIN_STREAM, is_stream_name
from protocols import livelink, vmc
from protocols.arkit import spelled
from protocols.face import Encoder
from protocols.livelink import LiveLinkEncoder
from protocols.oscblendshapes import DEFAULT_ADDRESS, Layout, OscBlendshapesEncoder
from protocols.vmc import VmcEncoder

SCHEMES = {"vmc": "to vmc", "livelink": "to livelink", "osc": "to osc"}

_BROADCAST_SLACK = Fraction(1, 2000)  # people write 29.97 and 23.976 for 29.97003 and 23.97602


def _names_in_words(value: object) -> object:
    if value in ("pascal", "camel"):
        return value
    if isinstance(value, dict) and all(isinstance(name, str) for name in value.values()):
        return value
    raise ValueError(f"{value!r}: expected pascal, camel, or a map from ARKit names to others")


Names = Annotated[Literal["pascal", "camel"] | dict[str, str], BeforeValidator(_names_in_words)]


class OutputSection(Section):
    """What every output can be told."""

    to: str = Field(description="Where faces go, as an address.")
    stream: str = Field(
        MAIN_STREAM,
        description="The stream to show; * shows every stream, where {stream} tells them apart.",
    )
    every: Whole = Field(
        1, ge=1, le=240, description="Send every Nth frame: 2 halves this output's rate."
    )

    @property
    def address(self) -> Address:
        return parse_address(self.to, SCHEMES, default_port=self.default_port())

    @property
    def name(self) -> str:
        """What the logs and the status line call this output."""
        return f"{self.address.scheme} {self.address.place}"

    @classmethod
    def default_port(cls) -> int | None:
        return None

    @abstractmethod
    def encoder(self, stream: str, fps: float) -> Encoder:
        """The encoder of one stream, in a daemon that makes `fps` frames a second.

        Raises:
            ValueError: the settings ask for what the dialect cannot say.
        """

    @field_validator("to")
    @classmethod
    def _address_is_sound(cls, value: str) -> str:
        parse_address(value, SCHEMES, default_port=cls.default_port())
        return value

    @field_validator("stream")
    @classmethod
    def _stream_can_be_named(cls, value: str) -> str:
        if value != EVERY_STREAM and not is_stream_name(value):
            raise ValueError(
                f"{value!r}: expected 1–{LONGEST_STREAM} bytes, no spaces, slashes or wildcards"
            )
        return value

    @model_validator(mode="before")
    @classmethod
    def _streams_told_apart(cls, value: object) -> object:
        if isinstance(value, dict) and "{stream}" in str(value.get("to")):
            return {"stream": EVERY_STREAM, **value}
        return value

    @model_validator(mode="after")
    def _one_face_per_receiver(self) -> "OutputSection":
        if self.stream == EVERY_STREAM and "{stream}" not in self.to:
            raise ValueError(
                "stream * needs {stream} in the address, to tell the streams apart; "
                "a VMC receiver shows one stream, so give each stream an output"
            )
        return self

    @model_validator(mode="after")
    def _can_be_encoded(self) -> "OutputSection":
        self.encoder("s" * LONGEST_STREAM, 60.0)
        return self


class VmcSection(OutputSection):
    """VMC, for example `vmc://127.0.0.1:39539`: VSeeFace, Warudo, VNyan, Unity (EVMC4U)."""

    names: Names = Field(
        "pascal",
        description="How the model spells its blendshapes: pascal (EyeBlinkLeft), camel "
        "(eyeBlinkLeft), or a map from ARKit names.",
    )
    bundle: bool = Field(
        True, description="Send bundles of up to 1400 bytes; false sends single messages."
    )

    @classmethod
    def default_port(cls) -> int:
        return vmc.MARIONETTE_PORT

    @field_validator("to")
    @classmethod
    def _no_path(cls, value: str) -> str:
        if path := parse_address(value, SCHEMES, cls.default_port()).path:
            raise ValueError(f"a VMC address ends after its port; what is {path!r}?")
        return value

    def encoder(self, stream: str, fps: float) -> Encoder:
        return VmcEncoder(spelled(self.names), bundled=self.bundle)


class LiveLinkSection(OutputSection):
    """Live Link Face, for example `livelink://127.0.0.1:11111/Subject`: Unreal. The subject may
    contain {stream}."""

    @classmethod
    def default_port(cls) -> int:
        return livelink.PORT

    @property
    def subject(self) -> str:
        return self.address.path or "AffectBridge"

    def encoder(self, stream: str, fps: float) -> Encoder:
        rate = frame_rate(fps) / self.every
        subject = self.subject.replace("{stream}", stream)
        device = device_id(stream, subject)
        return LiveLinkEncoder(subject, device, rate, frame_divisor=self.every)


def frame_rate(fps: float) -> Fraction:
    """The rate as a true ratio: 29.97 is 30000/1001, as 23.976 and 59.94 are of that family."""
    broadcast = Fraction(round(fps * 1.001) * 1000, 1001)
    if fps != round(fps) and abs(broadcast - Fraction(fps)) < _BROADCAST_SLACK:
        return broadcast
    return Fraction(fps).limit_denominator(1000)


def device_id(stream: str, subject: str) -> str:
    """A UUID that stays the same for this machine, stream and subject, and is no other's."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{socket.gethostname()}/{stream}/{subject}"))


class OscOutputSection(OutputSection):
    """Plain OSC, for example `osc://127.0.0.1:8000/blendshape/{name}`: Unity, Unreal, anything."""

    layout: Layout = Field(
        "per_shape",
        description="per_shape: one message a shape; array: one message of 52 floats; indexed: "
        "index and weight.",
    )
    names: Names = Field("camel", description="How {name} is spelled: camel, pascal or a map.")
    scale: Literal[1, 100] = Field(1, description="What a weight of 1 is sent as.")
    bundle: bool = Field(
        True, description="Send bundles of up to 1400 bytes; false sends single messages."
    )

    @property
    def osc_address(self) -> str:
        path = self.address.path
        return f"/{path}" if path else DEFAULT_ADDRESS[self.layout]

    def encoder(self, stream: str, fps: float) -> Encoder:
        return OscBlendshapesEncoder(
            self.osc_address,
            layout=self.layout,
            names=spelled(self.names),
            scale=self.scale,
            stream=stream,
            bundled=self.bundle,
        )


AnyOutput = Annotated[
    Annotated[VmcSection, Tag("to vmc")]
    | Annotated[LiveLinkSection, Tag("to livelink")]
    | Annotated[OscOutputSection, Tag("to osc")],
    Discriminator(tag_by_scheme("to", SCHEMES)),
    BeforeValidator(from_address("to", SCHEMES)),
]
