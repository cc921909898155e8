"""What is measured in a take: blinks, standard deviations, spectra, saccades."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]
"""[frames]"""

SHUT = 0.3
"""A lid that is lower than this blinks. No glance lowers it so far."""
_RISE = 0.004
"""The least change of a lid in a frame that belongs to a blink."""
DOUBLE = 0.25
"""Seconds between the end of a blink and the beginning of the next in a double one."""
WHOLE = 0.95
"""A lid that closes less than this has not closed the eye."""
SMALL = 1.1
"""Degrees under which a movement of the eye is a microsaccade."""
CONTACT = 5.0
"""Degrees between the gaze and the viewer's eyes under which they meet."""
_STILL = 1e-4
"""Degrees in a frame under which an eye rests."""


@dataclass(frozen=True, slots=True)
class Blink:
    """One blink. Frames count from the beginning of the take."""

    first: int
    """The last frame before the lid moves."""
    shut: int
    """The first frame in which it is lowest."""
    leaves: int
    """The last frame in which it is."""
    last: int
    """The first frame in which it rests again."""
    depth: float


def blinks(lid: Signal) -> list[Blink]:
    """Every whole blink of a lid."""
    found = []
    below = np.flatnonzero(np.diff(np.concatenate([[False], lid > SHUT, [False]]).astype(np.int8)))
    for begin, end in below.reshape(-1, 2).tolist():
        depth = lid[begin:end].max()
        lowest = begin + np.flatnonzero(lid[begin:end] >= depth - _RISE)
        first, last = int(lowest[0]), int(lowest[-1])
        while first > 0 and lid[first] - lid[first - 1] > (_RISE if lid[first] > SHUT else 0.0):
            first -= 1
        while last + 1 < len(lid) and lid[last] - lid[last + 1] > _RISE / 4:
            last += 1
        if first > 0 and last + 1 < len(lid):
            found.append(Blink(first, int(lowest[0]), int(lowest[-1]), last, float(depth)))
    return found


def without(signal: Signal, some: Sequence[Blink]) -> Signal:
    """The signal with a straight line in place of each blink."""
    keep = np.ones(len(signal), np.bool_)
    for blink in some:
        keep[blink.first : blink.last + 1] = False
    frames = np.arange(len(signal))
    return np.interp(frames, frames[keep], signal[keep]).astype(np.float32)


def power_below(signal: Signal, fps: int, share: float) -> float:
    """The frequency in Hz below which this share of a signal's power lies, without its mean."""
    moved = (signal - signal.mean()) * np.hanning(len(signal))
    power = np.abs(np.fft.rfft(moved)) ** 2
    place = int(np.searchsorted(np.cumsum(power) / power.sum(), share))
    return float(np.fft.rfftfreq(len(signal), 1 / fps)[place])


@dataclass(frozen=True, slots=True)
class Saccade:
    """One movement of an eye from rest to rest."""

    degrees: float
    seconds: float


def saccades(eye: NDArray[np.float32], fps: int) -> list[Saccade]:
    """Every saccade of an eye, given by [frames, 2] yaw and pitch in degrees."""
    moves = np.linalg.norm(np.diff(eye, axis=0), axis=1) > _STILL
    edges = np.flatnonzero(np.diff(np.concatenate([[False], moves, [False]]).astype(np.int8)))
    return [
        Saccade(float(np.linalg.norm(eye[end] - eye[begin])), (end - begin) / fps)
        for begin, end in edges.reshape(-1, 2).tolist()
    ]
