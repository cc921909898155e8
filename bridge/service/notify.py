"""Notifications to systemd: ready, alive, stopping. Without systemd this does nothing.

The protocol is a datagram of `NAME=value` lines to the socket that NOTIFY_SOCKET names
(sd_notify(3)).
"""

import contextlib
import os
import socket
from collections.abc import Callable, Mapping

_BEATS_A_WATCHDOG = 3
"""How many times to feed the watchdog within its timeout. sd_watchdog_enabled(3) recommends two;
three allow for a dropped frame."""

STATUS_EVERY = 10.0  # seconds
_LONGEST_STATUS = 500  # characters
_LOOP_TIMEOUT = 3.0
"""Seconds without a sign of the event loop after which the watchdog is no longer fed."""
_TRY_AGAIN = 0.1  # seconds, when systemd did not accept the first message


class ServiceManager:
    """The service manager that started this process, if there is one."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._socket: socket.socket | None = None
        address = environment.get("NOTIFY_SOCKET", "")
        if address.startswith(("/", "@")) and hasattr(socket, "AF_UNIX"):
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
            with contextlib.suppress(OSError):
                self._socket.connect(address.replace("@", "\0", 1))
        self._patience = _watchdog_seconds(environment)
        self._beat_due = self._status_due = float("-inf")
        self._ready = False
        self._loop_seen = float("-inf")

    def loop_alive(self, now: float) -> None:
        """Called on the event loop about once a second, with the time of the frame clock."""
        self._loop_seen = now

    def frame_left(self, now: float) -> None:
        """Called by the frame thread after each frame, with the time of the frame clock. The first
        frame means that the service is ready. After that the watchdog is fed from here, as long as
        the event loop, which reads the inputs, is alive as well."""
        if self._socket is None or now < self._beat_due:
            return
        if not self._ready:
            self._ready = self.tell("READY=1")
        if not self._ready:
            self._beat_due = now + _TRY_AGAIN
        elif self._patience is None:
            self._beat_due = float("inf")
        elif now - self._loop_seen < _LOOP_TIMEOUT:
            self._beat_due = now + self._patience / _BEATS_A_WATCHDOG
            self.tell("WATCHDOG=1")

    def tell_status(self, line: Callable[[], str], now: float) -> None:
        """Called regularly with a function that makes the line for `systemctl status`. The line is
        made and sent at most every ten seconds, and only if there is a service manager."""
        if self._socket is not None and now >= self._status_due:
            self._status_due = now + STATUS_EVERY
            # A name with a line break must not add a line to the message.
            self.tell("STATUS=" + " ".join(line().split())[:_LONGEST_STATUS])

    def tell(self, *lines: str) -> bool:
        """Send lines. Returns whether they were sent; they are dropped if that would block."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.send("\n".join(lines).encode("utf-8", "replace"))
                return True
        return False


def _watchdog_seconds(environment: Mapping[str, str]) -> float | None:
    """The watchdog timeout in seconds; None if there is no watchdog for this process."""
    microseconds = environment.get("WATCHDOG_USEC", "")
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(microseconds) / 1e6 if microseconds.isdecimal() and int(microseconds) else None
