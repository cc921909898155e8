"""How many updates a second one source may have understood: a token bucket."""

import time
from collections.abc import Callable


class Allowance:
    """Fills up at a steady rate, holds what a second brings, and pays for one update at a time.

    Used by one thread at a time; another that looks in at the wrong moment takes one too many,
    which harms nobody.
    """

    __slots__ = ("_left", "_now", "_rate", "_then")

    def __init__(self, rate: float, now: Callable[[], float] = time.monotonic) -> None:
        """`rate`: updates a second."""
        self._rate = rate
        self._now = now
        self._left = rate
        self._then = now()

    def take(self) -> bool:
        """Whether one more is allowed now."""
        now = self._now()
        self._left = min(self._rate, self._left + (now - self._then) * self._rate)
        self._then = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
