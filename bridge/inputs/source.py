"""What every input has: a name, a mailbox and complaints."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable

from bridge.emotion.mixer import Mailbox
from bridge.emotion.streams import MAIN_STREAM
from bridge.emotion.update import EXPECTED, Update, UpdateError, parse_update
from bridge.supervision.allowance import Allowance
from bridge.supervision.complaints import Complaints

MOST_UPDATES = 1000
"""The most updates a second that are read from one source; no sensor sends as many. Reading a
thousand takes a few hundredths of a second."""


class Source(ABC):
    """One input. It may post from any thread."""

    def __init__(self, name: str, mailbox: Mailbox) -> None:
        self.name = name
        self.mailbox = mailbox
        self.complaints = Complaints(name)
        self._allowance = Allowance(MOST_UPDATES)
        self._put_off: Callable[[], None] | None = None
        # `catch_up` runs on the event loop, and an input may read on a thread of its own. Without
        # this, an update that was put off could replace a later one.
        self._reading = threading.Lock()

    @abstractmethod
    async def run(self, up: Callable[[], None]) -> None:
        """Receive until cancelled; see `bridge.supervision.supervised.Part`."""

    def admit(self, read: Callable[[], None]) -> None:
        """Read one more update, by calling `read`, if there were not too many in the last second.
        If there were, it is dropped; but if it is still the latest when `catch_up` is called, it
        is read then."""
        with self._reading:
            if self._allowance.take():
                self._put_off = None
                read()
                return
            self._put_off = read
        self.complaints.drop(
            "too_many",
            lambda: (
                f"more than {MOST_UPDATES} updates a second; the rest are dropped, except the "
                "latest (logged once)"
            ),
        )

    def catch_up(self) -> None:
        """Read the latest update if it was put off. Called about once a second."""
        with self._reading:
            read, self._put_off = self._put_off, None
            if read is not None:
                read()

    def post(self, update: Update, text: str, *, sender: str = "") -> bool:
        """Post an update. Returns whether it was posted; if not, a complaint says why.

        Args:
            text: what a complaint quotes.
            sender: where the update came from, for a complaint.
        """
        try:
            self.mailbox.post(update)
        except UpdateError as problem:
            self.complaints.refuse(problem, text, sender=sender)
            return False
        if update.clamped:
            self.complaints.clamped(update.clamped)
        return True

    def read_text(self, text: str, *, stream: str = MAIN_STREAM, sender: str = "") -> None:
        """Read and post one line or payload. If it is not an update, a complaint says why."""
        self.admit(lambda: self._read_text(text, stream, sender))

    def _read_text(self, text: str, stream: str, sender: str) -> None:
        try:
            update = parse_update(text, stream)
        except UpdateError as problem:
            self.complaints.refuse(problem, text, EXPECTED, sender=sender)
        else:
            self.post(update, text, sender=sender)
