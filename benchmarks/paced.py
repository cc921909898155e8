"""A whole daemon at a real frame rate, beside a C program that does the same work (`floor.c`).

Between two frames the caches go cold, so this is what a face costs on a user's machine. By turns:
the C program, the daemon with its layers off, and the daemon with all of them; each is stopped
while another is measured.
"""

import re
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psutil

from benchmarks.figure import Figure
from benchmarks.process import AFFECT_BRIDGE, free_port, port_of, receiver, running

FPS = 60
ROUNDS = 6
SECONDS = 3.0
SOURCE = Path(__file__).with_name("floor.c")

OFF = "{still: true, correctives: false}"
ALL = "{gaze: true, speed_limit: true, nods: 1, head_follows: 0.3}"
GOALS = {"off": (4.5, 3.5), "all": (7.0, 5.0)}
"""At most so many times the C program's: the time of a frame, and the processor's time."""


class Cost(NamedTuple):
    """Of one frame, in microseconds."""

    busy: float
    """From its beginning to the end of the last send."""
    processor: float
    """Of the whole process, waking up included."""


def measure() -> list[Figure]:
    """The daemon beside the C program, if there is a compiler."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ports = [port_of(stack.enter_context(_drained())) for _ in range(2)]
        floor = compiled(folder)
        daemons = {
            name: stack.enter_context(_daemon(folder / f"{name}.yaml", face, ports))
            for name, face in (("off", OFF), ("all", ALL))
        }
        costs: dict[str, list[Cost]] = {name: [] for name in ("floor", *daemons)}
        for _ in range(ROUNDS):
            for name, daemon in daemons.items():
                costs[name].append(daemon.measured())
            if floor is not None:
                costs["floor"].append(_floor(floor, ports))
    return [figure for name in daemons for figure in _figures(name, costs)]


def compiled(folder: Path) -> Path | None:
    """`floor.c` as a program; None without a compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    program = folder / "floor"
    subprocess.run([compiler, "-O2", "-o", program, SOURCE, "-lm"], check=True)
    return program


def _floor(program: Path, ports: list[int]) -> Cost:
    frames = round(SECONDS * FPS)
    said = subprocess.run(
        [program, str(frames), str(FPS), *map(str, ports)],
        capture_output=True,
        text=True,
        check=True,
    )
    busy, processor, *_ = map(float, said.stdout.split())
    return Cost(busy, processor)


class _Daemon:
    """A running daemon, stopped while it is not measured."""

    def __init__(self, pid: int, health: int) -> None:
        self._process, self._health = psutil.Process(pid), health
        self._wait_until_it_serves_by_the_table()
        self._process.suspend()

    def measured(self) -> Cost:
        self._process.resume()
        time.sleep(0.5)
        busy, frames = self._frames()
        processor = self._processor()
        time.sleep(SECONDS)
        processor = self._processor() - processor
        then_busy, then_frames = self._frames()
        self._process.suspend()
        made = then_frames - frames
        return Cost(1e6 * (then_busy - busy) / made, 1e6 * processor / made)

    def _frames(self) -> tuple[float, float]:
        """Seconds in frames so far, and how many there were."""
        text = self._metrics()
        stages = re.findall(r"^affect_bridge_stage_seconds_total\{.*\} (\S+)$", text, re.M)
        [frames] = re.findall(r"^affect_bridge_frames_total (\S+)$", text, re.M)
        return sum(map(float, stages)), float(frames)

    def _processor(self) -> float:
        """Seconds on a processor so far, of all threads."""
        tasks = Path(f"/proc/{self._process.pid}/task")
        if not tasks.is_dir():
            return sum(self._process.cpu_times()[:2])
        return (
            sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9
        )

    def _metrics(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._health}/metrics") as answer:
            return str(answer.read().decode())

    def _wait_until_it_serves_by_the_table(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            time.sleep(0.2)
            try:
                if 'engine="table"' in self._metrics():
                    return
            except OSError:
                continue
        raise RuntimeError("the daemon does not serve by the table")


@contextmanager
def _daemon(config: Path, face: str, ports: list[int]) -> Iterator[_Daemon]:
    health = free_port()
    vmc, live_link = ports
    config.write_text(
        f"inputs: demo\noutputs: ['vmc://127.0.0.1:{vmc}', 'livelink://127.0.0.1:{live_link}']\n"
        f"health: 127.0.0.1:{health}\nface: {face}\n",
        encoding="utf-8",
    )
    with running([*AFFECT_BRIDGE, str(config)]) as process:
        daemon = _Daemon(process.pid, health)
        try:
            yield daemon
        finally:
            daemon._process.resume()


@contextmanager
def _drained() -> Iterator[object]:
    """A port with a receiver that nothing reads; the system drops what does not fit."""
    with receiver() as listening:
        yield listening


def _medians(costs: list[Cost]) -> list[float]:
    return [median(column) for column in zip(*costs, strict=True)]


def _figures(name: str, costs: dict[str, list[Cost]]) -> Iterator[Figure]:
    here, floor = _medians(costs[name]), _medians(costs["floor"])
    layers = {"off": "layers off", "all": "all layers"}[name]
    kinds = ("one frame of a daemon", "processor's time of a daemon's frame")
    for place, (what, goal) in enumerate(zip(kinds, GOALS[name], strict=True)):
        ours = here[place]
        label = f"{what} at {FPS} a second, {layers}, beside C"
        if not floor:
            yield Figure(label, f"{ours:.0f} µs", "no C compiler", goal=f"at most {goal}")
            continue
        ratio = ours / floor[place]
        yield Figure(
            *(label, f"{ours:.0f} µs", f"{floor[place]:.0f} µs"),
            *(ratio, f"at most {goal}", ratio <= goal),
        )


if __name__ == "__main__":
    for figure in measure():
        print("  ".join(figure.cells()))
