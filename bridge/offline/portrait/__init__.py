"""A two-dimensional drawing of a face from 52 weights, made with a rig of blendshapes.

`face.yaml` is the drawing, made by hand; `drawing` reads it into a `rig`, which `svg` and `png`
paint. Others can paint `portrait_rig().description()`, which is plain JSON.
"""

from bridge.offline.portrait.drawing import portrait_rig
from bridge.offline.portrait.png import png_portrait, png_sheet
from bridge.offline.portrait.save import save_portrait, save_sheet
from bridge.offline.portrait.sheet import Sheet
from bridge.offline.portrait.svg import svg_portrait, svg_sheet

__all__ = [
    "Sheet",
    "png_portrait",
    "png_sheet",
    "portrait_rig",
    "save_portrait",
    "save_sheet",
    "svg_portrait",
    "svg_sheet",
]
