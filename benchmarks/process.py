"""Starts and ends other programs, and receives from them."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 20.0
"""Seconds to wait for a datagram."""

AFFECT_BRIDGE = (str(Path(sys.executable).parent / "affect-bridge"), "run")

# As an installed program has it. A start that compiles every module takes twice as long and keeps
# more memory.
_ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

Command = Callable[[int], list[str]]
"""The command that sends frames to a port of this machine."""


@contextmanager
def running(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that is ended when the block is left."""
    process = subprocess.Popen(
        command,
        env=_ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


@contextmanager
def receiver() -> Iterator[socket.socket]:
    """A UDP socket at a free port of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(PATIENCE)
        yield listening


def port_of(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])


def free_port() -> int:
    """A UDP port that was free a moment ago."""
    with receiver() as probe:
        return port_of(probe)


def demo(port: int, *more: str) -> list[str]:
    """The daemon with its demo, and optionally with more arguments."""
    return [*AFFECT_BRIDGE, "--from", "demo", "--to", f"vmc://127.0.0.1:{port}", *more]


def by_reference(port: int) -> list[str]:
    """The same for the usual way."""
    return [sys.executable, "-m", "benchmarks.reference", str(port)]
