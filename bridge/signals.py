"""What the process does when it is told to stop, or is put into the background."""

import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

_STOP = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
_SUSPEND = "SIGTSTP"


class Signals:
    """Ctrl-C, a termination or a closed terminal ask for a normal stop; doing it again ends the
    process at once. Before that, and before Ctrl-Z, the terminal is given back whole."""

    def __init__(self, stop: Callable[[], object], leave_terminal: Callable[[], object]) -> None:
        self._stop, self._leave_terminal = stop, leave_terminal
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        for name in _STOP:
            self._install(name, self._handle_stop)
        self._install(_SUSPEND, self._handle_suspend)
        # A background job that reads the terminal is stopped by this one; the stdin input would
        # rather hear of it as an error, and the face go on.
        self._install("SIGTTIN", signal.SIG_IGN)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _install(self, name: str, handler: Any) -> None:
        number = getattr(signal, name, None)
        # What was ignored from the start (nohup) stays ignored.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            self._before[number] = signal.signal(number, handler)

    def _handle_stop(self, number: int, _: FrameType | None) -> None:
        for other in self._before:
            if signal.getsignal(other) == self._handle_stop:
                signal.signal(other, self._handle_impatience)
        self._stop()

    def _handle_impatience(self, number: int, _: FrameType | None) -> None:
        self._leave_terminal()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def _handle_suspend(self, number: int, _: FrameType | None) -> None:
        self._leave_terminal()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)  # stops here, and goes on here
        signal.signal(number, self._handle_suspend)
