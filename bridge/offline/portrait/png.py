"""Portraits as PNG files. Only captions need matplotlib, which is imported when one is written."""

import struct
import zlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bridge.offline.portrait.painting import paint
from bridge.offline.portrait.sheet import CAPTION_COLOUR, CAPTION_SIZE, CELL_WIDTH, Sheet

Pixels = NDArray[np.uint8]

_DPI = 64
"""A power of two, so that pixels can be converted to inches and back without rounding."""


def png(pixels: Pixels) -> bytes:
    """[height, width, 4] pixels (red, green, blue, opacity) as the bytes of a PNG file."""
    height, width, _ = pixels.shape
    # Each line begins with the number of its filter: 1 stores differences from the pixel before.
    lines = np.zeros((height, 1 + 4 * width), np.uint8)
    lines[:, 0] = 1
    lines[:, 1:5] = pixels[:, 0]
    lines[:, 5:] = (pixels[:, 1:] - pixels[:, :-1]).reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes())), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def png_portrait(
    weights: ArrayLike, rotations: ArrayLike | None = None, *, width: int = 480
) -> bytes:
    """A face as the bytes of a PNG file.

    Args:
        weights: (52,) from 0 to 1 in reference order.
        rotations: (3, 3), as `paint` takes them.
        width: in pixels; the height is a quarter more.
    """
    return png(paint(weights, rotations, width=width))


def png_sheet(sheet: Sheet, *, width: int = 1200) -> bytes:
    """A grid of faces as the bytes of a PNG file.

    Args:
        sheet: the faces and their captions.
        width: in pixels; the height follows from the grid.

    Raises:
        ImportError: the sheet has captions and matplotlib is not installed.
    """
    pixels_a_unit = width / sheet.size[0]
    height = round(sheet.size[1] * pixels_a_unit)
    canvas = _captions(sheet, width, height)
    for cell in sheet.cells():
        face = paint(cell.weights, width=int(CELL_WIDTH * pixels_a_unit), near=True)
        top, left = int(cell.top * pixels_a_unit), int(cell.left * pixels_a_unit)
        canvas[top : top + face.shape[0], left : left + face.shape[1]] = face
    return png(canvas)


def _captions(sheet: Sheet, width: int, height: int) -> Pixels:
    captions = list(sheet.captions())
    if not captions:
        return np.zeros((height, width, 4), np.uint8)
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - an extra
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        message = "captions need matplotlib: pip install 'affect-bridge[plot]'"
        raise ImportError(message) from error
    figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor="none")
    canvas = FigureCanvasAgg(figure)
    for text, x, y, centred in captions:
        figure.text(
            x / sheet.size[0],
            1 - y / sheet.size[1],
            text,
            fontsize=CAPTION_SIZE * width / sheet.size[0] * 72 / _DPI,
            color=CAPTION_COLOUR,
            horizontalalignment="center" if centred else "right",
            verticalalignment="baseline",
            parse_math=False,
        )
    canvas.draw()  # type: ignore[no-untyped-call]
    return np.array(canvas.buffer_rgba(), np.uint8)  # type: ignore[no-untyped-call]
