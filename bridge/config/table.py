"""Settings that say what the columns and numbers of a table are."""

from typing import Annotated, Literal

from pydantic import Field

from bridge.config.columns import Columns, only
from bridge.config.scale import AnyScales
from bridge.config.section import Number, Section
from bridge.emotion.scale import UNSCALED, Scales

COLUMNS = ("time", "valence", "arousal", "dominance", "emotion", "intensity", "stream")
"""What a column may be. Others are not read."""

TimeUnit = Literal["auto", "seconds", "milliseconds", "iso", "frames"]


class TableSettings(Section):
    """What the columns and numbers of a table are."""

    columns: Annotated[Columns, only(COLUMNS)] = Field(
        {},
        description="The names of the columns of a table: `{time: t, valence: v, arousal: a}`. "
        f"Known names: {', '.join(COLUMNS)}. By default, the usual names are found.",
    )
    scale: AnyScales = Field(
        None,
        description="The scale of the numbers of a table, as in `[1, 9]`, in any form that other "
        "inputs take.",
    )
    dominance: Literal["estimate", "keep"] = Field(
        "estimate",
        description="If a table has no dominance, estimate it from valence and arousal, or keep "
        "its last value.",
    )
    time: TimeUnit = Field(
        "auto",
        description="What the times of a table are: seconds, milliseconds, iso (a date with a "
        "time, or a clock time) or frames. auto decides by the column's name and its first value.",
    )
    frame_rate: Number | None = Field(
        None,
        gt=0,
        le=1000,
        description="Frames a second, for times that are frame numbers or timecodes. The default "
        "for timecodes is 60.",
    )

    @property
    def scales(self) -> Scales:
        """The same for the reader of rows."""
        return UNSCALED if self.scale is None else self.scale.scales
