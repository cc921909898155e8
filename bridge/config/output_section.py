"""What every output can be told."""

from typing import ClassVar

from pydantic import Field, field_validator, model_validator

from bridge.config.address import Address, parse_address
from bridge.config.receivers import RECEIVERS
from bridge.config.section import OnReload, Section, Whole
from bridge.emotion.streams import EVERY_STREAM, LONGEST_STREAM, MAIN_STREAM, is_stream_name


class OutputSection(Section):
    """What every output can be told."""

    reloaded: ClassVar = OnReload.ANEW

    to: str = Field(description="Where faces go, as an address.")
    receiver: str | None = Field(
        None,
        description="The program at the other end, when it was named; its defaults are used.",
    )
    stream: str = Field(
        MAIN_STREAM,
        description="The stream to show; * shows every stream, where {stream} tells them apart.",
    )
    every: Whole = Field(
        1, ge=1, le=240, description="Send every Nth frame: 2 halves this output's rate."
    )

    @property
    def address(self) -> Address:
        scheme = self.to.split(":", 1)[0].strip().lower()  # known, or this section were not chosen
        return parse_address(self.to, {scheme}, default_port=self.usual_port())

    @property
    def name(self) -> str:
        """What the logs and the status line call this output."""
        return f"{self.address.scheme} {self.address.place}"

    @property
    def caution(self) -> str:
        """What a user of the receiver that was named should know."""
        return RECEIVERS[self.receiver].caution if self.receiver else ""

    @property
    def given_up_first(self) -> bool:
        """Whether a reload closes it before it opens others, because it holds what can be had only
        once: a port, a name at a broker, a session."""
        return True

    def exclusive_claim(self) -> str:
        """What no input and no other output may want too; empty if there is nothing."""
        return ""

    def usual_port(self) -> int | None:
        """The port that is meant when the address names none."""
        return None

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
                "a receiver that shows one stream needs an output of its own for each"
            )
        return self
