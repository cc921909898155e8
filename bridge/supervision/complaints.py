"""One clear warning for the first mistake of a source; the rest counted, and summarised."""

import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

SUMMARY_EVERY = 10.0
"""Seconds between two lines about one source, however much nonsense it sends."""

_LONGEST_QUOTE = 80


class Complaints:
    """What one source said that made no sense. Safe to use from any thread."""

    def __init__(self, source: str, now: Callable[[], float] = time.monotonic) -> None:
        self.source = source
        self.rejects: dict[str, int] = {}
        """How much was refused, by reason."""
        self._now = now
        self._lock = threading.Lock()
        self._unsaid = 0
        self._latest: tuple[object, str, str] = ("", "", "")
        self._quiet_until = float("-inf")
        self._said: set[str] = set()

    @property
    def refused(self) -> int:
        """How much was refused so far."""
        return sum(self.rejects.values())

    def refuse(
        self, wrong: object, said: str | bytes, expected: str = "", *, sender: str = ""
    ) -> None:
        """Count something that was refused; say so at once if nothing was said lately.

        `wrong` is put into words only when a line is really written.
        """
        with self._lock:
            self._count("nonsense")
            self._unsaid += 1
            quote = repr(said[:_LONGEST_QUOTE]) + (f" from {sender}" if sender else "")
            self._latest = (wrong, quote, expected)
            self._say_if_due()

    def clamped(self, what: str) -> None:
        """Say once that this source's numbers are out of range and pulled back into it."""
        self._once("clamped", f"{what}: clamped, now and from here on without a word")

    def drop(self, reason: str, why: Callable[[], str]) -> None:
        """Count what was not even looked at, by its reason in a word; say why the first time."""
        with self._lock:
            self._count(reason)
        if reason not in self._said:
            self._once(reason, why())

    def _once(self, kind: str, text: str) -> None:
        with self._lock:
            if kind in self._said:
                return
            self._said.add(kind)
        log.warning("%s: %s", self.source, text)

    def _count(self, reason: str) -> None:
        self.rejects[reason] = self.rejects.get(reason, 0) + 1

    def summarise(self, *, at_the_end: bool = False) -> None:
        """Called now and then: sum up what was refused in silence, at most every ten seconds, but
        in any case at the end."""
        with self._lock:
            self._say_if_due(at_the_end)

    def _say_if_due(self, at_the_end: bool = False) -> None:
        now = self._now()
        if not self._unsaid or (now < self._quiet_until and not at_the_end):
            return
        first = self._unsaid == 1 and now >= self._quiet_until
        what = "refused" if first else f"refused {self._unsaid} more, the latest"
        self._unsaid = 0
        self._quiet_until = now + SUMMARY_EVERY
        wrong, quote, expected = self._latest
        hint = f". Expected {expected}" if expected else ""
        log.warning("%s: %s %s: %s%s", self.source, what, quote, wrong, hint)
