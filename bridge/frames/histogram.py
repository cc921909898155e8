"""How often a duration fell into which range, counted at next to no cost."""

from bisect import bisect_left
from collections.abc import Sequence


class Histogram:
    """Counts by upper bound. Written by one thread, read by any."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        """`bounds`: upper bounds in seconds, ascending; one more range follows the last."""
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.sum += seconds
