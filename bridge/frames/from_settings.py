"""Makes the parts of the frame path from the configuration."""

from typing import Any

from bridge.config.settings import Settings
from bridge.emotion.streams import EVERY_STREAM
from bridge.frames.interpolation import KINDS, Interpolation
from bridge.model import checkpoint
from bridge.model.engine import Engine
from bridge.model.layers import in_reference_order
from bridge.model.slope import settled_slope


def mixer_arguments(settings: Settings) -> dict[str, Any]:
    """The mixer's arguments: which streams outputs and triggers need, and how many there may be."""
    shown = {part.stream for part in (*settings.outputs, *settings.triggers)}
    return {
        "shown": sorted(shown - {EVERY_STREAM}),
        "open_to_more": EVERY_STREAM in shown,
        "most_streams": settings.max_streams,
        "stream_timeout": settings.stream_timeout,
        "states": settings.face.character_states,
    }


def interpolation_from(settings: Settings) -> Interpolation:
    """The interpolation, without rows."""
    movement = settings.interpolation.model_dump()
    return KINDS[movement.pop("kind")](**movement)


def engine_from(settings: Settings) -> Engine:
    """The engine with its model.

    Raises:
        CheckpointError: the model cannot be read.
    """
    arrays, header = checkpoint.load(settings.model or checkpoint.BUILTIN)
    arrays = in_reference_order(arrays, settings.output_order)
    return Engine(arrays, settled_slope(arrays, header.negative_slope))
