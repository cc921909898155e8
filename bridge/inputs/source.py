"""What every input is: a source of feelings with a name, a mailbox and complaints of its own."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from bridge.emotion.mixer import Mailbox
from bridge.emotion.streams import MAIN_STREAM
from bridge.emotion.update import EXPECTED, Update, UpdateError, parse_update
from bridge.supervision.allowance import Allowance
from bridge.supervision.complaints import Complaints

MOST_UPDATES = 1000
"""A second, from one source: more than any sensor sends. Understanding a thousand takes some
hundredths of a second."""


class Source(ABC):
    """One input. What it hears may be posted from any thread."""

    def __init__(self, name: str, mailbox: Mailbox) -> None:
        self.name = name
        self.mailbox = mailbox
        self.complaints = Complaints(name)
        self._allowance = Allowance(MOST_UPDATES)
        self._put_off: Callable[[], None] | None = None

    @abstractmethod
    async def run(self, up: Callable[[], None]) -> None:
        """Listen, as `bridge.supervision.supervised.Part` says."""

    def admit(self, again: Callable[[], None]) -> bool:
        """Whether one more update may be understood now. If not, it is dropped, unless it is the
        latest when `catch_up` is called: then `again` is how to hear it."""
        if self._allowance.take():
            self._put_off = None
            return True
        self._put_off = again
        self.complaints.drop(
            "too_many",
            lambda: (
                f"more than {MOST_UPDATES} updates a second: the surplus is dropped, but for the "
                "latest; now and from here on without a word"
            ),
        )
        return False

    def catch_up(self) -> None:
        """Called now and then: hear the latest update if it was put off."""
        again, self._put_off = self._put_off, None
        if again is not None:
            again()

    def hear(self, update: Update, said: str, *, sender: str = "") -> bool:
        """Post an update, or complain that it cannot be shown; whether it was posted.

        `said` is what a complaint quotes, `sender` where it says that it came from.
        """
        try:
            self.mailbox.post(update)
        except UpdateError as problem:
            self.complaints.refuse(problem, said, sender=sender)
            return False
        if update.clamped:
            self.complaints.clamped(update.clamped)
        return True

    def hear_text(self, text: str, *, stream: str = MAIN_STREAM, sender: str = "") -> None:
        """Understand and post one line or payload, or complain about it."""
        if not self.admit(lambda: self.hear_text(text, stream=stream, sender=sender)):
            return
        try:
            update = parse_update(text, stream)
        except UpdateError as problem:
            self.complaints.refuse(problem, text, EXPECTED, sender=sender)
        else:
            self.hear(update, text, sender=sender)
