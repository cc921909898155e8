"""Writes pictures to PNG files."""

from pathlib import Path

from numpy.typing import ArrayLike

from bridge.offline.portrait.png import png_portrait, png_sheet
from bridge.offline.portrait.sheet import Sheet


def save_portrait(weights: ArrayLike, file: Path) -> None:
    """Draw a face into a `.png` file.

    Args:
        weights: (52,) from 0 to 1 in reference order.
        file: the file to write; an existing file is replaced.

    Raises:
        ValueError: the file's name has another suffix.
        OSError: the file cannot be written.
    """
    _check(file)
    file.write_bytes(png_portrait(weights))


def save_sheet(sheet: Sheet, file: Path) -> None:
    """Draw a grid of faces into a `.png` file, as `save_portrait` does.

    Raises:
        ImportError: the sheet has captions and matplotlib is not installed.
    """
    _check(file)
    file.write_bytes(png_sheet(sheet))


def _check(file: Path) -> None:
    if file.suffix.lower() != ".png":
        raise ValueError(f"cannot draw into {file.name!r}: its name must end in .png")
