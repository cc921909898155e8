"""`python -m benchmarks.many_machines`: several NATS servers and bridges, some of which are killed.

Four bridges serve 400 faces at 15 frames a second. Three NATS servers keep their last updates. One
bridge is killed and started again after two seconds, and one server is killed and started again.
Every face that arrives is looked at. Writes `many_machines.md`; it takes about a minute.
"""

import asyncio
import contextlib
import math
import os
import random
import shutil
import socket
import statistics
import struct
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import nats
import psutil
from nats.aio.client import Client
from nats.aio.msg import Msg

from benchmarks import machine
from benchmarks.process import AFFECT_BRIDGE
from protocols.facepayload import SIZE

RESULTS = Path(__file__).parent / "many_machines.md"
NATS_SERVER = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")

RESTART_AFTER = 2.0
"""Seconds that a killed bridge stays away, as with an orchestrator."""
PATIENCE = 60.0

_ONSET = 0.12
"""Half-life in seconds of the default interpolation when a feeling grows."""
_RATE = 2 * math.log(2) / _ONSET
_MOVEMENT = 15
"""Frames that a movement takes at most; its speed depends on where it began."""
_SLACK = 0.02
"""Of valence: rounding, and the mood of a face."""

_VALENCE = struct.Struct("<f")
_FRAME = struct.Struct("<I")
_SECONDS = struct.Struct("<d")


class Plan(NamedTuple):
    """What is started, and what is killed."""

    servers: int = 3
    bridges: int = 4
    streams: int = 400
    fps: int = 15
    partitions: int = 16
    every_face: bool = True
    """Whether all faces are received, or those of one stream only."""
    kill_bridge: bool = True
    kill_server: bool = True
    seconds: float = 10.0
    """Before, between and after the kills."""


class Shown(NamedTuple):
    """One face as it arrived."""

    at: float
    bridge: int
    seconds: float
    """On the clock of this life of the bridge."""
    frame: int
    valence: float


@dataclass
class Seen:
    """Everything that was sent and arrived."""

    faces: dict[str, list[Shown]] = field(default_factory=dict)
    updates: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    """When, and the valence, of each update of a stream."""
    killed: dict[str, float] = field(default_factory=dict)
    """When each kill was."""
    away: dict[str, float] = field(default_factory=dict)
    """Seconds from each kill until the same was up again."""
    cpu: dict[str, float] = field(default_factory=dict)
    """Seconds of processor time for each second, of all of a kind."""
    rate: float = 0.0
    """Faces that arrived in a second, in the time that `cpu` is of."""


