"""The cost of a frame of many streams: for each face, with both engines, with and without layers.

Every stream gets an update a second. Posting it is not part of a frame; following it is. The times
are those of one core in use (`time.thread_time`), which other programs do not change much.
"""

import asyncio
import math
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import cast

from benchmarks.figure import Figure
from benchmarks.process import running
from bridge.config.face import FaceSection
from bridge.config.outputs import OutputSection
from bridge.config.settings import Settings
from bridge.emotion.mixer import Mixer
from bridge.emotion.update import point_update
from bridge.face.overlay import OverlayFaces
from bridge.frames.clock import Tick
from bridge.frames.face_layers import face_layers
from bridge.frames.interpolation import Spring
from bridge.frames.pipeline import Pipeline
from bridge.model import checkpoint
from bridge.model.baking import bake
from bridge.model.engine import AnyEngine, Engine
from bridge.model.table import Table
from bridge.outputs.from_settings import output_from
from bridge.outputs.output import Output

COUNTS = (1, 10, 100, 1000, 10_000)
FPS = 60
SECONDS = 0.6
"""How long each way is measured, at least."""
LEAST_FRAMES, MOST_FRAMES = 12, 400
SENT, SENT_GOAL = 2000, 1 / 60
ON_TABLE, ON_TABLE_GOAL = 10_000, 1 / 30
MEMORY_STREAMS, MEMORY_GOAL = 5000, 4096
_C = Path(__file__).parent / "sends.c"
_SIZE = 320  # bytes of a Live Link packet
_RECEIVER = """
import socket, sys
receiving = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiving.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
receiving.bind(("127.0.0.1", 0))
print(receiving.getsockname()[1], flush=True)
count, buffer = 0, bytearray(2048)
while receiving.recv_into(buffer) > 1:
    count += 1
print(count, flush=True)
"""
"""A receiver with a large buffer, in a process of its own, until it gets a single byte."""


class ManyFaces:
    """A mixer and a pipeline with so many streams."""

    def __init__(self, count: int, engine: AnyEngine, *, layers: bool) -> None:
        self.names = [f"npc{number}" for number in range(count)]
        mixer = Mixer((), most_streams=count)
        chosen = face_layers(FaceSection(seed=1), 1.0, OverlayFaces()) if layers else None
        self.pipeline = Pipeline(mixer, Spring(), engine, chosen)
        self._mailbox = mixer.mailbox("benchmark")
        self._next = self._frame = 0
        for number in range(count):
            self._update(number)
        self.make()

    def post(self) -> None:
        """What sources say in a sixtieth of a second."""
        until = self._frame * len(self.names) // FPS
        while self._next < until:
            self._update(self._next)
            self._next += 1

    def _update(self, number: int) -> None:
        at = 0.7 * number
        point = (math.sin(at), math.sin(1.3 * at), math.sin(1.7 * at))
        self._mailbox.post(point_update(*point, stream=self.names[number % len(self.names)]))

    def make(self, output: Output | None = None) -> None:
        """One frame."""
        frame = self._frame
        self._frame += 1
        tick = Tick(frame, frame / FPS, frame / FPS)
        self.pipeline.advance(tick)
        if output is not None:
            output.send(self.pipeline.faces, frame, tick.now)


def measure() -> list[Figure]:
    """Everything, on one core."""
    network = Engine(checkpoint.load(checkpoint.BUILTIN)[0])
    table = Table(bake(network))
    return [
        *_by_count({"network": network, "table": table}),
        _sent(table),
        _on_table(table),
        _sends_beside_c(table),
        *(_memory(table, layers=layers) for layers in (True, False)),
    ]


def _by_count(engines: dict[str, AnyEngine]) -> Iterator[Figure]:
    reference = _reference()
    for count in COUNTS:
        for name, engine in engines.items():
            for layers in (False, True):
                many = ManyFaces(count, engine, layers=layers)
                each = _seconds(many) / count * 1e6
                yield Figure(
                    f"one face of {count}, {name}, {'all' if layers else 'no'} layers, not sent, "
                    "beside PyTorch and python-osc for each",
                    f"{each:.2f} µs",
                    f"{reference:.0f} µs",
                    each / reference,
                )


