"""Signal handling: stop, reload and suspend."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

_STOP = ("SIGINT", "SIGTERM", "SIGBREAK")  # SIGBREAK: Ctrl-Break on Windows
_TOGETHER = 0.05
"""Seconds within which two signals count as one: a program that started this one may pass on the
Ctrl-C that both have got."""
_HANG_UP = "SIGHUP"  # Windows has none
_SUSPEND = "SIGTSTP"


class Signals:
    """Ctrl-C, SIGTERM and a closed terminal start a normal stop; a second Ctrl-C or SIGTERM ends
    the process at once, as Ctrl-\\ does. The terminal is restored before that, and before Ctrl-Z
    suspends the process.

    SIGHUP starts a reload if there is a file to reload, unless a closed terminal caused it.
    """

    def __init__(
        self,
        stop: Callable[[], object],
        leave_terminal: Callable[[], object],
        reload: Callable[[], object] | None = None,
    ) -> None:
        self._stop, self._leave_terminal, self._reload = stop, leave_terminal, reload
        self._had_terminal = _has_terminal()
        self._before: dict[int, Any] = {}
        self._stop_asked: float | None = None

    def __enter__(self) -> None:
        for name in _STOP:
            self._install(name, self._handle_stop)
        self._install(_HANG_UP, self._handle_hang_up)
        self._install(_SUSPEND, self._handle_suspend)
        self._install("SIGQUIT", self._end_at_once)  # Ctrl-\
        # This signal would stop a background job that reads the terminal. Ignored, the read fails
        # instead: stdin handles that, and frames continue.
        self._install("SIGTTIN", signal.SIG_IGN)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _install(self, name: str, handler: Any) -> None:
        number = getattr(signal, name, None)
        # A signal that was ignored at start-up (nohup) stays ignored.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            self._before[number] = signal.signal(number, handler)

    def _handle_stop(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._stop_asked is None:
            self._stop_asked = now
            self._stop()
        elif now - self._stop_asked > _TOGETHER:
            self._end_at_once(number, frame)

    def _handle_hang_up(self, number: int, frame: FrameType | None) -> None:
        # A terminal that is closed hangs up twice: by the system, and by the shell.
        if self._stop_asked is not None:
            return
        closed = self._had_terminal and not _has_terminal()
        if self._reload is None or closed:
            self._handle_stop(number, frame)
        else:
            self._reload()

    def _end_at_once(self, number: int, _: FrameType | None) -> None:
        self._leave_terminal()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def _handle_suspend(self, number: int, _: FrameType | None) -> None:
        self._leave_terminal()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)  # stops here, and goes on here
        signal.signal(number, self._handle_suspend)


def _has_terminal() -> bool:
    """Whether this process has a controlling terminal that is still open."""
    try:
        with Path("/dev/tty").open("rb", buffering=0):
            return True
    except OSError:
        return False
