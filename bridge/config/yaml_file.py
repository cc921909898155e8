"""A YAML file as values, with the line of each value."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

LARGEST_FILE = 200_000
"""Bytes. A configuration is a page or two."""

MOST_VALUES = 20_000
"""In one file, aliases included: aliases of aliases can make a short file very large. Sixty-four
outputs with fifty-two names each have 7000 values."""

_DEEPEST = 32
_LONGEST_NUMBER = 400
"""Characters. A longer number is too large for a float, and Python refuses to print it."""
_WHOLE_NUMBER = "tag:yaml.org,2002:int"

Location = tuple[str | int, ...]


class YamlFileError(ValueError):
    """A file that is not usable YAML. The message names the file and, if known, the line."""


@dataclass
class YamlFile:
    """The values of a file, with their lines."""

    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[Location, int] = field(default_factory=dict)
    """The line of each value, by the keys and indices that lead to it."""
    written_twice: list[tuple[Location, int]] = field(default_factory=list)


def read_yaml(path: Path) -> YamlFile:
    """Read a file of settings. This is fast whatever the file contains.

    Raises:
        YamlFileError: it cannot be read, is too large, is not YAML or not a map of settings.
    """
    text = _read_text(path)
    try:
        values, file = _load(text)
    except yaml.MarkedYAMLError as problem:
        line = f":{problem.problem_mark.line + 1}" if problem.problem_mark else ""
        raise YamlFileError(f"{path}{line}: not valid YAML: {problem.problem}") from problem
    except yaml.YAMLError as problem:
        raise YamlFileError(f"{path}: not valid YAML: {_one_line(problem)}") from problem
    if values is not None and not isinstance(values, dict):
        raise YamlFileError(f"{path}:1: expected settings as `key: value`")
    file.values = values or {}
    return file


def read_value(text: str) -> Any:
    """One value, written as in a file.

    Raises:
        YamlFileError: it is not YAML.
    """
    try:
        return _load(text)[0]
    except yaml.YAMLError as problem:
        raise YamlFileError(f"{text[:60]!r} is not valid YAML") from problem


def _load(text: str) -> tuple[Any, YamlFile]:
    """The values of a text, with their lines.

    Raises:
        YAMLError: it is not YAML, or has too many values.
    """
    file = YamlFile()
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None, file
        _Collector(file).collect(node, ())
        return loader.construct_document(node), file
    finally:
        loader.dispose()


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with limits: an error with its line when there are too many values."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._values = self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._values += 1
        self._depth += 1
        if self._values > MOST_VALUES:
            raise _too_many(self.get_mark())
        if self._depth > _DEEPEST:
            raise _nested(self.get_mark())
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        if node.tag == _WHOLE_NUMBER and len(node.value) > _LONGEST_NUMBER:
            raise _refused("found a number that is too large", node.start_mark)
        try:
            value = super().construct_object(node, deep)
            if isinstance(value, str):
                value.encode()  # `"\ud800"` is half a character, which cannot be printed
        except yaml.YAMLError:
            raise
        # What PyYAML raises for `2001-99-99`, `!!int ''`, `!!bool x` and the like
        except (ValueError, LookupError, AttributeError, TypeError) as problem:
            raise _refused("found a value that cannot be read", node.start_mark) from problem
        return value


class _Collector:
    """Collects the line of every value."""

    def __init__(self, file: YamlFile) -> None:
        self._file = file
        self._visits = 0

    def collect(self, node: yaml.Node, place: Location) -> None:
        """Collect the lines of a node and of everything in it, once for each path to it."""
        self._visits += 1
        if self._visits > MOST_VALUES:
            raise _too_many(node.start_mark)
        if len(place) > _DEEPEST:  # a node can be an alias of a node that contains it
            raise _nested(node.start_mark)
        lines = self._file.lines
        lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                inner = (*place, str(key.value))
                line = key.start_mark.line + 1
                if inner in lines:
                    self._file.written_twice.append((inner, line))
                lines[inner] = line
                self.collect(value, inner)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.collect(item, (*place, index))


def _refused(why: str, mark: yaml.Mark) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=why, problem_mark=mark)


def _too_many(mark: yaml.Mark) -> yaml.MarkedYAMLError:
    return _refused(f"more than {MOST_VALUES} values (aliases count each time)", mark)


def _nested(mark: yaml.Mark) -> yaml.MarkedYAMLError:
    return _refused(f"nested more than {_DEEPEST} levels deep", mark)


def _one_line(problem: Exception) -> str:
    return " ".join(str(problem).split())


def _read_text(path: Path) -> str:
    """The text of a file. Links are followed."""
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for a writer.
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise YamlFileError(f"{path}: is not a regular file")
            content = file.read(LARGEST_FILE + 1)
    except OSError as problem:
        raise YamlFileError(f"{path}: cannot be read: {problem.strerror}") from problem
    except ValueError as problem:  # a NUL in its name
        if isinstance(problem, YamlFileError):
            raise
        raise YamlFileError(f"{str(path)!r}: is not a file name") from problem
    if len(content) > LARGEST_FILE:
        raise YamlFileError(f"{path}: larger than {LARGEST_FILE} bytes; expected a configuration")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise YamlFileError(f"{path}: is not UTF-8 text") from problem


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
