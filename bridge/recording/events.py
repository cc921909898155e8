"""What a file holds once it is read: updates and faces, each with its time."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.update import Update


class TimedUpdate(NamedTuple):
    """One update that came in."""

    time: float
    """Seconds. Only differences count, except in a recording: there it is the frame clock's."""
    update: Update
    source: str = ""
    """The input that posted it."""
    sent: str = ""
    """What the sender wrote."""
    priority: int = 0
    default_hold: float = math.inf
    """Seconds until it expires if it has no hold of its own; infinity for never."""


class TimedEnd(NamedTuple):
    """A source that posts no more."""

    time: float
    source: str
    priority: int
    hold: float
    """Seconds until those of its updates expire that had no end."""


class TimedFace(NamedTuple):
    """One face that went out."""

    time: float
    stream: str
    weights: NDArray[np.float32]
    """(52,) in reference order, 0 to 1."""
    rotations: NDArray[np.float32]
    """(3, 3): head, left and right eye, in radians, as `protocols.face.Face` has them."""
    feeling: NDArray[np.float32] | None = None
    """(3,): valence, arousal, dominance; None where the file has none."""
    frame: int = 0
    wall: float = 0.0
    """Seconds since 1970."""
    label: str = ""
    """What it shows, if that is known and another than before."""


Event = TimedUpdate | TimedEnd | TimedFace


class Skipped(NamedTuple):
    """A line that was not used, and why."""

    line: int
    why: str


def skipped_in_words(skipped: list[Skipped], path: object, most: int = 3) -> list[str]:
    """The first lines that were skipped, each as `file:line: why`, and how many more there are."""
    lines = [f"{path}:{line}: skipped: {why}" for line, why in skipped[:most]]
    if len(skipped) > most:
        lines.append(f"{path}: {len(skipped) - most} more lines were skipped")
    return lines
