"""The files that settings name, looked at before a bridge starts with them.

Validation itself reads nothing, so that settings can be made and compared anywhere. Whoever needs a
file reads it again when it is needed.
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
    """Where `settings` name a file that cannot be used, and why not."""
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
                    why = "" if path.is_file() else f"{str(path)!r}: there is no such file"
                if why:
                    yield (kind, index, setting), why


def _paths(section: Section) -> Iterator[tuple[str, Path]]:
    for name, value in section:
        if isinstance(value, Path):
            yield name, value


def _why_no_secret(path: Path) -> str:
    """Why a secret cannot be kept in this file, which need not exist; empty if it can."""
    try:
        read_secret(path.expanduser())
    except (UnsafeSecret, OSError) as problem:
        return str(problem)
    return ""
