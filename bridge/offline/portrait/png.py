"""The portrait as PNG, painted by matplotlib, which is imported only when something is painted.

The corners around a portrait stay transparent.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from bridge.offline.portrait.drawing import portrait_rig
from bridge.offline.portrait.sheet import CAPTION_COLOUR, CAPTION_SIZE, Sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DPI = 64
"""A power of two, so that pixels can be converted to inches and back without rounding."""


def png_portrait(weights: ArrayLike, *, width: int = 480) -> bytes:
    """A face as the bytes of a PNG file.

    Args:
        weights: (52,) from 0 to 1 in reference order.
        width: in pixels; the height is a quarter more.

    Raises:
        ImportError: matplotlib is not installed.
    """
    left, top, view_width, view_height = portrait_rig().view
    canvas = _Canvas(view_width, view_height, width)
    canvas.portrait(weights, -left, -top)
    return canvas.png()


def png_sheet(sheet: Sheet, *, width: int = 1200) -> bytes:
    """A grid of faces as the bytes of a PNG file.

    Args:
        sheet: the faces and their captions.
        width: in pixels; the height follows from the grid.

    Raises:
        ImportError: matplotlib is not installed.
    """
    left, top, _, _ = portrait_rig().view
    canvas = _Canvas(*sheet.size, width)
    for cell in sheet.cells():
        canvas.portrait(cell.weights, cell.left - left, cell.top - top)
    for text, x, y, centred in sheet.captions():
        canvas.caption(text, x, y, "center" if centred else "right")
    return canvas.png()


class _Canvas:
    """A picture measured in the rig's units, y downwards."""

    def __init__(self, units_wide: float, units_high: float, width: int) -> None:
        try:
            from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - an extra
            from matplotlib.figure import Figure  # noqa: PLC0415
        except ImportError as error:
            message = "PNG pictures need matplotlib: pip install 'affect-bridge[plot]'"
            raise ImportError(f"{message}; SVG pictures need nothing") from error
        height = round(width * units_high / units_wide)
        figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor="none")
        self._canvas = FigureCanvasAgg(figure)
        self._axes: Axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self._axes.set_axis_off()
        self._axes.set_xlim(0, units_wide)
        self._axes.set_ylim(units_high, 0)
        self._points_per_unit = width / units_wide * 72 / _DPI

    def portrait(self, weights: ArrayLike, x: float, y: float) -> None:
        """Draw a face whose origin lies at (x, y)."""
        from matplotlib.patches import PathPatch  # noqa: PLC0415
        from matplotlib.path import Path as Outline  # noqa: PLC0415

        outlines: dict[str, Outline] = {}
        for path, points in portrait_rig().pose(weights):
            codes = [Outline.MOVETO] + [Outline.CURVE4] * (len(points) - 1)
            outlines[path.name] = Outline(points + np.array([x, y]), codes)
            if not path.painted:
                continue
            patch = PathPatch(
                outlines[path.name],
                facecolor=path.fill or "none",
                edgecolor=path.stroke or "none",
                linewidth=path.stroke_width * self._points_per_unit,
                capstyle="round",
                joinstyle="round",
            )
            self._axes.add_patch(patch)
            if path.clip:
                patch.set_clip_path(outlines[path.clip], self._axes.transData)

    def caption(self, text: str, x: float, y: float, alignment: str) -> None:
        self._axes.text(
            x,
            y,
            text,
            fontsize=CAPTION_SIZE * self._points_per_unit,
            color=CAPTION_COLOUR,
            horizontalalignment=alignment,
            verticalalignment="baseline",
            parse_math=False,
        )

    def png(self) -> bytes:
        file = io.BytesIO()
        # Without matplotlib's version in it, the same face is always the same file.
        self._canvas.print_png(file, metadata={"Software": None})  # type: ignore[no-untyped-call]
        return file.getvalue()
