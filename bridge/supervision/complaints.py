"""Logs the first bad update of a source, counts the rest, and summarises them now and then."""

import logging
import threading
import time
from collections.abc import Callable

from bridge.supervision.text import printable

log = logging.getLogger(__name__)

SUMMARY_EVERY = 10.0
"""Seconds between two log lines about one source's bad updates."""

_LONGEST_QUOTE = 80  # characters
_LONGEST_REASON = 300


class Complaints:
    """The refused updates of one source. Safe to use from any thread."""

    def __init__(self, source: str, now: Callable[[], float] = time.monotonic) -> None:
        self.source = source
        self.rejects: dict[str, int] = {}
        """How many updates were refused, by reason."""
        self._now = now
        self._lock = threading.Lock()
        self._unsaid = 0
        self._latest: tuple[object, str, str] = ("", "", "")
        self._quiet_until = float("-inf")
        self._said: set[str] = set()
        self.at_once = False
        """Log every refused update as it comes: a person waits for an answer."""

    @property
    def refused(self) -> int:
        """How many updates were refused so far."""
        return sum(self.rejects.values())

    @property
    def latest(self) -> str:
        """The latest refused update and what is wrong with it; empty if none was refused."""
        wrong, quote, _ = self._latest
        return f"{quote}: {printable(str(wrong), _LONGEST_REASON)}" if quote else ""

    def refuse(
        self, wrong: object, said: str | bytes, expected: str = "", *, sender: str = ""
    ) -> None:
        """Count a refused update. Log it at once if nothing was logged in the last ten seconds.

        Args:
            wrong: what is wrong with it; formatted only when a line is written.
            said: the update as it came; quoted in the log, shortened.
            expected: what would have been accepted.
            sender: where it came from.
        """
        with self._lock:
            self._count("nonsense")
            self._unsaid += 1
            quote = repr(said[:_LONGEST_QUOTE])
            if sender:
                quote += f" from {printable(sender, _LONGEST_QUOTE)}"
            self._latest = (wrong, quote, expected)
            self._say_if_due()

    def clamped(self, what: str) -> None:
        """Log, the first time only, that numbers were out of range. `what` says which."""
        self._once("clamped", f"{what}; clamped (logged once)")

    def note(self, kind: str, text: str) -> None:
        """Log something that is not a mistake; of each kind only the first."""
        self._once(kind, f"{text} (logged once)", logging.INFO)

    def drop(self, reason: str, why: Callable[[], str]) -> None:
        """Count an update that was dropped unread. `reason`: one word for the metrics; `why`: the
        log line for the first one."""
        with self._lock:
            self._count(reason)
        if reason not in self._said:
            self._once(reason, why())

    def _once(self, kind: str, text: str, level: int = logging.WARNING) -> None:
        with self._lock:
            if kind in self._said:
                return
            self._said.add(kind)
        log.log(level, "%s: %s", self.source, text)

    def _count(self, reason: str) -> None:
        self.rejects[reason] = self.rejects.get(reason, 0) + 1

    def summarise(self, *, at_the_end: bool = False) -> None:
        """Log how many updates were refused since the last line. Call this regularly: it logs at
        most every ten seconds, and always when `at_the_end`."""
        with self._lock:
            self._say_if_due(at_the_end)

    def _say_if_due(self, at_the_end: bool = False) -> None:
        now = self._now()
        quiet = now < self._quiet_until and not self.at_once
        if not self._unsaid or (quiet and not at_the_end):
            return
        first = self._unsaid == 1 and not quiet
        what = "refused" if first else f"refused {self._unsaid} more; the latest is"
        self._unsaid = 0
        self._quiet_until = now + SUMMARY_EVERY
        wrong, quote, expected = self._latest
        why = printable(str(wrong), _LONGEST_REASON)
        stop = "" if why.endswith("?") else "."
        hint = f"{stop} Expected {expected}" if expected else ""
        log.warning("%s: %s %s: %s%s", self.source, what, quote, why, hint)
