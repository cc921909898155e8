"""What all streams feel at one moment, as arrays."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bridge.emotion.points import Parts

Floats = NDArray[np.float64]


class Felt(NamedTuple):
    """The feelings of all streams at one moment, as weighted points."""

    streams: tuple[str, ...]
    points: Floats
    """[parts, 3]: valence, arousal and dominance of the parts of all streams, in their order."""
    shares: Floats
    """[parts]: those of each stream sum to 1."""
    starts: NDArray[np.intp]
    """[streams]: the first part of each stream."""

    @classmethod
    def of(cls, **feelings: Parts) -> "Felt":
        """The feeling of each stream by name."""
        parts = [part for feeling in feelings.values() for part in feeling]
        counts = [len(feeling) for feeling in feelings.values()]
        return cls(
            tuple(feelings),
            np.array([part.point for part in parts], np.float64).reshape(-1, 3),
            np.array([part.share for part in parts], np.float64),
            np.cumsum([0, *counts], dtype=np.intp)[:-1],
        )

    def only(self, stream: str) -> "Felt":
        """The feeling of one stream; nothing if there is no such stream."""
        if stream not in self.streams:
            return NOTHING_FELT
        row = self.streams.index(stream)
        end = self.starts[row + 1] if row + 1 < len(self.starts) else len(self.shares)
        parts = slice(self.starts[row], end)
        return Felt((stream,), self.points[parts], self.shares[parts], np.zeros(1, np.intp))


NOTHING_FELT = Felt.of()
"""There is no stream."""
