"""`python -m benchmarks.visitors`: how late frames are while 200 connections flood the HTTP
interface, beside an equally busy program that has nothing to do with the bridge.

Both are flooded by the same client: 60 server-sent event streams with weights, 70 connections that
ask for a face as fast as they can, and 70 that send updates as fast as they can.
"""

import asyncio
import json
import socket
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiohttp import web

from benchmarks import machine
from benchmarks.process import AFFECT_BRIDGE, port_of, receiver, running

ROUNDS = 4
SECONDS = 8.0
CONNECTIONS = 200
WATCHERS = 60
WAITS = ("0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01")
RESULTS = Path(__file__).parent / "visitors.md"

_EVENTS = b"GET /v1/streams/main/events?weights=true HTTP/1.1\r\nHost: localhost\r\n\r\n"
_FACE = b"GET /v1/streams/main?weights=true HTTP/1.1\r\nHost: localhost\r\n\r\n"
_UPDATE = (
    b"POST /v1/streams/main HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 13\r\n\r\nhappiness 0.9"
)


async def flood(port: int, seconds: float) -> Counter[str]:
    """Flood a server. Returns the answers by status, and the bytes of events."""
    seen: Counter[str] = Counter()

    async def visitor(number: int) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                if number < WATCHERS:
                    writer.write(_EVENTS)
                    while data := await reader.read(65536):
                        seen["bytes of events"] += len(data)
                while True:
                    writer.write(_FACE if number % 2 else _UPDATE)
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = head.lower().partition(b"content-length: ")[2].split(b"\r")[0]
                    await reader.readexactly(int(length))
                    seen[head[9:12].decode()] += 1
            except (EOFError, OSError):
                await asyncio.sleep(0.05)

    tasks = [asyncio.create_task(visitor(number)) for number in range(CONNECTIONS)]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return seen


def other_program(port: int) -> None:
    """Answer every request at once, and send events 60 times a second."""
    face = json.dumps({f"weight{number}": 0.1234 for number in range(61)})

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(text=face)

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(f"data: {face}\n\n".encode())
            await asyncio.sleep(1 / 60)

    app = web.Application()
    app.router.add_get("/v1/streams/main/events", events)
    app.router.add_route("*", "/{path:.*}", answer)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)


def buckets(health: int) -> dict[str, float]:
    """How many frames were at most so late, by seconds."""
    with urllib.request.urlopen(f"http://127.0.0.1:{health}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    name = "affect_bridge_frame_lateness_seconds_bucket"
    return {line.split('"')[1]: float(line.split()[-1]) for line in lines if line.startswith(name)}


def main() -> None:
    """Measure in turns, print and write."""
    if sys.argv[1:2] == ["other"]:
        other_program(int(sys.argv[2]))
        return
    if sys.argv[1:2] == ["flood"]:
        print(json.dumps(asyncio.run(flood(int(sys.argv[2]), SECONDS))))
        return
    late: dict[str, Counter[str]] = {}
    answers: dict[str, Counter[str]] = {}
    with bridge_and_other() as (health, ports):
        for _ in range(ROUNDS):
            for name, port in ports.items():
                before = buckets(health)
                flooded(port, answers.setdefault(name, Counter()))
                after = buckets(health)
                counted = late.setdefault(name, Counter())
                counted.update({bound: after[bound] - before[bound] for bound in after})
                time.sleep(1.0)
    text = "\n".join(report(late, answers))
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


@contextmanager
def bridge_and_other() -> Iterator[tuple[int, dict[str, int]]]:
    """Both programs: the bridge's health port, and whom to flood by name; port 0 is nobody."""
    web_port, health, other = (free_tcp_port() for _ in range(3))
    with receiver() as avatar:
        config = Path(f"/tmp/visitors-{web_port}.yaml")
        config.write_text(
            f"inputs: [demo]\noutputs: ['vmc://127.0.0.1:{port_of(avatar)}', "
            f"'livelink://127.0.0.1:{port_of(avatar)}']\n"
            f"web: 127.0.0.1:{web_port}\nhealth: 127.0.0.1:{health}\n"
        )
        busy = [sys.executable, "-m", "benchmarks.visitors", "other", str(other)]
        with running([*AFFECT_BRIDGE, str(config)]), running(busy):
            time.sleep(5.0)
            yield health, {"nobody": 0, "the bridge": web_port, "another program": other}
        config.unlink()


def flooded(port: int, answers: Counter[str]) -> None:
    """Flood from a process of its own, or wait as long."""
    if port == 0:
        time.sleep(SECONDS)
        return
    with running([sys.executable, "-m", "benchmarks.visitors", "flood", str(port)]) as client:
        assert client.stdout is not None
        answers.update(json.loads(client.stdout.read()))


def report(late: dict[str, Counter[str]], answers: dict[str, Counter[str]]) -> Iterator[str]:
    """The figures as Markdown."""
    yield from ("# Visitors", "")
    yield "Written by `python -m benchmarks.visitors`: how late the frames of a bridge are while"
    yield f"{CONNECTIONS} connections flood its HTTP interface, beside another program under the"
    yield "same flood, and beside no flood, in turns."
    yield ""
    yield from (*(f"- {fact}" for fact in machine.describe()), "")
    yield "| flooded | frames | " + " | ".join(f"> {float(w) * 1e3:g} ms" for w in WAITS) + " |"
    yield "|---" * (len(WAITS) + 2) + "|"
    for name, counted in late.items():
        frames = counted["+Inf"]
        shares = [f"{100 * (1 - counted[wait] / frames):.2f} %" for wait in WAITS]
        yield f"| {name} | {frames:.0f} | " + " | ".join(shares) + " |"
    yield ""
    for name, seen in answers.items():
        if seen:
            yield f"- answers of {name}: {dict(sorted(seen.items()))}"
    yield ""


def free_tcp_port() -> int:
    """A TCP port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
