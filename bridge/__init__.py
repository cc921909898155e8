"""affect-bridge: valence, arousal and dominance in; 52 ARKit blendshape weights out, live.

from bridge import Bridge

with Bridge(outputs="vseeface") as face:
    face.feel("joy", 0.8)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridge.config.reading import ConfigError
    from bridge.embedded.bridge import Bridge, Shown
    from bridge.emotion.update import UpdateError
    from bridge.rendering.render import render

    __version__: str

__all__ = ["Bridge", "ConfigError", "Shown", "UpdateError", "__version__", "render"]

_HOMES = {
    "Bridge": "bridge.embedded.bridge",
    "Shown": "bridge.embedded.bridge",
    "ConfigError": "bridge.config.reading",
    "UpdateError": "bridge.emotion.update",
    "render": "bridge.rendering.render",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for now: `import bridge` alone loads neither NumPy nor settings."""
    if name == "__version__":
        value: Any = import_module("importlib.metadata").version("affect-bridge")
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value
