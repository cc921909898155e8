"""How late a frame begins, beside a bare `time.sleep` loop to absolute deadlines.

`python -m benchmarks.wake_up PORT` is the daemon, which prints its latenesses when it ends.
"""

import asyncio
import json
import sys
import threading
import time
from statistics import quantiles
from unittest.mock import patch

import psutil

from benchmarks.figure import Figure
from benchmarks.process import port_of, receiver, running
from bridge.frames.clock import FrameClock, Tick

FPS = 60
ROUNDS = 60
SLICE = 0.25
"""Seconds. Short, so that other load on the machine affects all alike."""
GOALS = ((50, 1.1), (99, 1.3))
_WATCH_EVERY = 0.1


class NotingClock(FrameClock):
    """A frame clock that records how late each frame began."""

    noted: list[float] = []  # noqa: RUF012 - shared on purpose: the daemon makes the clock

    def wait(self, latest: float = float("inf")) -> Tick:
        tick = super().wait(latest)
        if tick.frame > 0:  # frame 0 is due at once
            self.noted.append(self.lateness)
        return tick


def measure() -> list[Figure]:
    """Slice by slice: the bare loop, the clock with an event loop, the whole daemon."""
    bare: list[float] = []
    with receiver() as listening, running(_noting_daemon(port_of(listening))) as process:
        listening.recv(65536)
        daemon = psutil.Process(process.pid)
        for _ in range(ROUNDS):
            daemon.suspend()
            bare += _bare_loop()
            asyncio.run(_clock_beside_event_loop())
            daemon.resume()
            time.sleep(SLICE)
        process.terminate()
        told, _ = process.communicate()
    # The frame after each suspension is late by its whole length, which is not the clock's fault.
    in_daemon = [lateness for lateness in json.loads(told) if lateness < SLICE]
    return [
        *_compare("frame clock, {} late", NotingClock.noted, bare),
        *_compare("whole daemon, {} late", in_daemon, bare),
    ]


def _compare(what: str, here: list[float], bare: list[float]) -> list[Figure]:
    figures = []
    for percent, goal in GOALS:
        ours, other = (quantiles(some, n=100)[percent - 1] for some in (here, bare))
        ratio = ours / other
        figures.append(
            Figure(
                f"{what.format(f'p{percent}')}, beside a bare sleep loop",
                f"{ours * 1e6:.0f} µs",
                f"{other * 1e6:.0f} µs",
                ratio,
                f"at most {goal}",
                ratio <= goal,
            )
        )
    return figures


def _bare_loop() -> list[float]:
    """The simplest loop that keeps a frame rate without drift. On Linux `time.sleep` is a bare
    `clock_nanosleep`."""
    noted = []
    start = time.monotonic()
    for frame in range(1, int(SLICE * FPS) + 1):
        due = start + frame / FPS
        time.sleep(max(0.0, due - time.monotonic()))
        noted.append(time.monotonic() - due)
    return noted


async def _clock_beside_event_loop() -> None:
    """The clock on a thread of its own, with an event loop as idle as the daemon's when nothing
    arrives."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def frames() -> None:
        clock = NotingClock(FPS)
        for _ in range(int(SLICE * FPS) + 1):
            clock.wait()
        loop.call_soon_threadsafe(ended.set)

    async def watch() -> None:
        for _ in range(int(SLICE / _WATCH_EVERY)):
            await asyncio.sleep(_WATCH_EVERY)

    watching = asyncio.create_task(watch())
    threading.Thread(target=frames, name="frames").start()
    await ended.wait()
    watching.cancel()


def _noting_daemon(port: int) -> list[str]:
    return [sys.executable, "-m", "benchmarks.wake_up", str(port)]


def main(port: int) -> None:
    """Run the daemon with a clock that records, then print the record."""
    # Not at the top: it would set the number of PyTorch's threads in the measuring process.
    from bridge.cli import main as affect_bridge  # noqa: PLC0415

    with patch("bridge.daemon.daemon.FrameClock", NotingClock):
        affect_bridge(["run", "--from", "demo", "--to", f"vmc://127.0.0.1:{port}"])
    json.dump(NotingClock.noted, sys.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]))
