"""Resident memory of a running daemon, with and without an MQTT input."""

import json
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.figure import Figure
from benchmarks.process import (
    PATIENCE,
    Command,
    by_reference,
    demo,
    port_of,
    receiver,
    running,
)

AFTER = 3.0
"""Seconds from the first datagram to the measurement."""
GOAL = 62.0
_MEGABYTE = 1e6


def measure() -> list[Figure]:
    """Measure the daemon, the daemon with a broker, and the usual way."""
    alone = _resident(demo)
    with broker() as port_of_broker:
        # This broker supports MQTT 3.1.1 only; the client is the same.
        source = f"mqtt://127.0.0.1:{port_of_broker}/affect/+/set?version=3.1.1"
        with_mqtt = _resident(
            lambda port: demo(port, "--from", source), connected_to=port_of_broker
        )
    other = _resident(by_reference)
    return [
        Figure(
            f"resident memory, {inputs}, beside PyTorch and python-osc",
            f"{here:.1f} MB",
            f"{other:.1f} MB",
            here / other,
            f"under {GOAL:.0f} MB",
            here < GOAL,
        )
        for inputs, here in (("demo", alone), ("demo and MQTT", with_mqtt))
    ]


def _resident(command: Command, connected_to: int | None = None) -> float:
    """Megabytes of a process that has sent for `AFTER` seconds."""
    with receiver() as listening, running(command(port_of(listening))) as process:
        listening.recv(65536)
        end = time.monotonic() + AFTER
        while time.monotonic() < end:
            listening.recv(65536)
        seen = psutil.Process(process.pid)
        if connected_to is not None:
            peers = {c.raddr.port for c in seen.net_connections("tcp") if c.raddr}
            assert connected_to in peers, "the daemon never reached the broker"
        return seen.memory_info().rss / _MEGABYTE


@contextmanager
def broker() -> Iterator[int]:
    """An MQTT broker in a process of its own. Yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings = {"listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}}}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "amqtt.yaml"
        file.write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML
        with running([str(Path(sys.executable).parent / "amqtt"), "-c", str(file)]):
            _wait_for(port)
            yield port


def _wait_for(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return
