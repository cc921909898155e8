"""From an update, sent over UDP, to the first datagram that shows it."""

import random
import tempfile
import time
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, socket
from statistics import quantiles

from pythonosc.osc_message_builder import OscMessageBuilder

from benchmarks.figure import Figure
from benchmarks.process import AFFECT_BRIDGE, free_port, port_of, receiver, running

RATES = (60, 120)
UPDATES = 400
GOAL = 1e-3
"""Seconds more than one frame at 99 %."""
_WEIGHTS = slice(-61 * 4, -9 * 4)
"""Where the weights lie in a Live Link packet."""


def measure() -> list[Figure]:
    """At each frame rate, updates at random moments between two points that are shown at once."""
    figures = []
    for fps in RATES:
        seconds = _responses(fps)
        percentiles = quantiles(seconds, n=100)
        allowed = 1 / fps + GOAL
        figures.append(
            Figure(
                f"update to the first datagram that shows it, p99 at {fps} a second",
                f"{percentiles[98] * 1e3:.1f} ms (p50 {percentiles[49] * 1e3:.1f} ms)",
                goal=f"at most {allowed * 1e3:.1f} ms",
                met=percentiles[98] <= allowed,
            )
        )
    return figures


def _responses(fps: int) -> list[float]:
    chance, port = random.Random(1), free_port()
    with tempfile.TemporaryDirectory() as folder, receiver() as listening:
        config = Path(folder) / "response.yaml"
        config.write_text(
            f"fps: {fps}\ninputs: osc://127.0.0.1:{port}\n"
            f"outputs: livelink://127.0.0.1:{port_of(listening)}\n"
            "interpolation: none\nface: {still: true}\n",
            encoding="utf-8",
        )
        with running([*AFFECT_BRIDGE, str(config)]), socket(AF_INET, SOCK_DGRAM) as sending:
            end = time.monotonic() + 3.0  # the table is made meanwhile
            while time.monotonic() < end:
                listening.recv(2048)
            sending.connect(("127.0.0.1", port))
            found = []
            for number in range(UPDATES):
                _settle(listening, chance.uniform(0.05, 0.05 + 2 / fps))
                before = listening.recv(2048)[_WEIGHTS]
                time.sleep(chance.uniform(0, 1 / fps))
                sent = time.perf_counter()
                sending.send(_update(number))
                while listening.recv(2048)[_WEIGHTS] == before:
                    pass
                found.append(time.perf_counter() - sent)
    return found


def _settle(listening: socket, seconds: float) -> None:
    """Receive for some time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        listening.recv(2048)


def _update(number: int) -> bytes:
    """One of two feelings, by turns."""
    builder = OscMessageBuilder("/vad")
    for axis in (0.8, 0.6, 0.5) if number % 2 else (-0.6, 0.3, -0.4):
        builder.add_arg(axis, OscMessageBuilder.ARG_TYPE_FLOAT)
    return bytes(builder.build().dgram)


if __name__ == "__main__":
    for figure in measure():
        print("  ".join(figure.cells()))
