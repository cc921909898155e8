"""affect-bridge: valence, arousal and dominance in; 52 ARKit blendshape weights out, live."""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridge.rendering.render import render as render

__version__ = version("affect-bridge")

_LAZY = {"render": "bridge.rendering.render"}
"""Names that can be imported from here, and the modules that have them. They are imported when they
are used, so that `import bridge` stays quick."""


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
