"""Reading settings, and telling people where they went wrong: file, line, key, expectation."""

import difflib
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bridge.config import inputs, outputs, settings
from bridge.config.settings import Settings

LARGEST_FILE = 1_000_000
"""Bytes. A configuration is a page or two."""

Location = tuple[str | int, ...]


class ConfigError(ValueError):
    """A configuration that cannot be used. One line for each mistake, all at once."""


def read_settings(path: Path | None, overrides: dict[str, Any] | None = None) -> Settings:
    """Read a file (or none, for the defaults) with some top-level keys replaced.

    Raises:
        ConfigError: every mistake with its file, line and key.
    """
    values, lines = ({}, {}) if path is None else _read_yaml(path)
    for key, value in (overrides or {}).items():
        values[key] = value
        lines = {place: line for place, line in lines.items() if place[:1] != (key,)}
    try:
        return Settings.model_validate(values)
    except ValidationError as mistakes:
        found = sorted((_line(lines, m["loc"]), _describe(m)) for m in mistakes.errors())
        raise ConfigError(
            "\n".join(
                f"{path}:{line}: {what}" if line else f"command line: {what}"
                for line, what in dict.fromkeys(found)
            )
        ) from None


def to_yaml(effective: Settings) -> str:
    """The effective settings, every default spelled out. Holds no secrets: they stay in the
    environment or in files of their own."""
    dumped = effective.model_dump(mode="json", by_alias=True, exclude_none=True)
    return yaml.safe_dump(dumped, sort_keys=False, allow_unicode=True)


def _read_yaml(path: Path) -> tuple[dict[str, Any], dict[Location, int]]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ConfigError(f"{path}: larger than {LARGEST_FILE} bytes; is it a configuration?")
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise ConfigError(f"{path}: cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise ConfigError(f"{path}: is not UTF-8 text") from problem
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as problem:
        mark = getattr(problem, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        what = getattr(problem, "problem", None) or "nested too deeply"
        raise ConfigError(f"{path}{line}: not valid YAML: {what}") from problem
    if values is None:
        return {}, {}
    if not isinstance(values, dict):
        raise ConfigError(f"{path}:1: expected settings as `key: value`")
    lines: dict[Location, int] = {}
    duplicates: list[str] = []
    try:
        if node is not None:
            _collect_lines(node, (), lines, duplicates)
    except RecursionError:
        raise ConfigError(f"{path}: an alias that contains itself") from None
    if duplicates:
        raise ConfigError("\n".join(f"{path}:{duplicate}" for duplicate in duplicates))
    return values, lines


def _collect_lines(
    node: yaml.Node, place: Location, lines: dict[Location, int], duplicates: list[str]
) -> None:
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            if inner in lines:
                duplicates.append(f"{key.start_mark.line + 1}: {key.value}: written twice")
            lines[inner] = key.start_mark.line + 1
            _collect_lines(value, inner, lines, duplicates)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _collect_lines(item, (*place, index), lines, duplicates)


def _tagged_sections() -> dict[str, type[BaseModel]]:
    sections: dict[str, type[BaseModel]] = {}
    for union in (inputs.AnyInput, outputs.AnyOutput, settings.AnyInterpolation):
        for member in get_args(get_args(union)[0]):
            section, tag = get_args(member)
            sections[tag.tag] = section
    return sections


_SECTIONS = _tagged_sections()


def _line(lines: dict[Location, int], location: Location) -> int:
    """The line of the innermost part of `location` that the file has; 0 if the file has none."""
    place = tuple(step for step in location if step not in _SECTIONS)
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 0)


def _describe(mistake: ErrorDetails) -> str:
    location = mistake["loc"]
    steps = [step for step in location if step not in _SECTIONS]
    key = "".join(f"[{s + 1}]" if isinstance(s, int) else f".{s}" for s in steps).lstrip(".")
    section = _section_at(location[:-1] if mistake["type"] == "extra_forbidden" else location)
    if mistake["type"] == "extra_forbidden":
        known = [f.alias or n for n, f in section.model_fields.items()]
        near = difflib.get_close_matches(str(location[-1]), known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
        return f"{key}: no such setting; {hint}"
    message = mistake["msg"].removeprefix("Value error, ")
    message = message.replace("Input should be", "expected")
    said = mistake["input"]
    if mistake["type"] == "value_error" or isinstance(said, dict | list | BaseModel):
        return f"{key}: {message}"
    return f"{key}: {said!r}: {message}"


def _section_at(location: Location) -> type[BaseModel]:
    section: type[BaseModel] = Settings
    for step in location:
        section = _SECTIONS.get(str(step), section)
    return section
