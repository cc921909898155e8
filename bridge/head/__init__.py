"""The head that is shipped: a mesh with the 52 blendshapes, and how it is lit.

`head.safetensors` is read by `bridge.head.head` and by the page, `look.json` by whatever draws it.
`README.md` states the format, where the data come from, and their licence.
"""

from bridge.head.head import HEAD, LOOK, Head, load_head, load_look

__all__ = ["HEAD", "LOOK", "Head", "load_head", "load_look"]
