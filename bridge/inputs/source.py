"""What every input is: a source of feelings with a name, a mailbox and complaints of its own."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from bridge.complaints import Complaints
from bridge.mixer import Mailbox
from bridge.update import EXPECTED, MAIN_STREAM, Update, UpdateError, parse_update


class Source(ABC):
    """One input. What it hears may be posted from any thread."""

    def __init__(self, name: str, mailbox: Mailbox) -> None:
        self.name = name
        self.mailbox = mailbox
        self.complaints = Complaints(name)

    @abstractmethod
    async def run(self, up: Callable[[], None]) -> None:
        """Listen, as `bridge.supervision.Part` says."""

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
        try:
            update = parse_update(text, stream)
        except UpdateError as problem:
            self.complaints.refuse(problem, text, EXPECTED, sender=sender)
        else:
            self.hear(update, text, sender=sender)
