"""How often a duration fell into which range, counted at next to no cost."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from math import inf, nan


class Histogram:
    """Counts by upper bound. Written by one thread, read by any."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        """`bounds`: upper bounds in seconds, ascending; one more range follows the last."""
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.sum = 0.0

    def quantile(self, share: float) -> float:
        """The least bound that a share (0 to 1) of the durations does not exceed; infinity if it is
        above the last bound, NaN if nothing was counted."""
        counts = list(self.counts)
        enough = share * sum(counts)
        for bound, so_far in zip((*self.bounds, inf), accumulate(counts), strict=True):
            if so_far >= enough > 0:
                return bound
        return nan

    def observe(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.sum += seconds
