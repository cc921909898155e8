"""The portrait as SVG: one string without external resources, to be inlined or written to a file.

Elements that others refer to are named after a digest of their content. Equal names therefore mean
equal content, and a web page can hold any number of portraits.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import NamedTuple
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bridge.offline.portrait.drawing import portrait_rig
from bridge.offline.portrait.rig import Path
from bridge.offline.portrait.sheet import CAPTION_COLOUR, CAPTION_SIZE, Caption, Sheet

Floats = NDArray[np.float64]


class _Layer(NamedTuple):
    """One painted path, as an element, and the outline of what clips it."""

    element: str
    clip: str | None


def svg_portrait(weights: ArrayLike, *, width: float | None = None, title: str = "") -> str:
    """A face as an SVG document of about 13 kB.

    Args:
        weights: (52,) from 0 to 1 in reference order.
        width: in pixels; without it the picture fills its container.
        title: what the picture shows, for screen readers and as a tooltip.
    """
    drawn = _drawn(_layers(weights), {}, set())
    return _document(portrait_rig().view, drawn, width, title)


def svg_sheet(sheet: Sheet, *, width: float | None = None, title: str = "") -> str:
    """A grid of faces as one SVG document. Elements that portraits share are written only once.

    Args:
        sheet: the faces and their captions.
        width: in pixels; without it the picture fills its container.
        title: what the picture shows, for screen readers and as a tooltip.
    """
    view_left, view_top, _, _ = portrait_rig().view
    portraits = [(cell, list(_layers(cell.weights))) for cell in sheet.cells()]
    uses = Counter(layer.element for _, layers in portraits for layer in layers)
    shared = {element: _name_of(element) for element, count in uses.items() if count > 1}
    definitions = (f'<path id="{n}"{e.removeprefix("<path")}' for e, n in shared.items())
    clips: set[str] = set()
    parts = [f"<defs>{''.join(definitions)}</defs>"]
    for cell, layers in portraits:
        shift = f"{_number(cell.left - view_left)} {_number(cell.top - view_top)}"
        parts.append(f'<g transform="translate({shift})">{_drawn(layers, shared, clips)}</g>')
    parts += map(_caption, sheet.captions())
    return _document((0.0, 0.0, *sheet.size), "".join(parts), width, title)


def path_data(points: Floats) -> str:
    """[1 + 3n, 2] control points as the `d` of an SVG path, rounded to tenths."""
    tenths = np.rint(points * 10).astype(int)
    # Relative to where each curve starts, numbers are shorter.
    curves = tenths[1:] - np.repeat(tenths[:-1:3], 3, axis=0)
    start, rest = (" ".join(_tenths(n) for n in part.ravel()) for part in (tenths[:1], curves))
    return f"M{start}c{rest}".replace(" -", "-")


def _layers(weights: ArrayLike) -> Iterator[_Layer]:
    outlines: dict[str, str] = {}
    for path, points in portrait_rig().pose(weights):
        outlines[path.name] = path_data(points)
        if path.painted:
            element = f'<path d="{outlines[path.name]}"{_paint(path)}/>'
            yield _Layer(element, outlines[path.clip] if path.clip else None)


def _drawn(layers: Iterable[_Layer], shared: Mapping[str, str], clips: set[str]) -> str:
    """The elements, clipped. `clips` holds the names of the clips that are already defined."""
    parts = []
    for clip, group in groupby(layers, key=lambda layer: layer.clip):
        elements = "".join(
            f'<use href="#{shared[element]}"/>' if element in shared else element
            for element, _ in group
        )
        if clip is None:
            parts.append(elements)
            continue
        name = _name_of(clip)
        if name not in clips:
            clips.add(name)
            parts.append(f'<clipPath id="{name}"><path d="{clip}"/></clipPath>')
        parts.append(f'<g clip-path="url(#{name})">{elements}</g>')
    return "".join(parts)


def _paint(path: Path) -> str:
    if path.stroke is None:
        return f' fill="{path.fill}"'
    return (
        f' fill="{path.fill or "none"}" stroke="{path.stroke}" stroke-width="{path.stroke_width:g}"'
        ' stroke-linecap="round" stroke-linejoin="round"'
    )


def _caption(caption: Caption) -> str:
    anchor = "middle" if caption.centred else "end"
    return (
        f'<text x="{_number(caption.x)}" y="{_number(caption.y)}" text-anchor="{anchor}"'
        f' font-family="sans-serif" font-size="{CAPTION_SIZE:g}" fill="{CAPTION_COLOUR}">'
        f"{escape(caption.text)}</text>"
    )


def _document(
    view: tuple[float, float, float, float], content: str, width: float | None, title: str
) -> str:
    box = " ".join(map(_number, view))
    size = ""
    if width is not None:
        size = f' width="{_number(width)}" height="{_number(width * view[3] / view[2])}"'
    named = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"{size} role="img">'
        f"{named}{content}</svg>"
    )


def _number(value: float) -> str:
    return _tenths(round(value * 10))


def _tenths(count: int) -> str:
    """A number of tenths as the shortest decimal: 5 as `.5`, -20 as `-2`."""
    whole, tenth = divmod(abs(count), 10)
    digits = f"{whole or ''}.{tenth}" if tenth else str(whole)
    return "-" + digits if count < 0 else digits


def _name_of(content: str) -> str:
    return "f" + hashlib.blake2s(content.encode(), digest_size=5).hexdigest()
