"""What all sections of the configuration share."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bridge.config.address import check_scheme, refuse_password, scheme_of, split_options


class OnReload(StrEnum):
    """What a reload does with a setting that has changed."""

    AT_ONCE = "at once"
    """It applies from the next frame, and nothing is interrupted."""
    REOPEN = "reopen"
    """The input, output or port that it belongs to is closed and opened again."""
    RESTART = "restart"
    """Nothing changes before a restart; a warning says so."""


class Section(BaseModel):
    """Settings that refuse unknown keys and cannot be changed."""

    reloaded: ClassVar[OnReload] = OnReload.AT_ONCE
    """What a reload does with a change of these settings."""
    reloaded_otherwise: ClassVar[Mapping[str, OnReload]] = {}
    """The settings that a reload treats differently."""

    model_config = ConfigDict(
        extra="forbid",
        # The settings as a whole build what they need; each section by itself would take an eighth
        # of the start.
        defer_build=True,
        frozen=True,
        allow_inf_nan=False,
        populate_by_name=True,
        coerce_numbers_to_str=True,  # a stream may be called 7, and YAML reads that as a number
    )

    @classmethod
    def on_reload(cls, setting: str) -> OnReload:
        """What a reload does with a change of this setting, given as a field of the class."""
        return cls.reloaded_otherwise.get(setting, cls.reloaded)


def refuse_switch(value: Any) -> Any:
    if isinstance(value, bool):  # Python treats them as 0 and 1
        raise ValueError(f"{value!r}: expected a number")
    return value


Number = Annotated[float, BeforeValidator(refuse_switch)]
Whole = Annotated[int, BeforeValidator(refuse_switch)]
Seconds = Annotated[float, Field(gt=0, le=86400), BeforeValidator(refuse_switch)]


def _hold_in_words(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if value == "forever" or (number and 0 < value <= 86400):
        return value
    raise ValueError(f"{value!r}: expected seconds, more than 0 up to 86400, or forever")


Hold = Annotated[Seconds | Literal["forever"], BeforeValidator(_hold_in_words)]


def from_address(key: str, schemes: Mapping[str, str]) -> Callable[[Any], Any]:
    """A reader for one input or output: an address, or a map with an address under `key`.

    `schemes` maps each known scheme to the tag of its section. Options after `?` become settings.
    """

    def expand(value: Any) -> Any:
        if isinstance(value, Section):
            return value
        if isinstance(value, str):
            value = {key: value}
        if not isinstance(value, dict) or not isinstance(value.get(key), str):
            raise ValueError(f"expected an address, or settings with an address as {key!r}")
        refuse_password(value[key])
        check_scheme(value[key], schemes)
        address, options = split_options(value[key])
        for option in options:
            if option in value:
                raise ValueError(f"{option} is both in the address and next to it; give it once")
        return {**value, **options, key: address}

    return expand


def tag_by_scheme(key: str, schemes: Mapping[str, str]) -> Callable[[Any], str | None]:
    """A function that gives the tag of a map, or of a section that was already read."""

    def tag(value: Any) -> str | None:
        given = value if isinstance(value, dict) else value.model_dump(by_alias=True)
        address: str = given[key]
        return schemes.get(scheme_of(address, schemes))

    return tag
