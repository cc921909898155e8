"""The files that settings name: where their paths start, and a check before a bridge starts.

Validators use no files and no home directories, so settings can be created and compared anywhere.
The code that needs a file reads it again when it needs it.
"""

import operator
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from bridge.config.inputs import FileSection
from bridge.config.section import Section
from bridge.config.settings import Settings
from bridge.config.vtube_studio import VTubeStudioSection
from bridge.config.web import LARGEST_AVATAR, WebSection
from bridge.config.yaml_file import Location
from bridge.model import checkpoint
from bridge.model.layers import CheckpointError
from bridge.secrets.state_directory import UnsafeSecret, read_secret

S = TypeVar("S", bound=Section)


def with_full_paths(section: S, folder: Path | None) -> S:
    """The same settings with `~` expanded in each path, and with relative paths starting at
    `folder`; None leaves them relative to the current directory."""
    changed: dict[str, Any] = {
        name: full
        for name, value in section
        if (full := _with_full_paths(value, folder)) is not value
    }
    if isinstance(section, FileSection) and (full := _full(section.path, folder)) != section.path:
        changed["from_"] = f"file:{full}"
    return section.model_copy(update=changed) if changed else section


def _with_full_paths(value: Any, folder: Path | None) -> Any:
    if isinstance(value, Section):
        return with_full_paths(value, folder)
    if isinstance(value, list):
        items = [_with_full_paths(item, folder) for item in value]
        return value if all(map(operator.is_, items, value)) else items
    return _full(value, folder) if isinstance(value, Path) else value


def _full(path: Path, folder: Path | None) -> Path:
    try:
        expanded = path.expanduser()
    except RuntimeError:  # there is no such user; `unusable_files` reports it
        return path
    return expanded if folder is None else folder.absolute() / expanded


def unusable_files(settings: Settings) -> Iterator[tuple[Location, str]]:
    """The location of each setting that names an unusable file, and what is wrong with the file."""
    if settings.model is not None:
        try:
            checkpoint.load(settings.model)
        except CheckpointError as problem:
            yield ("model",), str(problem)
    if settings.record is not None and not settings.record.file.parent.is_dir():
        yield ("record",), f"{str(settings.record.file.parent)!r}: no such folder"
    played = {s.path for s in settings.inputs if isinstance(s, FileSection)}
    if settings.record is not None and settings.record.file in played:
        recording = str(settings.record.file)
        yield ("record",), f"{recording!r}: this file is also an input; choose another one"
    for location, section in _with_files(settings):
        for setting, path in _paths(section):
            if str(path).startswith("~"):
                why = f"{str(path)!r}: there is no user {path.parts[0].removeprefix('~')!r}"
            elif isinstance(section, VTubeStudioSection):
                why = _why_no_secret(path)
            elif not path.is_file():
                why = f"{str(path)!r}: no such file"
            else:
                is_avatar = isinstance(section, WebSection) and setting == "avatar"
                why = _why_no_avatar(path) if is_avatar else ""
            if why:
                yield (*location, setting), why


def _with_files(settings: Settings) -> Iterator[tuple[Location, Section]]:
    """The sections that may name a file, and where they stand."""
    for kind, sections in (
        ("inputs", settings.inputs),
        ("outputs", settings.outputs),
        ("triggers", settings.triggers),
    ):
        for index, section in enumerate(sections):
            yield (kind, index), section
    if settings.web is not None:
        yield ("web",), settings.web


def _paths(section: Section) -> Iterator[tuple[str, Path]]:
    if isinstance(section, FileSection):
        yield "from", section.path
    for name, value in section:
        if isinstance(value, Path):
            yield name, value


def _why_no_secret(path: Path) -> str:
    """Why this file cannot hold a secret; empty if it can. The file need not exist."""
    try:
        read_secret(path)
    except (UnsafeSecret, OSError) as problem:
        return str(problem)
    return ""


def _why_no_avatar(path: Path) -> str:
    """Why this file is no avatar; empty if it may be one. Only the page reads all of it."""
    try:
        with path.open("rb") as file:
            begins = file.read(4)
        size = path.stat().st_size
    except OSError as problem:
        return f"{str(path)!r}: {problem.strerror}"
    if begins != b"glTF":
        return f"{str(path)!r}: expected a binary glTF file (.vrm or .glb)"
    if size > LARGEST_AVATAR << 20:
        return f"{str(path)!r}: larger than {LARGEST_AVATAR} MB"
    return ""
