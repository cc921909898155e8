"""Settings of VTube Studio outputs."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from bridge.config.address import parse_address
from bridge.config.output_section import OutputSection
from bridge.emotion.streams import EVERY_STREAM
from bridge.secrets.state_directory import state_directory
from protocols.leave import LEAVE, checked_leave, left_out
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
    """VTube Studio through its plugin API, for example `vtube-studio://127.0.0.1:8001`, or
    `vtube-studio://discover` to find one that announces itself. VTube Studio asks its user for
    permission once."""

    parameters: Literal["custom", "default", "both", "none"] = Field(
        "both",
        description="default: VTube Studio's default inputs (MouthSmile, Brows, EyeOpenLeft, …), "
        "which move any model, instead of its own tracking. custom: one custom parameter for each "
        "of the 52 blendshapes; choose them as inputs in the settings of your model. both: all of "
        "these. none: set nothing; only triggers use the connection.",
    )
    prefix: str = Field(
        "Affect",
        description="The start of the names of custom parameters, as in AffectJawOpen. 1–13 "
        "letters and digits.",
    )
    angles: bool = Field(
        False,
        description="Also set the head, and send the angles of head and eyes as nine more custom "
        "parameters.",
    )
    mirror: bool = Field(
        False,
        description="Swap left and right in the default inputs, for models that mirror their user.",
    )
    face_found: bool = Field(
        True,
        description="Tell VTube Studio that a face is visible; otherwise a model without a camera "
        "shows that tracking was lost.",
    )
    leave: Annotated[tuple[str, ...], BeforeValidator(checked_leave)] = Field(
        (),
        description=f"{LEAVE} A default input that combines several blendshapes is left out if "
        f"one of them is.",
    )
    instance: str | None = Field(
        None,
        description="Use the VTube Studio with this instance id or window title, when several are "
        "discovered.",
    )
    remote: bool = Field(
        False, description="Also accept a VTube Studio that is discovered on another machine."
    )
    token_file: Path | None = Field(
        None,
        description="The file for the token that VTube Studio gives out. The default is a file in "
        "the state directory.",
    )

    def usual_port(self) -> int:
        return PORT

    @property
    def name(self) -> str:
        return f"{SCHEME} {_DISCOVER}" if self.discovered else super().name

    @property
    def discovered(self) -> bool:
        """Whether VTube Studio is discovered instead of given by its address."""
        return self.address.host == _DISCOVER

    def token_path(self, host: str, port: int) -> Path:
        """The file with the token of the VTube Studio at this address. Each VTube Studio has its
        own file, because a token that it does not know is removed."""
        if self.token_file is not None:
            return self.token_file
        place = "".join(letter if letter.isalnum() or letter in ".-" else "_" for letter in host)
        return state_directory() / f"{SCHEME}-{place}-{port}.token"

    def custom_parameters(self) -> list[Parameter]:
        """The parameters to create."""
        if self.parameters in ("default", "none"):
            return []
        return custom_parameters(self.prefix, angles=self.angles, left=left_out(self.leave))

    def inputs(self) -> list[Input]:
        """The parameters to set."""
        if self.parameters == "none":
            return []
        left = left_out(self.leave)
        custom = custom_inputs(self.prefix, angles=self.angles, left=left)
        default = default_inputs(angles=self.angles, mirror=self.mirror, left=left)
        return {"custom": custom, "default": default, "both": custom + default}[self.parameters]

    @field_validator("to")
    @classmethod
    def _address_is_sound(cls, value: str) -> str:
        address = parse_address(value, {SCHEME}, default_port=PORT)
        if address.path:
            raise ValueError(f"{address.path!r}: an address of {SCHEME} has nothing after the port")
        if address.host == _DISCOVER and value.lower().rstrip("/") != f"{SCHEME}://{_DISCOVER}":
            raise ValueError(f"discovery finds the port itself; write {SCHEME}://{_DISCOVER}")
        return value

    @field_validator("stream")
    @classmethod
    def _one_stream(cls, value: str) -> str:
        if value == EVERY_STREAM:
            raise ValueError(
                "VTube Studio shows one stream; name it, and write another output with another "
                "VTube Studio for each other stream"
            )
        return value

    @model_validator(mode="after")
    def _belongs_together(self) -> "VTubeStudioSection":
        self.custom_parameters()  # raises ValueError for an invalid prefix
        if not self.inputs() and self.parameters != "none":
            raise ValueError("leave: no inputs are left to set")
        # A default that is written out does not count: `check` writes every default.
        given = "instance" if self.instance is not None else "remote" if self.remote else ""
        if given and not self.discovered:
            raise ValueError(f"{given} needs {SCHEME}://{_DISCOVER}")
        return self
