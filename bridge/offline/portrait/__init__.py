"""Pictures of the head that is shipped, from 52 weights and rotations.

`raster` finds what is seen at each pixel, `shading` colours it, `painting` joins the two. The page
draws the same head in the browser, with the same mesh and the same light (`bridge/head`).
"""

from bridge.offline.portrait.painting import paint
from bridge.offline.portrait.png import png, png_portrait, png_sheet
from bridge.offline.portrait.save import save_portrait, save_sheet
from bridge.offline.portrait.sheet import Sheet

__all__ = ["Sheet", "paint", "png", "png_portrait", "png_sheet", "save_portrait", "save_sheet"]
