"""Checks the files that settings name before a bridge starts.

Validators read no files, so settings can be created and compared anywhere. The code that needs a
file reads it again when it needs it.
"""

from collections.abc import Iterator
from pathlib import Path

from bridge.config.section import Section
from bridge.config.settings import Settings
from bridge.config.vtube_studio import VTubeStudioSection
from bridge.config.yaml_file import Location
from bridge.model import checkpoint
from bridge.model.layers import CheckpointError
from bridge.secrets.state_directory import UnsafeSecret, read_secret


def unusable_files(settings: Settings) -> Iterator[tuple[Location, str]]:
    """The location of each setting that names an unusable file, and what is wrong with the file."""
    if settings.model is not None:
        try:
            checkpoint.load(settings.model)
        except CheckpointError as problem:
            yield ("model",), str(problem)
    for kind, sections in (("inputs", settings.inputs), ("outputs", settings.outputs)):
        for index, section in enumerate(sections):
            for setting, path in _paths(section):
                if isinstance(section, VTubeStudioSection):
                    why = _why_no_secret(path)
                else:
                    why = "" if path.is_file() else f"{str(path)!r}: no such file"
                if why:
                    yield (kind, index, setting), why


def _paths(section: Section) -> Iterator[tuple[str, Path]]:
    for name, value in section:
        if isinstance(value, Path):
            yield name, value


def _why_no_secret(path: Path) -> str:
    """Why this file cannot hold a secret; empty if it can. The file need not exist."""
    try:
        read_secret(path.expanduser())
    except (UnsafeSecret, OSError) as problem:
        return str(problem)
    return ""
