"""affect-bridge: valence, arousal and dominance in; 52 ARKit blendshape weights out, live."""

from importlib.metadata import version

__version__ = version("affect-bridge")
