"""Settings of the Lab Streaming Layer: streams of samples in a laboratory's network."""

import importlib.util
import re
import sys
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from bridge.config.address import Address
from bridge.config.columns import Columns, only
from bridge.config.input_section import InputSection
from bridge.config.output_section import OutputSection
from bridge.config.scale import AnyScales
from bridge.config.section import OnReload
from bridge.config.stream_name import StreamName
from bridge.emotion.reading import ReadingSettings
from bridge.emotion.scale import UNSCALED
from bridge.emotion.streams import EVERY_STREAM, MAIN_STREAM

SCHEME = "lsl"
COLUMNS = ("valence", "arousal", "dominance")
"""What a channel may be."""
PROPERTIES = ("name", "type", "source_id")
"""By what a stream is found."""

_USUAL_NAME = "affect-bridge"
_LONGEST = 200
_QUERY = re.compile(r"lsl://([a-z_]+)=(.+)", re.IGNORECASE | re.DOTALL)


def _wanted(address: str) -> tuple[str, str]:
    """The property and its value.

    Raises:
        ValueError: another form.
    """
    found = _QUERY.fullmatch(address.strip())
    if found is None or found[1].lower() not in PROPERTIES:
        raise ValueError(
            f"{address}: expected the stream's name, type or source_id, as in lsl://name=Ratings"
        )
    value = found[2]
    if len(value) > _LONGEST or not value.isprintable() or {"'", '"'} <= set(value):
        raise ValueError(f"{address[:60]!r}: expected at most {_LONGEST} printable characters")
    return found[1].lower(), value


def _is_installed() -> None:
    if importlib.util.find_spec("pylsl") is None:
        raise ValueError(
            f"lsl needs pylsl, which is not installed; run: {sys.executable} -m pip install pylsl"
        )


class LslInputSection(InputSection):
    """A stream of the Lab Streaming Layer, for example `lsl://name=Ratings`; also by `type=` or
    `source_id=`. Each sample of numbers is an update. Samples of text are read as messages, such as
    `happiness 0.9`. It needs pylsl: `pip install '.[lsl]'` where affect-bridge was installed from.
    """

    reloaded: ClassVar = OnReload.REOPEN
    reloaded_otherwise: ClassVar = InputSection.reloaded_otherwise

    columns: Annotated[Columns, only(COLUMNS)] = Field(
        {},
        description="The channels, by their labels or their numbers from 1: `{valence: 1, arousal: "
        f"2}}`. Known names: {', '.join(COLUMNS)}. By default, the usual labels are found.",
    )
    scale: AnyScales = Field(
        None,
        description="The scale of the numbers, as in `[1, 9]`, in any form that other inputs take.",
    )
    dominance: Literal["estimate", "keep"] = Field(
        "estimate",
        description="If there is no dominance, estimate it from valence and arousal, or keep its "
        "last value.",
    )
    stream: StreamName = Field(MAIN_STREAM, description="The stream that shows the feelings.")

    @property
    def query(self) -> tuple[str, str]:
        """The property by which the stream is found, and its value."""
        return _wanted(self.from_)

    @property
    def reading(self) -> ReadingSettings:
        scales = UNSCALED if self.scale is None else self.scale.scales
        return ReadingSettings(scales=scales, dominance=self.dominance, labels="latest")

    @property
    def address(self) -> Address:
        return Address(SCHEME, path="=".join(self.query))

    @property
    def name(self) -> str:
        return f"{SCHEME} {self.query[1]}"

    def exclusive_claim(self) -> str:
        return f"input {SCHEME}://{'='.join(self.query)}"

    @field_validator("from_")
    @classmethod
    def _address_is_sound(cls, value: str) -> str:
        _wanted(value)
        _is_installed()
        return value


class LslOutputSection(OutputSection):
    """One stream as an outlet of the Lab Streaming Layer: valence, arousal, dominance, the 52
    weights, and nine rotations in radians, with names and units in its description. `lsl` has the
    name `affect-bridge`; another is written `lsl://name=Face`. It needs pylsl: `pip install
    '.[lsl]'` where affect-bridge was installed from.
    """

    @property
    def stream_name(self) -> str:
        """The name of the outlet."""
        return _wanted(self.to)[1]

    @property
    def address(self) -> Address:
        return Address(SCHEME, path=f"name={self.stream_name}")

    @property
    def name(self) -> str:
        return f"{SCHEME} {self.stream_name}"

    def exclusive_claim(self) -> str:
        return f"output {SCHEME}://name={self.stream_name}; give each outlet its own name"

    @field_validator("to")
    @classmethod
    def _address_is_sound(cls, value: str) -> str:
        if value.strip().lower() == SCHEME:
            value = f"{SCHEME}://name={_USUAL_NAME}"
        if _wanted(value)[0] != "name":
            raise ValueError(f"{value}: expected the name of the outlet, as in lsl://name=Face")
        _is_installed()
        return value

    @field_validator("stream")
    @classmethod
    def _is_one_stream(cls, value: str) -> str:
        if value == EVERY_STREAM:
            raise ValueError("an outlet has one stream; write an output for each stream")
        return value
