"""Settings of the outputs."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from bridge.config.address import Address, parse_address
from bridge.config.section import Section, from_address, tag_by_scheme
from protocols import livelink, vmc
from protocols.arkit import spelled
from protocols.oscblendshapes import DEFAULT_ADDRESS, Layout, check_address

SCHEMES = {"vmc": "to vmc", "livelink": "to livelink", "osc": "to osc"}

EVERY_STREAM = "*"

Names = Literal["pascal", "camel"] | dict[str, str]


class OutputSection(Section):
    """What every output can be told."""

    to: str = Field(description="Where faces go, as an address.")
    stream: str = Field(
        "main",
        min_length=1,
        max_length=64,
        description="The stream to show; * shows every stream, where {stream} tells them apart.",
    )
    every: int = Field(
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

    @field_validator("to")
    @classmethod
    def _address_is_sound(cls, value: str) -> str:
        parse_address(value, SCHEMES, default_port=cls.default_port())
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
            raise ValueError("stream * needs {stream} in the address, to tell the streams apart")
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

    @field_validator("names")
    @classmethod
    def _names_are_known(cls, value: Names) -> Names:
        spelled(value)
        return value


class LiveLinkSection(OutputSection):
    """Live Link Face, for example `livelink://127.0.0.1:11111/Subject`: Unreal. The subject may
    contain {stream}."""

    @classmethod
    def default_port(cls) -> int:
        return livelink.PORT

    @property
    def subject(self) -> str:
        return self.address.path or "AffectBridge"

    @field_validator("to")
    @classmethod
    def _subject_fits(cls, value: str) -> str:
        subject = parse_address(value, SCHEMES, cls.default_port()).path
        # {stream} may become up to 64 characters of up to 4 bytes
        if len(subject.replace("{stream}", "").encode()) > 255:
            raise ValueError("a Live Link subject has at most 255 bytes")
        return value


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

    @field_validator("names")
    @classmethod
    def _names_are_known(cls, value: Names) -> Names:
        spelled(value)
        return value

    @model_validator(mode="after")
    def _address_fits_layout(self) -> "OscOutputSection":
        check_address(self.osc_address, self.layout)
        return self


AnyOutput = Annotated[
    Annotated[VmcSection, Tag("to vmc")]
    | Annotated[LiveLinkSection, Tag("to livelink")]
    | Annotated[OscOutputSection, Tag("to osc")],
    Discriminator(tag_by_scheme("to", SCHEMES)),
    BeforeValidator(from_address("to", SCHEMES)),
]
