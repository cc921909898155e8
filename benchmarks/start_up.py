"""From the start of the process to the first datagram received."""

import time
from statistics import median

from benchmarks.figure import Figure
from benchmarks.process import Command, by_reference, demo, port_of, receiver, running

STARTS = 9
STARTS_BY_REFERENCE = 2
GOAL = 0.35


def measure() -> list[Figure]:
    """The median of several starts, after one that fills the system's file cache."""
    _start(demo)
    here = median(_start(demo) for _ in range(STARTS))
    other = median(_start(by_reference) for _ in range(STARTS_BY_REFERENCE))
    return [
        Figure(
            "start to first datagram, beside PyTorch and python-osc",
            f"{here:.2f} s",
            f"{other:.2f} s",
            here / other,
            f"under {GOAL} s",
            here < GOAL,
        )
    ]


def _start(command: Command) -> float:
    """Seconds until the first datagram."""
    with receiver() as listening:
        begin = time.perf_counter()
        with running(command(port_of(listening))):
            listening.recv(65536)
            return time.perf_counter() - begin
