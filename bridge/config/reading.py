"""Reads settings, and reports each mistake with its file, line, key and what was expected."""

import difflib
from collections.abc import Collection
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bridge.config import inputs, outputs, settings, triggers
from bridge.config.files import unusable_files, with_full_paths
from bridge.config.health import HealthSection
from bridge.config.recording import RecordSection
from bridge.config.scale import ScaleSection, ScalesSection
from bridge.config.section import Section
from bridge.config.settings import Settings
from bridge.config.web import WebSection
from bridge.config.yaml_file import Location, YamlFile, YamlFileError, read_yaml

_LONGEST_QUOTE = 60
_LONGEST_MISTAKE = 1000


class ConfigError(ValueError):
    """A configuration that cannot be used. The message has one line for each mistake."""


def read_settings(
    path: Path | None,
    overrides: dict[str, Any] | None = None,
    *,
    kind: type[Settings] = Settings,
    given_by: str = "command line",
) -> Settings:
    """Read a configuration. Relative paths in it start at the file's folder.

    Args:
        path: the file; None for the defaults.
        overrides: top-level settings that replace those of the file.
        kind: the settings to read, with their defaults.
        given_by: what a mistake in `overrides` names in place of a file and line.

    Raises:
        ConfigError: all mistakes, each with its file, line and key.
    """
    overrides = overrides or {}
    try:
        file = YamlFile() if path is None else read_yaml(path)
    except YamlFileError as problem:
        raise ConfigError(str(problem)) from problem
    mistakes = [
        (line, f"{_key(place)}: written twice")
        for place, line in file.written_twice
        if place[0] not in overrides
    ]
    try:
        read = kind.model_validate(file.values | overrides)
    except ValidationError as problem:
        for found in problem.errors():
            given = path is None or (found["loc"][:1] and found["loc"][0] in overrides)
            place = _place(file, found["loc"])
            mistakes.append((0 if given else _line(file, place), _describe(found, place)))
    else:
        read = _with_full_paths(read, path, overrides)
        for location, why in unusable_files(read):
            given = path is None or location[0] in overrides
            place = _place(file, location)
            mistakes.append((0 if given else _line(file, place), f"{_key(place)}: {why}"))
    if mistakes:
        raise ConfigError(
            "\n".join(
                (f"{path}:{line}" if line else given_by) + f": {_shortened(what)}"
                for line, what in dict.fromkeys(sorted(mistakes))
            )
        )
    return read


def _with_full_paths(read: Settings, path: Path | None, overrides: Collection[str]) -> Settings:
    """`read` with full paths. Those of the command line start at the current directory."""
    in_file = with_full_paths(read, None if path is None else path.parent)
    given = with_full_paths(read, None)
    return in_file.model_copy(update={name: getattr(given, name) for name in overrides})


def to_yaml(effective: Settings, *, escaped: bool = False) -> str:
    """The settings with every default written out. They contain no secrets: those are in the
    environment or in files of their own. `escaped` writes ASCII only, with the same meaning."""
    dumped = effective.model_dump(mode="json", by_alias=True)
    return yaml.safe_dump(dumped, sort_keys=False, allow_unicode=not escaped)


def _shortened(what: str) -> str:
    return what if len(what) <= _LONGEST_MISTAKE else what[:_LONGEST_MISTAKE] + "…"


def tagged_sections() -> dict[str, type[Section]]:
    """The sections of inputs, outputs, interpolations and triggers, by their tags."""
    sections: dict[str, type[Section]] = {}
    for union in (
        inputs.AnyInput,
        outputs.AnyOutput,
        settings.AnyInterpolation,
        triggers.AnyTrigger,
    ):
        for member in get_args(get_args(union)[0]):
            section, tag = get_args(member)
            sections[tag.tag] = section
    return sections


_SECTIONS = tagged_sections()
_SECTIONS_BY_KEY: dict[str, type[Section]] = {
    "health": HealthSection,
    "record": RecordSection,
    "web": WebSection,
    "scale": ScalesSection,
    **dict.fromkeys(ScalesSection.model_fields, ScaleSection),
}


def _line(file: YamlFile, place: Location) -> int:
    """The line of the innermost part of `place` that is in the file."""
    while place and place not in file.lines:
        place = place[:-1]
    return file.lines.get(place, 1)


def _place(file: YamlFile, location: Location) -> Location:
    """The location of a mistake in the file: pydantic's location without the tags of unions, and
    without the index of an item that stands alone instead of in a list."""
    place = tuple(step for step in location if step not in _SECTIONS)
    alone = place[1:2] == (0,) and place[:1] in file.lines and place[:2] not in file.lines
    return (place[0], *place[2:]) if alone else place


def _key(place: Location) -> str:
    return "".join(f"[{s + 1}]" if isinstance(s, int) else f".{s}" for s in place).lstrip(".")


def _describe(mistake: ErrorDetails, place: Location) -> str:
    location = mistake["loc"]
    key = _key(place)
    if mistake["type"] == "extra_forbidden":
        known = [f.alias or n for n, f in _section_at(location).model_fields.items()]
        near = difflib.get_close_matches(str(location[-1]), known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(known)}"
        return f"{key}: no such setting; {hint}"
    message = in_words(mistake)
    value = mistake["input"]
    if mistake["type"] == "value_error" or isinstance(value, dict | list | BaseModel):
        return f"{key}: {message}"
    quote = repr(value)
    quote = quote if len(quote) <= _LONGEST_QUOTE else quote[:_LONGEST_QUOTE] + "…"
    return f"{key}: {quote}: {message}"


_WORDS = {
    "list_type": "expected a list",
    "path_type": "expected the path of a file",
    "string_pattern_mismatch": "expected a text that matches {pattern}",
    "string_too_long": "expected at most {max_length} characters",
    "string_too_short": "expected at least {min_length} character",
    "too_long": "expected at most {max_length} items",
    "too_short": "expected at least {min_length} item",
}
"""Replacements for pydantic's less readable messages, by the type of the mistake."""


def in_words(mistake: ErrorDetails) -> str:
    """What is wrong with a value or what was expected, for people."""
    if words := _WORDS.get(mistake["type"]):
        return words.format_map(mistake.get("ctx", {}))
    message = mistake["msg"].removeprefix("Value error, ")
    return message.replace("Input should be", "expected")


def _section_at(location: Location) -> type[Section]:
    section: type[Section] = Settings
    for step in location:
        section = _SECTIONS.get(str(step)) or _SECTIONS_BY_KEY.get(str(step), section)
    return section
