"""The settings that every trigger has."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, field_validator, model_validator

from bridge.config.address import Address, parse_address
from bridge.config.output_section import OutputSection
from bridge.config.section import Number, OnReload, Section, refuse_switch
from bridge.config.stream_name import StreamNameOrEvery, every_stream_by_template
from bridge.emotion.names import parts_of
from bridge.emotion.streams import MAIN_STREAM

_RELEASE = 2 / 3


class TriggerSection(Section):
    """The settings that every trigger has."""

    reloaded_otherwise: ClassVar = {"to": OnReload.REOPEN}

    emotion: str = Field(
        min_length=1,
        max_length=200,
        description="The emotion that fires the trigger: a name or a mixture that the bridge "
        "understands, such as joy, Freude or sadness+fear.",
    )
    stream: StreamNameOrEvery = Field(
        MAIN_STREAM,
        description="The stream whose feeling counts. * means every stream, each for itself.",
    )
    above: Number = Field(
        0.45,
        gt=0,
        le=1,
        description="The trigger fires when the emotion is at least this strong. With the "
        "default, half of an emotion fires it, alone or in a mixture of two.",
    )
    below: Number | None = Field(
        None,
        gt=0,
        le=1,
        description="The emotion is over when it is weaker than this. The default is two thirds of "
        "above.",
    )
    for_: Annotated[float, Field(ge=0, le=60), BeforeValidator(refuse_switch)] = Field(
        0.2,
        alias="for",
        description="Seconds that the emotion must stay above before the trigger fires.",
    )
    to: str = Field(description="The program to send to, as an address.")

    @property
    def released_below(self) -> float:
        return _RELEASE * self.above if self.below is None else self.below

    @property
    def address(self) -> Address:
        """The host and the port."""
        raise NotImplementedError

    @property
    def action(self) -> str:
        """What it does, for people."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """Its name in the log and in the status."""
        stream = "" if self.stream == MAIN_STREAM else f"{self.stream}: "
        return f"{stream}{self.emotion} → {self.action}"

    @field_validator("emotion")
    @classmethod
    def _emotion_is_known(cls, value: str) -> str:
        parts_of(value)
        return value

    @model_validator(mode="before")
    @classmethod
    def _streams_told_apart(cls, value: object) -> object:
        return every_stream_by_template(value)

    @model_validator(mode="after")
    def _released_below_above(self) -> "TriggerSection":
        if self.below is not None and self.below > self.above:
            raise ValueError(f"below {self.below:g} is more than above {self.above:g}")
        return self


class ProgramTrigger(TriggerSection):
    """A trigger that uses the connection of an output, if there is one to the same program."""

    program: ClassVar[str]
    """Its name as its makers write it."""
    scheme: ClassVar[str]
    port: ClassVar[int]
    output: ClassVar[type[OutputSection]]

    @property
    def address(self) -> Address:
        return parse_address(self.to, {self.scheme}, default_port=self.port)

    def output_among(self, outputs: Iterable[OutputSection]) -> OutputSection | None:
        """The output whose connection it uses; None if it needs its own.

        Raises:
            ValueError: several outputs fit.
        """
        bare = self.to.strip().lower() == self.scheme  # any address
        found = [
            output
            for output in outputs
            if isinstance(output, self.output) and (bare or output.address == self.address)
        ]
        fitting = [output for output in found if output.stream == self.stream] or found
        if len({output.address for output in fitting}) > 1:
            raise ValueError(
                f"{self.name}: there are several outputs to {self.program}; say which one, as in "
                f"to: {fitting[0].to}"
            )
        return fitting[0] if fitting else None