class Cluster:
    """NATS servers and bridges as processes of this machine, in a folder of their own."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._folder, self._plan = folder, plan
        self._ports = _free_ports(2 * plan.servers)
        self.servers: list[psutil.Popen | None] = [None] * plan.servers
        self.bridges: list[psutil.Popen | None] = [None] * plan.bridges

    def url(self, number: int) -> str:
        """Of a server."""
        return f"nats://127.0.0.1:{self._ports[number]}"

    def start_server(self, number: int) -> None:
        routes = ", ".join(
            f"nats-route://127.0.0.1:{port}" for port in self._ports[self._plan.servers :]
        )
        own = self._ports[self._plan.servers + number]
        cluster = f"cluster {{ name: c, listen: '127.0.0.1:{own}', routes: [{routes}] }}"
        config = self._folder / f"server-{number}.conf"
        config.write_text(
            f"server_name: n{number}\nlisten: '127.0.0.1:{self._ports[number]}'\n"
            f"jetstream {{ store_dir: '{self._folder}/jetstream-{number}' }}\n"
            f"{cluster if self._plan.servers > 1 else ''}\n"
            'mappings = { "affect.*.set": "part.{{partition(%d,1)}}.{{wildcard(1)}}.set" }\n'
            % self._plan.partitions
        )
        with (self._folder / f"server-{number}.log").open("ab") as log:
            self.servers[number] = psutil.Popen(
                [NATS_SERVER, "-c", str(config)], stdout=log, stderr=log
            )

    def start_bridge(self, number: int) -> None:
        """Each bridge knows all servers, and begins with another one."""
        count = self._plan.servers
        first, *others = [self._ports[(number + each) % count] for each in range(count)]
        named = ", ".join(f"'127.0.0.1:{port}'" for port in others)
        shared = f"servers: [{named}]"
        config = self._folder / f"bridge-{number}.yaml"
        config.write_text(
            f"fps: {self._plan.fps}\nmax_streams: 1000\nface: {{still: true}}\ninputs:\n"
            f"  - from: nats://127.0.0.1:{first}/part.{{partition}}.{{stream}}.set\n"
            f"    shard: {{count: {self._plan.bridges}, partitions: {self._plan.partitions}}}\n"
            f"    bucket: faces\n    replicas: {count}\n    {shared}\noutputs:\n"
            f"  - to: nats://127.0.0.1:{first}/face.{number}.{{stream}}\n"
            f"    format: binary\n    every: 1\n    {shared}\n"
        )
        with (self._folder / f"bridge-{number}.log").open("ab") as log:
            self.bridges[number] = psutil.Popen(
                [*AFFECT_BRIDGE, str(config)],
                env={**os.environ, "AFFECT_BRIDGE_SHARD": str(number)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def log_of(self, number: int) -> str:
        """What a bridge has logged."""
        return (self._folder / f"bridge-{number}.log").read_text(encoding="utf-8")

    def kill_all(self) -> None:
        for process in (*self.bridges, *self.servers):
            if process is not None:
                process.kill()
                process.wait()


async def observe(plan: Plan, folder: Path) -> Seen:
    """Start everything, send updates, kill, and look at every face."""
    cluster, seen = Cluster(folder, plan), Seen()
    try:
        for number in range(plan.servers):
            cluster.start_server(number)
        safe = plan.servers - 1  # the server that is not killed
        await _until(lambda: _listens(cluster.url(safe)))
        async with _client(cluster.url(safe)) as client:
            await _jetstream_ready(client, plan)
            for number in range(plan.bridges):
                cluster.start_bridge(number)
            watched = "face.*.*" if plan.every_face else "face.*.s0"
            await client.subscribe(watched, cb=_collector(seen))
            sending = asyncio.create_task(_send(client, plan, seen))
            try:
                await _until(
                    lambda: len(_streams(seen)) == (plan.streams if plan.every_face else 1)
                )
                await _faults(cluster, plan, seen)
            finally:
                sending.cancel()
    finally:
        cluster.kill_all()
    return seen


async def _faults(cluster: Cluster, plan: Plan, seen: Seen) -> None:
    before, arrived = _cpu(cluster), _count(seen)
    await asyncio.sleep(plan.seconds)
    after = _cpu(cluster)
    seen.rate = (_count(seen) - arrived) / plan.seconds
    seen.cpu = {kind: (after[kind] - before[kind]) / plan.seconds for kind in after}
    if plan.kill_bridge:
        await _kill_bridge(cluster, seen)
        await asyncio.sleep(plan.seconds)
    if plan.kill_server:
        await _kill_server(cluster, plan, seen)


async def _kill_bridge(cluster: Cluster, seen: Seen) -> None:
    killed = cluster.bridges[0]
    assert killed is not None
    killed.kill()
    killed.wait()
    seen.killed["bridge"] = time.perf_counter()
    await asyncio.sleep(RESTART_AFTER)
    ups = cluster.log_of(0).count(": up")
    cluster.start_bridge(0)
    await _until(lambda: cluster.log_of(0).count(": up") >= ups + 2)  # input and output
    seen.away["bridge"] = time.perf_counter() - seen.killed["bridge"]


async def _kill_server(cluster: Cluster, plan: Plan, seen: Seen) -> None:
    server = cluster.servers[0]
    assert server is not None
    server.kill()
    server.wait()
    seen.killed["server"] = time.perf_counter()
    await asyncio.sleep(plan.seconds)
    cluster.start_server(0)
    await asyncio.sleep(plan.seconds)


def _collector(seen: Seen) -> Callable[[Msg], Any]:
    async def collect(message: Msg) -> None:
        _, bridge, stream = message.subject.split(".")
        data = message.data
        assert len(data) == SIZE
        seen.faces.setdefault(stream, []).append(
            Shown(
                time.perf_counter(),
                int(bridge),
                _SECONDS.unpack_from(data, 16)[0],
                _FRAME.unpack_from(data, 24)[0],
                _VALENCE.unpack_from(data, 28)[0],
            )
        )

    return collect


async def _send(client: Client, plan: Plan, seen: Seen) -> None:
    """An update for every stream about every five seconds, evenly spread."""
    chance = random.Random(1)
    names = [f"s{number}" for number in range(plan.streams)]
    while True:
        chance.shuffle(names)
        for name in names:
            valence, arousal = chance.uniform(-1, 1), chance.uniform(-1, 1)
            seen.updates.setdefault(name, []).append((time.perf_counter(), valence))
            await client.publish(f"affect.{name}.set", f"{valence:.4f} {arousal:.4f} 0".encode())
            await asyncio.sleep(5.0 / plan.streams)


# What is read from it


def silences(seen: Seen) -> list[float]:
    """The longest time without a face, of each stream, in seconds."""
    return [max(b.at - a.at for a, b in pairwise(shown)) for shown in _streams(seen).values()]


def silences_around(seen: Seen, kill: str, seconds: float) -> list[float]:
    """The same, of the faces that arrived within so many seconds after a kill."""
    at = seen.killed[kill]
    return [
        max(
            (b.at - a.at for a, b in pairwise(shown) if at < b.at < at + seconds),
            default=0.0,
        )
        for shown in _streams(seen).values()
    ]


def twice(seen: Seen) -> float:
    """The longest time, in seconds, in which two bridges, or two lives of one, show one stream."""
    longest = 0.0
    for shown in _streams(seen).values():
        lives: dict[tuple[int, int], list[float]] = {}
        life, last = 0, -1
        for face in shown:
            if face.frame < last:
                life += 1
            last = face.frame
            lives.setdefault((face.bridge, life), []).append(face.at)
        spans = sorted((times[0], times[-1]) for times in lives.values())
        for (_, end), (begin, _) in pairwise(spans):
            longest = max(longest, end - begin)
    return longest


def jumps(seen: Seen) -> list[float]:
    """How far the valence of a face was, at most, outside what its interpolation allows; for each
    stream, in units of valence. It may move from where it was towards the updates since then, not
    faster than the spring of the default interpolation: its second part follows the first at
    `_RATE`, and both stay between where they were and the updates."""
    found = []
    for name, shown in _streams(seen).items():
        updates, worst = seen.updates[name], 0.0
        for number, (a, b) in enumerate(pairwise(shown)):
            # The update before is still being reached; one more may have been lost in an outage.
            recent = [valence for at, valence in updates if at <= b.at][-3:]
            low, high = min([a.valence, *recent]), max([a.valence, *recent])
            outside = max(low - b.valence, b.valence - high)
            way = [face.valence for face in shown[max(0, number - _MOVEMENT) : number + 1]]
            taken = b.seconds - a.seconds if b.frame > a.frame else b.at - a.at
            fastest = (max(high, *way) - min(low, *way)) * -math.expm1(-_RATE * taken)
            worst = max(worst, outside, abs(b.valence - a.valence) - fastest)
        found.append(worst)
    return found


def _cost_rows() -> list[tuple[str, str, str, bool]]:
    rows = []
    for streams, fps in ((1, 15), (100, 15), (1000, 15)):
        share, rate = cost(streams, fps)
        rows.append(
            (
                f"one bridge, {streams} faces at {fps} frames a second",
                f"{share * 100:.0f} % of a core, {rate:.1f} frames a second",
                "",
                True,
            )
        )
    return rows


def _count(seen: Seen) -> int:
    return sum(map(len, seen.faces.values()))


def _streams(seen: Seen) -> dict[str, list[Shown]]:
    return {name: shown for name, shown in seen.faces.items() if name != "main" and len(shown) > 1}


def _cpu(cluster: Cluster) -> dict[str, float]:
    return {
        kind: sum(sum(process.cpu_times()[:2]) for process in processes if process is not None)
        for kind, processes in (("bridges", cluster.bridges), ("servers", cluster.servers))
    }


def _free_ports(count: int) -> list[int]:
    """Different ports that were free a moment ago."""
    with contextlib.ExitStack() as probes:
        found = [probes.enter_context(socket.socket()) for _ in range(count)]
        for probe in found:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in found]


def _listens(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(url.rsplit(":", 1)[1]))) == 0


async def _until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("waited in vain")
        await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def _client(url: str) -> AsyncIterator[Client]:
    client = await nats.connect(url)
    try:
        yield client
    finally:
        await client.close()


async def _jetstream_ready(client: Client, plan: Plan) -> None:
    """Wait until the servers have found each other and keep a bucket together."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            await client.jetstream().create_key_value(bucket="ready", replicas=plan.servers)
        except Exception:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)
        else:
            return


