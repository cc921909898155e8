"""Writes pictures to files. The suffix of the name decides the format."""

from collections.abc import Callable
from pathlib import Path

from numpy.typing import ArrayLike

from bridge.offline.portrait.png import png_portrait, png_sheet
from bridge.offline.portrait.sheet import Sheet
from bridge.offline.portrait.svg import svg_portrait, svg_sheet


def save_portrait(weights: ArrayLike, file: Path) -> None:
    """Draw a face into a `.png` or `.svg` file.

    Args:
        weights: (52,) from 0 to 1 in reference order.
        file: the file to write; an existing file is replaced.

    Raises:
        ValueError: the file's name has another suffix.
        ImportError: a PNG is asked for and matplotlib is not installed.
        OSError: the file cannot be written.
    """
    _save(file, lambda: png_portrait(weights), lambda: svg_portrait(weights))


def save_sheet(sheet: Sheet, file: Path) -> None:
    """Draw a grid of faces into a `.png` or `.svg` file, as `save_portrait` does."""
    _save(file, lambda: png_sheet(sheet), lambda: svg_sheet(sheet))


def _save(file: Path, png: Callable[[], bytes], svg: Callable[[], str]) -> None:
    match file.suffix.lower():
        case ".png":
            file.write_bytes(png())
        case ".svg":
            file.write_text(svg(), encoding="utf-8")
        case _:
            raise ValueError(f"cannot draw into {file.name!r}: its name must end in .png or .svg")
