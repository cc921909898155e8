"""Settings of the inputs that read messages: what their numbers, columns and keys mean."""

import difflib
from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from bridge.config.scale import AnyScales
from bridge.config.section import OnReload, Section
from bridge.emotion.numbers import MOST_COLUMNS
from bridge.emotion.objects import FIELDS
from bridge.emotion.reading import ReadingSettings
from bridge.emotion.scale import UNSCALED

_NEAR = 0.8


class MessageSettings(Section):
    """How the messages of an input are read."""

    reloaded: ClassVar = OnReload.AT_ONCE

    scale: AnyScales = Field(
        None,
        description="The scale of the numbers: `[0, 1]`, `[1, 9]`, `[0, 100]` or any other, with "
        "neutral in the middle; `{range: [0, 1], neutral: 0.2, invert: true}`; or one for each of "
        "valence, arousal, dominance and intensity: `{arousal: [0, 1], intensity: [0, 100]}`. "
        "The default is -1 to 1, and 0 to 1 for intensity. Numbers more than 5 % outside are "
        "refused.",
    )
    columns: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field(
        [],
        max_length=MOST_COLUMNS,
        description="What each number of a row is: `[time, valence, arousal]`. Columns that are "
        f"not one of {', '.join(FIELDS)} are skipped. The default is valence, arousal and "
        f"dominance.",
    )
    fields: dict[str, Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        {},
        description="The keys of another program's JSON, with dots for keys inside: "
        f"`{{stream: npc.id, emotion: mood, intensity: level}}`. Known names: {', '.join(FIELDS)}.",
    )
    dominance: Literal["estimate", "keep"] = Field(
        "estimate",
        description="If valence and arousal come without dominance, estimate it from them, or "
        "keep its last value. The estimate cannot tell anger from fear.",
    )
    labels: Literal["together", "latest"] = Field(
        "together",
        description="If a sender sends several labels with scores within 50 ms, combine them "
        "into one feeling, or use only the latest.",
    )

    @property
    def reading(self) -> ReadingSettings:
        """The same for the reader of messages."""
        return ReadingSettings(
            scales=UNSCALED if self.scale is None else self.scale.scales,
            columns=tuple(self.columns),
            fields=self.fields,
            dominance=self.dominance,
            labels=self.labels,
        )

    @field_validator("columns")
    @classmethod
    def _columns_say_enough(cls, value: list[str]) -> list[str]:
        _refuse_misspelt(value)
        if value and not ({"valence", "arousal"} <= {*value} or "emotion" in value):
            raise ValueError(f"{value}: expected valence and arousal among them, or emotion")
        if len({*value} & {*FIELDS}) != sum(column in FIELDS for column in value):
            raise ValueError(f"{value}: a column is named twice")
        return value

    @field_validator("fields")
    @classmethod
    def _fields_are_known(cls, value: dict[str, str]) -> dict[str, str]:
        _refuse_misspelt(value)
        for name in value:
            if name not in FIELDS:
                raise ValueError(f"unknown field {name!r}; expected one of {', '.join(FIELDS)}")
        return value


def _refuse_misspelt(names: Iterable[str]) -> None:
    for name in names:
        near = difflib.get_close_matches(name.casefold(), FIELDS, n=1, cutoff=_NEAR)
        if near and name not in FIELDS:
            raise ValueError(f"{name!r}: did you mean {near[0]}?")