def _reference() -> float:
    """Microseconds of a face by the usual way. PyTorch would stay in this process."""
    program = (
        "import time, torch\n"
        "from benchmarks.reference import ReferenceFrame\n"
        "torch.set_num_threads(1)\n"
        "reference, seconds = ReferenceFrame(), []\n"
        "for frame in range(400):\n"
        "    start = time.thread_time()\n"
        "    reference.datagrams((0.5, 0.4, 0.3), frame, frame / 60)\n"
        "    seconds.append(time.thread_time() - start)\n"
        "print(sorted(seconds)[200] * 1e6)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def _seconds(many: ManyFaces, output: Output | None = None) -> float:
    """The median of a frame."""
    found: list[float] = []
    end = time.perf_counter() + SECONDS
    while len(found) < LEAST_FRAMES or (time.perf_counter() < end and len(found) < MOST_FRAMES):
        many.post()
        start = time.thread_time()
        many.make(output)
        found.append(time.thread_time() - start)
    return median(found)


def _sent(table: AnyEngine) -> Figure:
    with _listening() as (port, arrived), _live_link(port) as output:
        many = ManyFaces(SENT, table, layers=True)
        found = []
        for frame in range(120):
            many.post()
            start = time.thread_time()
            many.make(output)
            found.append(time.thread_time() - start)
            time.sleep(max(0.0, SENT_GOAL - found[-1]))
            assert frame < 1 or output.packets
        share = arrived() / max(1, output.packets + output.errors)
    seconds = median(found)
    return Figure(
        f"a frame of {SENT} faces with all layers, sent by Live Link ({share:.1%} arrived)",
        f"{seconds * 1e3:.1f} ms",
        goal=f"at most {SENT_GOAL * 1e3:.1f} ms (60 a second)",
        met=seconds <= SENT_GOAL,
    )


def _on_table(table: AnyEngine) -> Figure:
    seconds = _seconds(ManyFaces(ON_TABLE, table, layers=True))
    return Figure(
        f"a frame of {ON_TABLE} faces with all layers on the table, not sent",
        f"{seconds * 1e3:.1f} ms",
        goal=f"at most {ON_TABLE_GOAL * 1e3:.1f} ms (30 a second)",
        met=seconds <= ON_TABLE_GOAL,
    )


def _sends_beside_c(table: AnyEngine) -> Figure:
    with _listening() as (port, _), _live_link(port) as output:
        many = ManyFaces(SENT, table, layers=False)
        found = []
        for frame in range(60):
            start = time.thread_time()
            output.send(many.pipeline.faces, frame, frame / FPS)
            found.append((time.thread_time() - start) / SENT * 1e6)
        beside = _c(port)
    here = median(found)
    return Figure(
        f"a Live Link packet of {SENT}, encoded and sent, beside the send alone in C",
        f"{here:.2f} µs",
        "no compiler" if beside is None else f"{beside:.2f} µs",
        None if beside is None else here / beside,
    )


def _c(port: int) -> float | None:
    """Microseconds of a send in C; None where there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or sys.platform == "win32":
        return None
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(folder) / "sends")
        subprocess.run([compiler, "-O2", "-o", program, str(_C)], check=True)
        arguments = [program, str(port), str(_SIZE), str(SENT), "60"]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    return float(done.stdout)


@contextmanager
def _listening() -> Iterator[tuple[int, Callable[[], int]]]:
    """The port of a receiver in a process of its own, and what tells how many datagrams arrived."""
    with running([sys.executable, "-c", _RECEIVER]) as process:
        assert process.stdout is not None
        lines = process.stdout
        port = int(lines.readline())

        def arrived() -> int:
            time.sleep(0.2)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
                ending.sendto(b"0", ("127.0.0.1", port))
            return int(lines.readline())

        yield port, arrived


@contextmanager
def _live_link(port: int) -> Iterator[Output]:
    """An output of every stream, up and running."""
    to = f"livelink://127.0.0.1:{port}/{{stream}}"
    section = cast(OutputSection, Settings.model_validate({"outputs": [to]}).outputs[0])
    output, up, loop = output_from(section, FPS), threading.Event(), asyncio.new_event_loop()

    async def run() -> None:
        await output.run(up.set)

    task = loop.create_task(run())

    def work() -> None:
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            loop.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    up.wait(10.0)
    try:
        yield output
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()


def _memory(engine: AnyEngine, *, layers: bool) -> Figure:
    ManyFaces(2, engine, layers=layers).make()  # what is loaded once
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        many = ManyFaces(MEMORY_STREAMS, engine, layers=layers)
        for _ in range(3):
            many.make()
        each = (tracemalloc.get_traced_memory()[0] - before) / MEMORY_STREAMS
    finally:
        tracemalloc.stop()
    return Figure(
        f"memory of a stream of {MEMORY_STREAMS}, {'all' if layers else 'no'} layers, without its "
        "packets",
        f"{each:.0f} bytes",
        goal=f"at most {MEMORY_GOAL} bytes",
        met=each <= MEMORY_GOAL,
    )


if __name__ == "__main__":
    for figure in measure():
        print("  ".join(figure.cells()))
