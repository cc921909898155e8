"""A YAML file as values, with the line of every one of them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

LARGEST_FILE = 1_000_000
"""Bytes. A configuration is a page or two."""

_MOST_NODES = 100_000  # aliases of aliases can make a short file very large

Location = tuple[str | int, ...]


class YamlFileError(ValueError):
    """A file that is no usable YAML; one line that names the file and, if known, the line."""


@dataclass
class YamlFile:
    """What a file says, and where."""

    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[Location, int] = field(default_factory=dict)
    """The line of each value, by the keys and indices that lead to it."""
    written_twice: list[tuple[Location, int]] = field(default_factory=list)


def read_yaml(path: Path) -> YamlFile:
    """Read a file of settings.

    Raises:
        YamlFileError: it cannot be read, is too large, is no YAML or no map of settings.
    """
    text = _read_text(path)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        file = YamlFile()
        if node is not None:
            _collect(node, (), file)
        values = yaml.safe_load(text)
    except RecursionError as problem:
        raise YamlFileError(f"{path}: not valid YAML: nested without end") from problem
    except yaml.MarkedYAMLError as problem:
        line = f":{problem.problem_mark.line + 1}" if problem.problem_mark else ""
        raise YamlFileError(f"{path}{line}: not valid YAML: {problem.problem}") from problem
    except (yaml.YAMLError, _TooManyNodesError) as problem:
        raise YamlFileError(f"{path}: not valid YAML: {_one_line(problem)}") from problem
    if values is not None and not isinstance(values, dict):
        raise YamlFileError(f"{path}:1: expected settings as `key: value`")
    file.values = values or {}
    return file


class _TooManyNodesError(Exception):
    def __str__(self) -> str:
        return f"more than {_MOST_NODES} values, through aliases perhaps"


def _one_line(problem: Exception) -> str:
    return " ".join(str(problem).split())


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise YamlFileError(f"{path}: larger than {LARGEST_FILE} bytes; is it a configuration?")
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        raise YamlFileError(f"{path}: cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise YamlFileError(f"{path}: is not UTF-8 text") from problem


def _collect(node: yaml.Node, place: Location, file: YamlFile) -> None:
    if len(file.lines) > _MOST_NODES:
        raise _TooManyNodesError
    file.lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*place, str(key.value))
            line = key.start_mark.line + 1
            if inner in file.lines:
                file.written_twice.append((inner, line))
            file.lines[inner] = line
            _collect(value, inner, file)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _collect(item, (*place, index), file)
