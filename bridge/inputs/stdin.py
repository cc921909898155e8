"""Updates on standard input, one a line."""

import asyncio
import logging
import signal
from collections.abc import Callable

from bridge.emotion.cleaning import Transcoder, clean, decode
from bridge.emotion.mixer import Mailbox
from bridge.emotion.reading import EXPECTED, LONGEST_JSON, ReadingSettings
from bridge.emotion.streams import MAIN_STREAM
from bridge.emotion.update import Update
from bridge.inputs import terminal
from bridge.inputs.demo import play
from bridge.inputs.source import PLAIN
from bridge.inputs.stdin_reader import StdinReader

log = logging.getLogger(__name__)


class LineSplitter:
    """Splits a stream of bytes into lines, which end with LF, CR or both. Keeps at most one
    unfinished line of bounded length."""

    def __init__(self, longest: int, too_long: Callable[[bytes], None]) -> None:
        self._longest, self._too_long = longest, too_long
        self._rest = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes, without their line ends. CR and LF together end an empty
        line too."""
        *lines, self._rest = (self._rest + data.replace(b"\r", b"\n")).split(b"\n")
        if lines and self._skipping:
            del lines[0]
            self._skipping = False
        if len(self._rest) > self._longest:
            if not self._skipping:
                self._too_long(self._rest)
            self._skipping = True
            self._rest = b""
        for line in lines:
            if len(line) > self._longest:
                self._too_long(line)
        return [line for line in lines if len(line) <= self._longest]


class StdinInput(StdinReader):
    """Reads updates, one a line, and answers a person at a terminal."""

    def __init__(self, name: str, mailbox: Mailbox, reading: ReadingSettings = PLAIN) -> None:
        super().__init__(name, mailbox, reading)
        self._splitter = LineSplitter(LONGEST_JSON, self._too_long)
        self._transcoder = Transcoder()
        self._answered = self._touring = False
        self._tour: asyncio.Task[None] | None = None

    async def run(self, up: Callable[[], None]) -> None:
        """Read until standard input ends."""
        try:
            await super().run(up)
        finally:
            self._stop_tour()

    def received(self, data: bytes) -> None:
        for line in self._splitter.feed(self._transcoder.feed(data)):
            self._read_line(line)

    def finish(self) -> None:
        for line in self._splitter.feed(self._transcoder.end() + b"\n"):
            self._read_line(line)

    def _read_line(self, line: bytes) -> None:
        text = clean(decode(line))
        if text and self._typed:
            self._read_typed(text)
        elif text:
            self.read_text(text)

    def _read_typed(self, text: str) -> None:
        """Answer a person at once."""
        command = terminal.command(text)
        if command == "help":
            for line in terminal.HELP:
                self._say(line)
        elif command == "quit":
            self._on_loop(signal.raise_signal, signal.SIGINT)
        elif command == "demo":
            self._say("a tour through the emotions, until you type something")
            self._on_loop(self._start_tour)
        else:
            self.admit(lambda: self._answer(text))

    def _answer(self, text: str) -> None:
        self._touring = False  # at once: the tour itself ends on the event loop
        self._on_loop(self._stop_tour)
        if update := self._read_text(text, MAIN_STREAM, ""):
            self._say(terminal.answer(update, self.mailbox.hold, first=not self._answered))
            self._answered = True

    def _say(self, text: str) -> None:
        log.info("%s: %s", self.name, text)

    def _start_tour(self) -> None:
        self._stop_tour()
        self._touring = True
        self._tour = asyncio.create_task(play(self._post_of_tour), name="tour")

    def _post_of_tour(self, update: Update, name: str) -> None:
        if self._touring:
            self.post(update, name)

    def _stop_tour(self) -> None:
        if self._tour is not None:
            self._tour.cancel()
            self._tour = None

    def _too_long(self, start: bytes) -> None:
        why = f"the line is longer than {LONGEST_JSON} bytes"
        self.complaints.refuse(why, start[:80], EXPECTED)
