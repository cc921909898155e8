"""Updates on standard input, one a line."""

import asyncio
import contextlib
import errno
import os
import select
import stat
import sys
import threading
import time
from collections.abc import Callable

from bridge.emotion.mixer import Mailbox
from bridge.emotion.update import EXPECTED, LONGEST_TEXT
from bridge.inputs.source import Source
from bridge.supervision.supervised import Unavailable

_CHUNK = 65536
_LOOK_AGAIN = 0.5


class LineSplitter:
    """Splits a stream of bytes into lines. Keeps at most one unfinished line of bounded length."""

    def __init__(self, longest: int, too_long: Callable[[bytes], None]) -> None:
        self._longest, self._too_long = longest, too_long
        self._rest = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes, without their line ends."""
        *lines, self._rest = (self._rest + data).split(b"\n")
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

    def end(self) -> bytes:
        """The bytes after the last line end."""
        return b"" if self._skipping else self._rest


def _read(descriptor: int) -> bytes:
    while True:
        try:
            return os.read(descriptor, _CHUNK)
        except BlockingIOError:  # another program has made this terminal or pipe non-blocking
            select.select([descriptor], [], [])
        except OSError as problem:
            # A job in the background cannot read the terminal; it can again in the foreground.
            if problem.errno != errno.EIO or not os.isatty(descriptor):
                raise
            time.sleep(_LOOK_AGAIN)


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

    def __init__(self, name: str, mailbox: Mailbox) -> None:
        super().__init__(name, mailbox)
        self._splitter = LineSplitter(LONGEST_TEXT, self._too_long)
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

        threading.Thread(target=read, name="stdin", daemon=True).start()
        up()
        await ended

    def _read_all(self) -> None:
        if sys.stdin is None:  # pythonw and some services have no standard input
            self.is_null = True
            return
        descriptor = sys.stdin.fileno()
        self.is_null = _may_be_null(descriptor)
        while data := _read(descriptor):
            self.is_null = False
            for line in self._splitter.feed(data):
                self._read_line(line)
        self._read_line(self._splitter.end())

    def _read_line(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").strip().lstrip("\ufeff")
        if text:
            self.read_text(text)

    def _too_long(self, start: bytes) -> None:
        why = f"the line is longer than {LONGEST_TEXT} bytes"
        self.complaints.refuse(why, start[:80], EXPECTED)
