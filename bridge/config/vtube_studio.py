"""Settings of outputs to VTube Studio."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from bridge.config.address import parse_address
from bridge.config.output_section import OutputSection
from bridge.emotion.streams import EVERY_STREAM
from bridge.secrets.state_directory import state_directory
from protocols.vtubestudio.messages import PORT
from protocols.vtubestudio.parameters import (
    Input,
    Parameter,
    custom_inputs,
    custom_parameters,
    default_inputs,
)

SCHEME = "vtube-studio"

_DISCOVER = "discover"


class VTubeStudioSection(OutputSection):
    """VTube Studio by its plugin API, for example `vtube-studio://127.0.0.1:8001`, or
    `vtube-studio://discover` for one that announces itself. VTube Studio asks its user for
    permission once."""

    parameters: Literal["custom", "default", "both"] = Field(
        "custom",
        description="What to set: custom parameters, one for each of the 52 shapes, to choose as "
        "inputs in the model's settings; VTube Studio's default inputs (MouthSmile, Brows, "
        "EyeOpenLeft, …), in place of its own tracking; or both.",
    )
    prefix: str = Field(
        "Affect",
        description="What the names of custom parameters begin with: AffectJawOpen. 1–13 letters "
        "and digits.",
    )
    angles: bool = Field(
        False,
        description="Set the head too, and send the angles of head and eyes as nine more custom "
        "parameters.",
    )
    mirror: bool = Field(
        False,
        description="Swap left and right in the default inputs, for models that are set up as a "
        "mirror image of their user.",
    )
    face_found: bool = Field(
        True,
        description="Tell VTube Studio that a face is seen, so that a model without a camera does "
        "not look lost.",
    )
    instance: str | None = Field(
        None,
        description="Of several VTube Studios that are discovered, the one with this instance id "
        "or window title.",
    )
    remote: bool = Field(
        False, description="Take a VTube Studio that is discovered on another machine as well."
    )
    token_file: Path | None = Field(
        None,
        description="The file that keeps VTube Studio's permission; a file in the state directory "
        "when not given.",
    )

    def usual_port(self) -> int:
        return PORT

    @property
    def name(self) -> str:
        return f"{SCHEME} {_DISCOVER}" if self.discovered else super().name

    @property
    def discovered(self) -> bool:
        """Whether VTube Studio is looked for, in place of an address."""
        return self.address.host == _DISCOVER

    def token_path(self, host: str, port: int) -> Path:
        """The file that keeps the token of the VTube Studio at this place: each has its own, as a
        token that one of them does not know is thrown away."""
        if self.token_file is not None:
            return self.token_file.expanduser()
        place = "".join(letter if letter.isalnum() or letter in ".-" else "_" for letter in host)
        return state_directory() / f"{SCHEME}-{place}-{port}.token"

    def custom_parameters(self) -> list[Parameter]:
        """The parameters to create."""
        if self.parameters == "default":
            return []
        return custom_parameters(self.prefix, angles=self.angles)

    def inputs(self) -> list[Input]:
        """What to set."""
        custom = custom_inputs(self.prefix, angles=self.angles)
        default = default_inputs(angles=self.angles, mirror=self.mirror)
        return {"custom": custom, "default": default, "both": custom + default}[self.parameters]

    @field_validator("to")
    @classmethod
    def _address_is_sound(cls, value: str) -> str:
        address = parse_address(value, {SCHEME}, default_port=PORT)
        if address.path:
            raise ValueError(
                f"an address of {SCHEME} ends after its port; what is {address.path!r}?"
            )
        if address.host == _DISCOVER and value.lower().rstrip("/") != f"{SCHEME}://{_DISCOVER}":
            raise ValueError(f"discovery finds the port by itself: write {SCHEME}://{_DISCOVER}")
        return value

    @field_validator("stream")
    @classmethod
    def _one_stream(cls, value: str) -> str:
        if value == EVERY_STREAM:
            raise ValueError(
                "VTube Studio shows one stream: name it; another stream needs another VTube "
                "Studio, in an output of its own"
            )
        return value

    @model_validator(mode="after")
    def _belongs_together(self) -> "VTubeStudioSection":
        self.custom_parameters()  # raises ValueError for a prefix that cannot be
        # Whether they were written does not matter: `check` writes every default.
        told = "instance" if self.instance is not None else "remote" if self.remote else ""
        if told and not self.discovered:
            raise ValueError(f"{told} is for {SCHEME}://{_DISCOVER}")
        return self
