"""What every stream shows at one moment, as it travels to the web process."""

from collections.abc import Mapping
from typing import NamedTuple


class Look(NamedTuple):
    """A copy of one frame. All numbers are float32 in this machine's byte order."""

    streams: tuple[str, ...]
    """In row order."""
    feelings: bytes
    """[streams, 3]: valence, arousal and dominance, from -1 to 1."""
    speaking: bytes
    """[streams]: one byte each, 0 or 1."""
    faces: Mapping[str, bytes]
    """For some streams: 52 weights in reference order, from 0 to 1, then yaw, pitch and roll of
    head, left eye and right eye in radians."""
