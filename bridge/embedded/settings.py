"""The settings of a bridge inside another program: the usual ones, without standard input."""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from bridge.config.inputs import AnyInput
from bridge.config.reading import ConfigError, read_settings
from bridge.config.settings import Settings, one_alone

CONFIGURATION = str | os.PathLike[str] | dict[str, Any] | None
"""The path of a YAML file, a dict of settings, or None for the defaults."""

_GIVEN_BY = "Bridge()"
"""What a mistake names that is in no file."""


class EmbeddedSettings(Settings):
    """All settings of affect-bridge. Without `inputs` there are none: standard input belongs to
    the program."""

    inputs: Annotated[list[AnyInput], Field(max_length=64), BeforeValidator(one_alone)] = Field(
        [], description="Where feelings come from, in addition to the program."
    )


def read_embedded(configuration: CONFIGURATION, given: dict[str, Any]) -> Settings:
    """Read the configuration of an embedded bridge.

    Args:
        given: settings that replace those of `configuration`.

    Raises:
        ConfigError: all mistakes, one a line, as the command prints them.
    """
    path = None
    if isinstance(configuration, dict):
        given = {**configuration, **given}
    elif isinstance(configuration, str | os.PathLike):
        path = Path(configuration)
    elif configuration is not None:
        kind = type(configuration).__name__
        raise ConfigError(f"{_GIVEN_BY}: expected the path of a file or a dict, not {kind}")
    return read_settings(path, given, kind=EmbeddedSettings, given_by=_GIVEN_BY)
