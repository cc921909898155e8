"""Writes to standard error on a thread of its own.

A terminal can hold its output for hours (Ctrl-S, a click into Windows' console, `| less`), and
systemd's journal for seconds. Only this thread waits for it.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from io import RawIOBase
from typing import TextIO

MOST_WAITING = 1000
"""Texts that wait to be written. When one more comes, the oldest is dropped."""

_TRY_AGAIN = 0.05  # seconds


class Writer:
    """A bounded queue of texts before one stream. Every method may be called from any thread, also
    from a signal handler; none but `flush` waits."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.say_lost: Callable[[int], str] = lambda count: f"{count} log lines were dropped\n"
        """Makes the text that stands where texts were dropped, from their number."""
        self._open = _raw(stream)
        self._waiting: deque[str] = deque()
        self._drawing: Callable[[], str] | None = None
        self._lost = 0
        self._busy = False
        self._said: set[str] = set()
        self._changed = threading.Condition()  # reentrant, as a signal handler needs it
        threading.Thread(target=self._run, name="writer", daemon=True).start()

    def write(self, text: str) -> None:
        """Write a text when its turn comes."""
        with self._changed:
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.popleft()
                self._lost += 1
            self._waiting.append(text)
            self._changed.notify_all()

    def draw(self, drawing: Callable[[], str]) -> None:
        """Write what `drawing` returns, after the texts. It is called on the writer's thread, right
        before; one that still waits is replaced."""
        with self._changed:
            self._drawing = drawing
            self._changed.notify_all()

    def as_written(self, text: str) -> str:
        """A text as it looks when it is written: the stream's encoding may lack characters."""
        encoding = self.stream.encoding or "utf-8"
        return text.encode(encoding, _errors(self.stream)).decode(encoding)

    def flush(self, within: float) -> bool:
        """Wait until everything is written, `within` so many seconds; whether it is."""
        deadline = time.monotonic() + within
        with self._changed:
            while self._waiting or self._drawing or self._lost or self._busy:
                if not self._changed.wait(max(0.0, deadline - time.monotonic())):
                    return False
        return True

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                while not (self._waiting or self._drawing or self._lost):
                    self._changed.notify_all()
                    self._changed.wait()
                self._busy = True
                text = self._next()
            try:
                self._put(text() if callable(text) else text)
            except Exception as problem:  # without this thread, no line would be written any more
                self._say_once(f"cannot write the status line or a log line: {problem!r}\n")

    def _say_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self.write(text)

    def _next(self) -> str | Callable[[], str]:
        if self._lost:
            lost, self._lost = self._lost, 0
            return self.say_lost(lost)
        if self._waiting:
            return self._waiting.popleft()
        drawing, self._drawing = self._drawing, None
        return drawing or ""

    def _put(self, text: str) -> None:
        try:
            if self._open is None:
                self.stream.write(text)
                self.stream.flush()
            else:
                _write_all(self._open, _encoded(text, self.stream))
        except (OSError, ValueError):  # a closed terminal: nobody is left to tell
            pass


def _raw(stream: TextIO) -> RawIOBase | None:
    """The stream's file without any buffer. Python waits at its end for whoever is writing to the
    buffer of standard error, however long that takes."""
    try:
        return open(stream.fileno(), "wb", buffering=0, closefd=False)
    except (AttributeError, OSError, ValueError):  # not a file of the system
        return None


def _encoded(text: str, stream: TextIO) -> bytes:
    if os.linesep != "\n":
        text = text.replace("\n", os.linesep)
    return text.encode(stream.encoding or "utf-8", _errors(stream))


def _errors(stream: TextIO) -> str:
    """How the stream writes what its encoding lacks; never as an exception."""
    return "backslashreplace" if stream.errors in {None, "strict"} else stream.errors


def _write_all(file: RawIOBase, data: bytes) -> None:
    while data:
        written = file.write(data)
        if written is None:  # another program has made this terminal or pipe non-blocking
            time.sleep(_TRY_AGAIN)
        else:
            data = data[written:]
