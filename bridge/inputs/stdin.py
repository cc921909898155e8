"""Updates on standard input, one a line."""

import asyncio
import contextlib
import errno
import logging
import os
import select
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable

from bridge.emotion.cleaning import Transcoder, clean, decode
from bridge.emotion.mixer import Mailbox
from bridge.emotion.reading import EXPECTED, LONGEST_JSON, ReadingSettings
from bridge.emotion.streams import MAIN_STREAM
from bridge.emotion.update import Update
from bridge.inputs import terminal
from bridge.inputs.demo import play
from bridge.inputs.source import PLAIN, Source
from bridge.supervision.supervised import Unavailable

log = logging.getLogger(__name__)

_CHUNK = 65536
_LOOK_AGAIN = 0.5


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


def _read(descriptor: int, file: os.stat_result) -> bytes:
    """The next bytes of an open file; none if it has ended, or was closed by somebody else: the
    system gives the number of a closed file to the next one, whose bytes are not for us."""
    while _is_open(descriptor, file):
        try:
            return os.read(descriptor, _CHUNK)
        except BlockingIOError:  # another program has made this terminal or pipe non-blocking
            select.select([descriptor], [], [], _LOOK_AGAIN)
        except OSError as problem:
            # A job in the background cannot read the terminal; it can again in the foreground.
            if problem.errno != errno.EIO or not os.isatty(descriptor):
                raise
            time.sleep(_LOOK_AGAIN)
    return b""


def _is_open(descriptor: int, file: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), file)
    except OSError:
        return False


def _may_be_null(descriptor: int) -> bool:
    """Whether this is a null device if it holds no bytes. Windows calls its null device a terminal
    too, so a console that is closed before a line was typed is taken for one there."""
    is_terminal = os.name != "nt" and os.isatty(descriptor)
    return stat.S_ISCHR(os.fstat(descriptor).st_mode) and not is_terminal


class StdinInput(Source):
    """Reads standard input on a thread of its own.

    Only a thread that blocks in `read` works for terminals, pipes and files on every platform. It
    cannot be interrupted while it reads, so it is a daemon thread and holds no locks.
    """

    def __init__(self, name: str, mailbox: Mailbox, reading: ReadingSettings = PLAIN) -> None:
        super().__init__(name, mailbox, reading)
        self._splitter = LineSplitter(LONGEST_JSON, self._too_long)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._typed = self._answered = self._touring = False
        self._tour: asyncio.Task[None] | None = None
        self.is_null = False
        """Whether it was a null device, as a service or a container has it. Known once it has
        ended."""

    async def run(self, up: Callable[[], None]) -> None:
        """Read until standard input ends."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()

        def finish(problem: BaseException | None) -> None:
            if ended.done():
                return
            if problem is None:
                ended.set_result(None)
            elif isinstance(problem, OSError):
                ended.set_exception(Unavailable(f"cannot read standard input ({problem.strerror})"))
            else:
                ended.set_exception(problem)

        def read() -> None:
            problem: BaseException | None = None
            try:
                self._read_all()
            except Exception as crash:
                problem = crash
            with contextlib.suppress(RuntimeError):  # the loop is closed: the program ends
                loop.call_soon_threadsafe(finish, problem)

        self._loop = loop
        threading.Thread(target=read, name="stdin", daemon=True).start()
        up()
        try:
            await ended
        finally:
            self._stop_tour()

    def _read_all(self) -> None:
        if sys.stdin is None:  # pythonw and some services have no standard input
            self.is_null = True
            return
        descriptor = sys.stdin.fileno()
        self._typed = self.complaints.at_once = os.isatty(descriptor)
        self.is_null = _may_be_null(descriptor)
        file, transcoder = os.fstat(descriptor), Transcoder()
        while data := _read(descriptor, file):
            self.is_null = False
            for line in self._splitter.feed(transcoder.feed(data)):
                self._read_line(line)
        for line in self._splitter.feed(transcoder.end() + b"\n"):
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

    def _on_loop(self, call: Callable[..., object], *arguments: object) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the program ends
                self._loop.call_soon_threadsafe(call, *arguments)

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
