"""What every input has: a name, a mailbox, complaints, and a reader of messages."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable

from bridge.config.inputs import AnySource
from bridge.emotion.cleaning import decode
from bridge.emotion.gathering import Gathering
from bridge.emotion.message import Message
from bridge.emotion.mixer import Mailbox
from bridge.emotion.points import NEUTRAL, Vad
from bridge.emotion.reading import EXPECTED, Reader, ReadingSettings
from bridge.emotion.scale import UNSCALED, RangeWatch
from bridge.emotion.streams import MAIN_STREAM, allowed_stream
from bridge.emotion.update import PREVIOUS, Update, UpdateError
from bridge.supervision.allowance import Allowance
from bridge.supervision.complaints import Complaints

MOST_UPDATES = 1000
"""The most updates a second that are read from one source; no sensor sends as many. Reading a
thousand takes a few hundredths of a second."""

_MOST_STREAMS = 1024
PLAIN = ReadingSettings()
"""How messages are read when no setting says otherwise."""


class Source(ABC):
    """One input. It may post from any thread."""

    def __init__(self, name: str, mailbox: Mailbox, reading: ReadingSettings = PLAIN) -> None:
        self.name = name
        self.mailbox = mailbox
        self.complaints = Complaints(name)
        self._allowance = Allowance(MOST_UPDATES)
        self._put_off: Callable[[], object] | None = None
        # `catch_up` runs on the event loop, and an input may read on a thread of its own. Without
        # this, an update that was put off could replace a later one.
        self._turn = threading.Lock()
        self._reading = reading
        self._reader = Reader(reading)
        self._gathering = Gathering()
        self._range_watch = RangeWatch() if reading.scales == UNSCALED else None
        self._last: dict[str, Vad] = {}
        """The latest point of each stream."""

    @property
    def progress(self) -> str:
        """How far it has come, for people, if it is something that has an end."""
        return ""

    @abstractmethod
    async def run(self, up: Callable[[], None]) -> None:
        """Receive until cancelled; see `bridge.supervision.supervised.Part`."""

    def admit(self, read: Callable[[], object]) -> None:
        """Read one more update, by calling `read`, if there were not too many in the last second.
        If there were, it is dropped; but if it is still the latest when `catch_up` is called, it
        is read then."""
        with self._turn:
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
        with self._turn:
            read, self._put_off = self._put_off, None
            if read is not None:
                read()

    def read_text(self, sent: str | bytes, *, stream: str = MAIN_STREAM, sender: str = "") -> None:
        """Read and post one line or payload. If it is not an update, a complaint says why."""
        self.admit(lambda: self._read_text(sent, stream, sender))

    def _read_text(self, sent: str | bytes, stream: str, sender: str) -> Update | None:
        """Read and post; returns the update if it was posted."""
        text = decode(sent) if isinstance(sent, bytes) else sent
        try:
            update = self.update_of(self._reader.read(text, stream), sender)
        except UpdateError as problem:
            self.complaints.refuse(problem, text, EXPECTED, sender=sender)
            return None
        return update if self.post(update, text, sender=sender) else None

    def update_of(self, message: Message, sender: str = "") -> Update:
        """The update of a message, with the labels that the sender sent just before it.

        Raises:
            UpdateError: as `Message.update`.
        """
        if self._reading.labels == "together":
            message = self._gathering.join(message, sender, time.perf_counter())
        if message.has_point and self._range_watch and self._range_watch.see(message.axes):
            self.complaints.note("range", RangeWatch.QUESTION)
        return message.update(self.last_point(message.stream), self._reading.dominance)

    def change(self, section: AnySource) -> None:
        """Take other settings, of those that change while the input is open."""
        self.read_as(section.reading)

    def read_as(self, reading: ReadingSettings) -> None:
        """Read messages by other settings from now on."""
        with self._turn:
            if reading != self._reading:
                self._reading, self._reader = reading, Reader(reading)
                self._range_watch = None

    def last_point(self, stream: str) -> Vad:
        """The latest point that was posted for a stream; neutral before the first."""
        return self._last.get(allowed_stream(stream), NEUTRAL)

    def post(self, update: Update, text: str, *, sender: str = "") -> bool:
        """Post an update. Returns whether it was posted; if not, a complaint says why.

        Args:
            text: what a complaint quotes.
            sender: where the update came from, for a complaint.
        """
        try:
            self.accept(update, text)
        except UpdateError as problem:
            self.complaints.refuse(problem, text, sender=sender)
            return False
        return True

    def accept(self, update: Update, sent: str = "") -> None:
        """Post an update. Notes are logged, a refusal is not.

        Args:
            sent: what the sender wrote, for a recording.

        Raises:
            UpdateError: no output shows its stream, or there are too many streams.
        """
        notes = self.mailbox.post(update, sent)
        if len(self._last) >= _MOST_STREAMS:
            self._last.clear()
        if update.parts and update.then != PREVIOUS:
            after = update if update.then is None else update._replace(parts=update.then.parts)
            self._last[update.stream] = after.target
        if update.clamped:
            self.complaints.clamped(update.clamped)
        for kind, note in (*update.notes, *notes):
            self.complaints.note(kind, note)