def cost(streams: int, fps: int) -> tuple[float, float]:
    """What one bridge needs of a core, and the frames a second that it sends. Only one face is
    received: a receiver in Python is slower than the bridge."""
    plan = Plan(1, 1, streams, fps, every_face=False, kill_bridge=False, kill_server=False)
    with tempfile.TemporaryDirectory() as folder:
        seen = asyncio.run(observe(plan, Path(folder)))
    return seen.cpu["bridges"], seen.rate


def main() -> None:
    """Run it and write the figures."""
    facts, plan = machine.describe(), Plan()
    with tempfile.TemporaryDirectory() as folder:
        seen = asyncio.run(observe(plan, Path(folder)))
    away = seen.away["bridge"]
    silent, lost = silences(seen), silences_around(seen, "server", 5.0)
    rate = plan.fps * plan.streams
    faces = _count(seen)
    rows = [
        ("faces that arrived", f"{faces}", "", True),
        ("bridge killed until it was up again", f"{away:.1f} s", "", True),
        (
            "longest silence of a face",
            f"{max(silent):.1f} s",
            f"under {away + 1:.1f} s",
            max(silent) < away + 1,
        ),
        (
            "longest silence after the loss of a server, median and most",
            f"{statistics.median(lost):.2f} s, {max(lost):.2f} s",
            f"under {away + 1:.1f} s",
            max(lost) < away + 1,
        ),
        (
            "furthest that a face was outside its interpolation, of 2",
            f"{max(jumps(seen)):.3f}",
            f"at most {_SLACK}",
            max(jumps(seen)) <= _SLACK,
        ),
        (
            "longest time that a face was served twice",
            f"{twice(seen):.2f} s",
            f"under {away:.1f} s",
            twice(seen) < away,
        ),
        ("processor, all bridges", f"{seen.cpu['bridges'] * 100:.0f} % of a core", "", True),
        ("processor, all servers", f"{seen.cpu['servers'] * 100:.0f} % of a core", "", True),
        ("payload of a face", f"{SIZE} bytes", "", True),
        *_cost_rows(),
    ]
    lines = [
        f"| {what} | {here} | {goal} | {'' if not goal else 'met' if met else 'missed'} |"
        for what, here, goal, met in rows
    ]
    text = "\n".join(
        [
            "# Many machines",
            "",
            "Written by `python -m benchmarks.many_machines`: three NATS servers and four bridges,",
            f"all on one machine, {plan.streams} faces at {plan.fps} frames a second, {rate}",
            "messages a second. The sender and the receiver of all faces run beside them. The",
            f"first bridge is killed and started again after {RESTART_AFTER:g} s. The first server",
            "is killed and started again. Times are of the processor, on a machine that is shared.",
            "",
            *(f"- {fact}" for fact in facts),
            "",
            "| what | here | goal | |",
            "|---|---|---|---|",
            *lines,
            "",
        ]
    )
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
