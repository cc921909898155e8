"""Recognises a model file by its content, and names what people mistake for one."""

import json
import zipfile
from enum import Enum
from pathlib import Path

from bridge.model.layers import CheckpointError


class FileKind(Enum):
    """The kinds of file that a model may be in."""

    SAFETENSORS = "safetensors"
    PYTORCH = "PyTorch"


_BEGINNING = 1024
_LONGEST_HEADER = 100_000_000
"""Bytes: the limit of safetensors itself."""

_ARCHIVES = {b"\x1f\x8b": "gzip", b"7z\xbc\xaf": "7z", b"Rar!": "RAR", b"BZh": "bzip2"}


def file_kind(path: Path) -> FileKind:
    """Say whether `path` is a safetensors or a PyTorch file. Its name does not matter.

    Raises:
        CheckpointError: it is neither, or it is incomplete. The message says what it is.
    """
    if path.is_dir():
        raise CheckpointError(f"{path}: this is a folder, not a file")
    if not path.is_file():
        raise CheckpointError(f"{path}: no such file")
    try:
        with path.open("rb") as file:
            beginning = file.read(_BEGINNING)
    except OSError as problem:
        raise CheckpointError(f"{path}: cannot be read: {problem.strerror}") from problem
    _refuse_pages_and_pointers(path, beginning)
    if beginning.startswith(b"PK\x03\x04"):
        return _zip_kind(path)
    size = path.stat().st_size
    # Before the pickle: a header of 1152 bytes makes a safetensors file begin like one.
    if beginning[8:9] == b"{" and int.from_bytes(beginning[:8], "little") <= _LONGEST_HEADER:
        _check_length(path, size)
        return FileKind.SAFETENSORS
    if len(beginning) > 1 and beginning[0] == 0x80 and 2 <= beginning[1] <= 5:
        return FileKind.PYTORCH
    if size <= 8:
        raise _incomplete(path, f"it has only {size} bytes")
    _refuse_archives(path, beginning)
    raise CheckpointError(
        f"{path}: neither a safetensors nor a PyTorch file; it begins with {beginning[:16]!r}"
    )


def _refuse_pages_and_pointers(path: Path, beginning: bytes) -> None:
    if not beginning:
        raise CheckpointError(f"{path}: the file is empty")
    if beginning.startswith(b"version https://git-lfs"):
        raise CheckpointError(
            f"{path}: this is a Git LFS pointer, not the model; run `git lfs pull` in its "
            "repository, or download the file itself"
        )
    text = beginning.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<!--", b"<head")):
        raise CheckpointError(
            f"{path}: this is an HTML page, not a model; download the file itself, not the page "
            "that shows it"
        )


def _refuse_archives(path: Path, beginning: bytes) -> None:
    found = next((name for magic, name in _ARCHIVES.items() if beginning.startswith(magic)), "")
    if beginning[257:262] == b"ustar":
        found = "tar"
    if found:
        raise CheckpointError(f"{path}: this is a {found} archive; unpack it first")


def _zip_kind(path: Path) -> FileKind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        # The table of contents stands at the end of a zip file.
        raise _incomplete(path, "its end is missing") from None
    if any(name.rpartition("/")[2] == "constants.pkl" for name in names):
        raise CheckpointError(
            f"{path}: this is a TorchScript file, which is a program; save `model.state_dict()` "
            "instead"
        )
    if any(name.rpartition("/")[2] == "data.pkl" for name in names):
        return FileKind.PYTORCH
    raise CheckpointError(f"{path}: this is a zip archive, not a PyTorch file; unpack it first")


def _check_length(path: Path, size: int) -> None:
    """Refuse a safetensors file that is shorter than its header says. Leave all other checks to
    safetensors."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = file.read(length)
    if len(header) < length:
        raise _incomplete(path, f"its header has {length} bytes, the file {size}")
    try:
        tensors = json.loads(header)
        ends = [entry["data_offsets"][1] for entry in tensors.values() if "data_offsets" in entry]
        expected = 8 + length + max(ends, default=0)
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return
    if size < expected:
        raise _incomplete(path, f"it has {size} of {expected} bytes")


def _incomplete(path: Path, why: str) -> CheckpointError:
    return CheckpointError(f"{path}: the file is incomplete ({why}); download or copy it again")
