"""Which model it is: a name, a version and a hash, for recordings, figures and citations."""

import hashlib
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

BUILTIN = Path(str(files("bridge.model") / "weights.safetensors"))
"""The file of the shipped model."""
SHIPPED_VERSION = "2"
"""Raised whenever that file changes."""


class Identity(NamedTuple):
    """What tells one model from another."""

    name: str
    """`shipped`, or the name of the file."""
    version: str
    """Of the shipped model; empty for others."""
    sha256: str
    """Of the file, in hexadecimal."""

    def __str__(self) -> str:
        """`shipped 2, sha256 0a1b…`."""
        return f"{f'{self.name} {self.version}'.strip()}, sha256 {self.sha256}"


def identity(path: Path | None = None) -> Identity:
    """Which model a file holds; that of the shipped one when not given. Reads the whole file.

    Raises:
        OSError: it cannot be read.
    """
    with (path or BUILTIN).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if path is None:
        return Identity("shipped", SHIPPED_VERSION, digest)
    return Identity(path.name, "", digest)
