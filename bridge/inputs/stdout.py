"""Passes text on to standard output, on a thread that may wait for the program that reads it."""

import logging
import os
import threading
import time
from typing import TextIO

from bridge.inputs.stdin_reader import is_open

log = logging.getLogger(__name__)

MOST_WAITING = 65536
"""Bytes that may wait. What comes in is not read while more do."""

_TRY_AGAIN = 0.02  # seconds


class Stdout:
    """Standard output for one input. Its methods may be called from any thread."""

    def __init__(self, name: str, file: TextIO | None) -> None:
        """Write to a file.

        Args:
            name: the input's, for the log.
            file: `sys.stdout`; None if there is none (pythonw).
        """
        self._name = name
        self._descriptor, self._file = _opened(file)
        self._waiting = bytearray()
        self._being_written = 0
        self._begun = self._closed = False
        self._changed = threading.Condition()

    def write(self, data: bytes) -> None:
        """Write when its turn comes. Never waits."""
        with self._changed:
            if self._closed:
                return
            if not self._begun:
                self._begun = True
                threading.Thread(target=self._run, name="stdout", daemon=True).start()
            self._waiting += data
            self._changed.notify_all()

    def wait_for_room(self) -> None:
        """Wait until no more than `MOST_WAITING` bytes are to be written."""
        self._wait_for_at_most(MOST_WAITING)

    def finish(self) -> None:
        """Wait until everything is written, then close standard output, so that the program that
        reads it sees the end of the text."""
        self._wait_for_at_most(0)
        with self._changed:
            closed, self._closed = self._closed, True
        if self._is_open() and not closed:
            # Not `close`: the system would give its number to the next file or socket.
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, self._descriptor)
            os.close(nothing)

    def _wait_for_at_most(self, size: int) -> None:
        with self._changed:
            while len(self._waiting) + self._being_written > size and not self._closed:
                self._changed.wait()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._being_written = 0
                self._changed.notify_all()
                while not self._waiting:
                    self._changed.wait()
                data = bytes(self._waiting)
                self._waiting.clear()
                self._being_written = len(data)
            try:
                self._write_all(data)
            except OSError as problem:
                self._give_up(problem.strerror or str(problem))
                return

    def _is_open(self) -> bool:
        """Whether it was not closed by somebody else: the system gives the number of a closed file
        to the next one, which is not for us."""
        return self._file is not None and is_open(self._descriptor, self._file)

    def _write_all(self, data: bytes) -> None:
        while data:
            if not self._is_open():
                raise OSError("it is not open")
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:  # another program has made this terminal or pipe non-blocking
                time.sleep(_TRY_AGAIN)

    def _give_up(self, why: str) -> None:
        log.warning(
            "%s: cannot write to stdout (%s); the text is no longer passed on; the face continues",
            self._name,
            why,
        )
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()


def _opened(file: TextIO | None) -> tuple[int, os.stat_result | None]:
    """The number of a file, and what the system says of it; None if it is not open."""
    try:
        descriptor = -1 if file is None else file.fileno()
        return descriptor, os.fstat(descriptor)
    except (OSError, ValueError):
        return -1, None
