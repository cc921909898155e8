"""A token bucket: how many updates per second are accepted from one source."""

import time
from collections.abc import Callable


class Allowance:
    """Refills at a steady rate and holds at most one second's worth.

    Meant for one thread. If two threads race, one update too many is accepted, which is harmless.
    """

    __slots__ = ("_left", "_now", "_rate", "_then")

    def __init__(self, rate: float, now: Callable[[], float] = time.monotonic) -> None:
        """`rate`: updates per second."""
        self._rate = rate
        self._now = now
        self._left = rate
        self._then = now()

    def take(self) -> bool:
        """Whether one more update is allowed now."""
        now = self._now()
        self._left = min(self._rate, self._left + (now - self._then) * self._rate)
        self._then = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
