"""The settings that every output has."""

from typing import ClassVar

from pydantic import Field, model_validator

from bridge.config.address import Address, parse_address
from bridge.config.receivers import RECEIVERS
from bridge.config.section import OnReload, Section, Whole
from bridge.config.stream_name import StreamNameOrEvery, every_stream_by_template
from bridge.emotion.streams import EVERY_STREAM, MAIN_STREAM


class OutputSection(Section):
    """The settings that every output has."""

    reloaded: ClassVar = OnReload.REOPEN

    to: str = Field(description="Where faces go, as an address.")
    receiver: str | None = Field(
        None,
        description="The program that receives the face. Its defaults apply.",
    )
    stream: StreamNameOrEvery = Field(
        MAIN_STREAM,
        description="The stream to show. * shows every stream and needs {stream} in the address.",
    )
    every: Whole = Field(
        1, ge=1, le=240, description="Send every Nth frame; 2 halves the rate of this output."
    )

    @property
    def address(self) -> Address:
        scheme = self.to.split(":", 1)[0].strip().lower()  # known: it selected this section
        return parse_address(self.to, {scheme}, default_port=self.usual_port())

    @property
    def name(self) -> str:
        """Its name in the logs and in the status line."""
        return f"{self.address.scheme} {self.address.place}"

    @property
    def caution(self) -> str:
        """What a user of the named receiver should know."""
        return RECEIVERS[self.receiver].caution if self.receiver else ""

    @property
    def given_up_first(self) -> bool:
        """Whether a reload closes it before it opens others, because it holds something that only
        one output can have: a port, a client id, a session."""
        return True

    def exclusive_claim(self) -> str:
        """What only one input or output may use, in words that follow "duplicate"; empty if there
        is nothing."""
        return ""

    @property
    def tells_streams_apart(self) -> bool:
        """Whether receivers can tell the streams of this output apart."""
        return "{stream}" in self.to

    def usual_port(self) -> int | None:
        """The port to use when the address has none."""
        return None

    @model_validator(mode="before")
    @classmethod
    def _streams_told_apart(cls, value: object) -> object:
        return every_stream_by_template(value)

    @model_validator(mode="after")
    def _one_face_per_receiver(self) -> "OutputSection":
        if self.stream == EVERY_STREAM and not self.tells_streams_apart:
            raise ValueError(
                "stream * needs {stream} in the address; for a receiver that shows one stream, "
                "write an output for each stream, or give each stream a port (ports: 8)"
            )
        return self
