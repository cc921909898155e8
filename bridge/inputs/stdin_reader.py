"""Reads standard input on a thread of its own, and ends with it."""

import asyncio
import contextlib
import errno
import os
import select
import stat
import sys
import threading
import time
from abc import abstractmethod
from collections.abc import Callable

from bridge.emotion.mixer import Mailbox
from bridge.emotion.reading import ReadingSettings
from bridge.inputs.source import PLAIN, Source
from bridge.supervision.supervised import Unavailable

_CHUNK = 65536
_LOOK_AGAIN = 0.5


def _read(descriptor: int, file: os.stat_result) -> bytes:
    """The next bytes of an open file; none if it has ended, or was closed by somebody else: the
    system gives the number of a closed file to the next one, whose bytes are not for us."""
    while is_open(descriptor, file):
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


def is_open(descriptor: int, file: os.stat_result) -> bool:
    """Whether a descriptor still is the file that `os.fstat` described."""
    try:
        return os.path.samestat(os.fstat(descriptor), file)
    except OSError:
        return False


def _may_be_null(descriptor: int) -> bool:
    """Whether this is a null device if it holds no bytes. Windows calls its null device a terminal
    too, so a console that is closed before a line was typed is taken for one there."""
    is_terminal = os.name != "nt" and os.isatty(descriptor)
    return stat.S_ISCHR(os.fstat(descriptor).st_mode) and not is_terminal


class StdinReader(Source):
    """An input that reads standard input.

    Only a thread that blocks in `read` works for terminals, pipes and files on every platform. It
    cannot be interrupted while it reads, so it is a daemon thread and holds no locks.
    """

    def __init__(self, name: str, mailbox: Mailbox, reading: ReadingSettings = PLAIN) -> None:
        super().__init__(name, mailbox, reading)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._typed = False
        """Whether it is a terminal. Known once something has come."""
        self.is_null = False
        """Whether it was a null device, as a service or a container has it. Known once it has
        ended."""

    @abstractmethod
    def received(self, data: bytes) -> None:
        """Take what has come. Called on the reader's thread, which may block: nothing is read
        meanwhile."""

    @abstractmethod
    def finish(self) -> None:
        """Take what was still incomplete: standard input has ended. Called on the reader's
        thread; the input has ended once this returns."""

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
        await ended

    def _read_all(self) -> None:
        if sys.stdin is None:  # pythonw and some services have no standard input
            self.is_null = True
        else:
            descriptor = sys.stdin.fileno()
            self._typed = self.complaints.at_once = os.isatty(descriptor)
            self.is_null = _may_be_null(descriptor)
            file = os.fstat(descriptor)
            while data := _read(descriptor, file):
                self.is_null = False
                self.received(data)
        self.finish()

    def _on_loop(self, call: Callable[..., object], *arguments: object) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the program ends
                self._loop.call_soon_threadsafe(call, *arguments)
