"""The head that is shipped: a mesh with the 52 blendshapes, and how it is lit.

`README.md` in this folder says how to draw it, where the data come from, and their licence.
`bridge.head.head` reads the files with NumPy. This package itself imports nothing, so that a
process without NumPy can serve them.
"""

from pathlib import Path

HEAD = Path(__file__).parent / "head.safetensors"
"""The mesh and its shapes."""
LOOK = Path(__file__).parent / "look.json"
"""Camera, lights and colours of the eyes, for everything that draws the head."""
