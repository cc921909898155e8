"""A process beside the bridge, as the bridge sees it: started, connected, and ended.

It is started with `subprocess`, because the event loop that MQTT needs on Windows cannot start
processes. It learns everything from its standard input: the command line and the environment of a
process can be read by others.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bridge
from bridge.link.listener import Link, Listener

_END_WITHIN = 0.3
"""Seconds that the process gets to end by itself once its link is closed."""
_LOOK_EVERY = 0.01
_CONNECTED_EVERY = 0.05
"""Seconds between two looks whether it still runs while it starts."""


class Child:
    """A Python process that runs a module of this program."""

    def __init__(self, module: str, hello: Mapping[str, Any]) -> None:
        """Start it, with `hello` as JSON on its standard input.

        Raises:
            OSError: it cannot be started.
        """
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, a module of ours
            [sys.executable, *_safe_path(), "-m", module],
            stdin=subprocess.PIPE,
            # The bridge's own standard output may be a pipe that another program reads.
            stdout=subprocess.DEVNULL,
            **_aside(),
        )
        assert self._process.stdin is not None  # noqa: S101 - for the type checker
        with contextlib.suppress(OSError), self._process.stdin as stdin:
            stdin.write(json.dumps(hello).encode())

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    async def connected(self, listener: Listener, within: float) -> Link:
        """Wait for its connection. `within`: seconds.

        Raises:
            EOFError: it ended before.
            TimeoutError: it did not connect in time.
        """
        deadline = time.monotonic() + within
        while not listener.link.done():
            if self.ended:
                raise EOFError
            if time.monotonic() > deadline:
                raise TimeoutError
            await asyncio.wait([listener.link], timeout=_CONNECTED_EVERY)
        return listener.link.result()

    async def how(self) -> str:
        """How it ended, for people: `signal 9`, `exit status 1`."""
        await self._ended_within(_END_WITHIN)
        status = self._process.poll()
        if status is None:
            return "it closed its connection"
        return f"signal {-status}" if status < 0 else f"exit status {status}"

    async def end(self) -> None:
        """Wait a moment for it to end by itself, as it does when its link is closed; then kill
        it."""
        try:
            await self._ended_within(_END_WITHIN)
        finally:
            if not self.ended:
                self._process.kill()
                await asyncio.to_thread(self._process.wait)

    async def _ended_within(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        # Nothing tells the selector loop on every system that a process has ended.
        while not self.ended and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_EVERY)


def _safe_path() -> list[str]:
    """Keeps the child from importing modules that lie in the current directory, unless this
    program itself does."""
    return [] if Path(bridge.__file__).parent.parent == Path.cwd() else ["-P"]


def _aside() -> dict[str, Any]:
    """Ctrl-C and Ctrl-Z in the terminal are for the bridge, which ends the child itself; and frames
    have priority over visitors."""
    if sys.platform == "win32":
        return {
            "creationflags": subprocess.CREATE_NEW_PROCESS_GROUP
            | subprocess.BELOW_NORMAL_PRIORITY_CLASS
            | subprocess.CREATE_NO_WINDOW
        }
    return {"process_group": 0}


def stand_aside() -> None:
    """Called by the child itself, first of all: only the end of its link ends it, whatever signal
    a terminal or a service manager sends to every process at once."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if (number := getattr(signal, name, None)) is not None:
            signal.signal(number, signal.SIG_IGN)
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):  # a service manager may forbid it
            os.nice(5)
