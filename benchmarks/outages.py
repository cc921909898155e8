"""`python -m benchmarks.outages`: deliberate faults with a real broker and a real process.

The broker is killed and started fifty times while updates arrive, standard input is flooded with
100 MB, and the process is stopped for ten seconds. Writes `outages.md`. It takes half an hour: a
client that is disconnected soon after connecting, again and again, waits half a minute each time.
"""

import contextlib
import getpass
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.client as paho
import psutil

from benchmarks import machine
from benchmarks.process import AFFECT_BRIDGE, free_port, port_of, receiver

RESTARTS = 50
WARM_UP = 5
"""Restarts after which memory should no longer grow."""
FLOOD = 100_000_000
PAUSE = 10.0
PATIENCE = 60.0
RESULTS = Path(__file__).parent / "outages.md"
MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")

Row = tuple[str, str, str, bool]


class Watched:
    """A bridge, its log, and the frames that an avatar program receives from it."""

    def __init__(self, *arguments: str) -> None:
        self.longest_gap = 0.0
        self.frames = 0
        self._opened = receiver()
        self._listening = self._opened.__enter__()
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with this object
        self.process = psutil.Popen(
            [
                *AFFECT_BRIDGE,
                *arguments,
                "--to",
                f"livelink://127.0.0.1:{port_of(self._listening)}",
            ],
            stdin=subprocess.PIPE,
            stderr=self._log,
        )
        self._listening.recv(65536)
        self._closing = False
        self._counting = threading.Thread(target=self._count)
        self._counting.start()

    def _count(self) -> None:
        latest = time.monotonic()
        self._listening.settimeout(0.1)
        while not self._closing:
            with contextlib.suppress(TimeoutError):
                self._listening.recv(65536)
                now = time.monotonic()
                self.longest_gap = max(self.longest_gap, now - latest)
                self.frames += 1
                latest = now

    @property
    def memory(self) -> float:
        """Resident bytes."""
        return float(self.process.memory_info().rss)

    def log(self) -> list[str]:
        self._log.seek(0)
        return self._log.readlines()

    def close(self) -> int:
        """Stop it. Returns its exit status."""
        self.process.terminate()
        status = int(self.process.wait(PATIENCE))
        self._closing = True
        self._counting.join()
        self._opened.__exit__(None, None, None)
        return status


def main() -> None:
    """Cause the faults, print and write."""
    facts = machine.describe()
    rows = [*_broker_killed(), *_stdin_flooded(), *_held()]
    lines = [
        "# Outages",
        "",
        "Written by `python -m benchmarks.outages`: deliberate faults at 60 frames a second.",
        "",
        *(f"- {fact}" for fact in facts),
        "",
        "| what | here | goal | |",
        "|---|---|---|---|",
        *(f"| {w} | {h} | {g} | {'met' if met else 'missed'} |" for w, h, g, met in rows),
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


def _broker_killed() -> Iterator[Row]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        broker = _Broker(port, Path(folder))
        broker.start()
        bridge = Watched("--from", f"mqtt://127.0.0.1:{port}/affect/+/set")
        flowing = _Flow(port)
        back: list[float] = []
        before = 0.0
        _until(lambda: _times_up(bridge) == 1)
        while len(back) < RESTARTS:
            if len(back) == WARM_UP:
                before = bridge.memory
            broker.kill()
            time.sleep(0.3)
            broker.start()
            began = time.monotonic()
            _until(lambda: _times_up(bridge) > len(back) + 1)
            back.append(time.monotonic() - began)
        growth, log, gap = bridge.memory - before, bridge.log(), bridge.longest_gap
        flowing.stop()
        status = bridge.close()
        broker.kill()
    yield "broker restarts survived", str(len(back)), str(RESTARTS), len(back) == RESTARTS
    yield "seconds until reconnected, at most", f"{max(back):.1f}", "about 30", max(back) < 35
    yield "longest gap between two frames meanwhile", f"{gap * 1e3:.0f} ms", "under 1 s", gap < 1
    yield "lines in the log", str(len(log)), "at most 3 a restart", len(log) < 3 * RESTARTS + 10
    yield "growth of memory", f"{growth / 1e6:.1f} MB", "at most 5 MB", growth <= 5e6
    yield "exit status", str(status), "0", status == 0


def _times_up(bridge: Watched) -> int:
    return sum("mqtt" in line and line.endswith(": up\n") for line in bridge.log())


def _stdin_flooded() -> Iterator[Row]:
    bridge = Watched("--from", "stdin")
    pipe = bridge.process.stdin
    assert pipe is not None
    for line in (b"happiness 0.9\n", b"\xff\x00nonsense without end\n"):
        pipe.write(line * 1000)
    time.sleep(1.0)
    before = bridge.memory
    chunk = b"happiness 0.9\n" * 4000 + b"x" * 9000
    for _ in range(FLOOD // len(chunk)):
        pipe.write(chunk)
    pipe.flush()
    time.sleep(1.0)
    growth, gap, lines = bridge.memory - before, bridge.longest_gap, len(bridge.log())
    status = bridge.close()
    yield "100 MB on standard input: longest gap", f"{gap * 1e3:.0f} ms", "under 1 s", gap < 1
    yield "growth of memory", f"{growth / 1e6:.1f} MB", "at most 5 MB", growth <= 5e6
    yield "lines in the log", str(lines), "at most 10", lines <= 10
    yield "exit status", str(status), "0", status == 0


def _held() -> Iterator[Row]:
    bridge = Watched("--from", "demo")
    time.sleep(1.0)
    bridge.process.send_signal(signal.SIGSTOP)
    time.sleep(PAUSE)
    before = bridge.frames
    bridge.process.send_signal(signal.SIGCONT)
    time.sleep(1.0)
    burst = bridge.frames - before
    time.sleep(2.0)  # the frame thread does not log; the daemon does within two seconds
    said = sum("no frames were sent for" in line for line in bridge.log())
    status = bridge.close()
    at_rate = 50 <= burst <= 65
    yield "stopped for ten seconds: frames in the second after", str(burst), "about 60", at_rate
    yield "lines in the log about it", str(said), "1", said == 1
    yield "exit status", str(status), "0", status == 0


class _Broker:
    """Mosquitto on a port of its own, without persistence."""

    def __init__(self, port: int, folder: Path) -> None:
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
            f"user {getpass.getuser()}\n",
            encoding="utf-8",
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if MOSQUITTO is None:
            raise SystemExit("mosquitto is not installed")
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self._config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class _Flow:
    """Twenty updates a second while the broker runs."""

    def __init__(self, port: int) -> None:
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        self._client.reconnect_delay_set(1, 1)
        self._client.connect_async("127.0.0.1", port)
        self._client.loop_start()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._talk)
        self._thread.start()

    def _talk(self) -> None:
        while not self._stopping.wait(0.05):
            self._client.publish("affect/main/set", "happiness 0.8")

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()
        self._client.loop_stop()


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit("timed out")
        time.sleep(0.02)


if __name__ == "__main__":
    main()
