"""The setting `scale`: what the numbers of an input mean."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from bridge.config.section import Number, Section
from bridge.emotion.scale import AXES, UNSCALED, Scale, Scales

_OF_ONE = frozenset({"range", "neutral", "invert"})


class ScaleSection(Section):
    """The numbers of one axis."""

    range: Annotated[list[Number], Field(min_length=2, max_length=2)] = Field(
        description="The lowest and the highest number."
    )
    neutral: Number | None = Field(
        None, description="The number that is neutral. The default is the middle."
    )
    invert: bool = Field(False, description="Read the lowest number as the highest.")

    @model_validator(mode="after")
    def _ends_are_ends(self) -> Self:
        low, high = self.range
        if not low < high:
            raise ValueError(
                f"range [{low:g}, {high:g}]: expected the lower number first; "
                "`invert: true` turns an axis round"
            )
        if self.neutral is not None and not low <= self.neutral <= high:
            raise ValueError(f"neutral {self.neutral:g} is outside the range")
        return self

    @property
    def scale(self) -> Scale:
        """The same for the reader of messages."""
        low, high = self.range
        return Scale(low, high, self.neutral, self.invert)


def _range_alone(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return {"range": list(value)}
    if value is None or isinstance(value, dict | Section):
        return value
    raise ValueError(f"{value!r}: expected two numbers, as in [0, 1], or settings with a range")


OneScale = Annotated[
    ScaleSection | None,
    BeforeValidator(_range_alone, json_schema_input_type=list[float] | ScaleSection | None),
]


class ScalesSection(Section):
    """The numbers of each axis. An axis that is not given goes from -1 to 1."""

    valence: OneScale = Field(None, description="The scale of valence.")
    arousal: OneScale = Field(None, description="The scale of arousal.")
    dominance: OneScale = Field(None, description="The scale of dominance.")
    intensity: OneScale = Field(
        None, description="The scale of the intensity of a named emotion. The default is 0 to 1."
    )

    @property
    def scales(self) -> Scales:
        """The same for the reader of messages."""
        given = {axis: getattr(self, axis) for axis in Scales._fields}
        return UNSCALED._replace(**{axis: one.scale for axis, one in given.items() if one})


def _for_all_axes(value: Any) -> Any:
    """One scale for all: intensities have the part of it that is not negative."""
    one = _range_alone(value) if not isinstance(value, dict) or _OF_ONE & value.keys() else None
    if not isinstance(one, dict):
        return value
    scales = dict.fromkeys(AXES, one)
    match one.get("range"):
        case [int() | float() as low, int() | float() as high] if low < high and high > 0:
            return {**scales, "intensity": {"range": [max(low, 0), high]}}
    return scales


AnyScales = Annotated[
    ScalesSection | None,
    BeforeValidator(
        _for_all_axes, json_schema_input_type=list[float] | ScaleSection | ScalesSection | None
    ),
]
