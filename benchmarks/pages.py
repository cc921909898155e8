"""`python -m benchmarks.pages`: how late frames are while five pages are open, beside an equal load
of another program.

The other program is a second bridge with its own five pages, so that the load is equal to the last
step; only the bridge that is measured differs. Both bridges run all the time. Chromium draws the
pages, and on a machine without a graphics card it takes all processors; so the same is measured
with five clients that read what a page reads and draw nothing.
"""

import asyncio
import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import aiohttp

from benchmarks import machine
from benchmarks.process import AFFECT_BRIDGE, PATIENCE, port_of, receiver, running
from benchmarks.visitors import WAITS, buckets, free_tcp_port

PAGES = 5
ROUNDS = 4
SECONDS = 6.0
RESULTS = Path(__file__).parent / "pages.md"

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = (
    *("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
    *("--disable-background-networking", "--disable-component-update"),
)
_WATCH = {"watch": {"faces": ["main"], "status": True}}


async def read(port: int) -> None:
    """Read what five pages read, until standard input ends."""
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        frames = Counter[int]()
        all_read = asyncio.Event()

        async def reader(number: int) -> None:
            async with session.ws_connect("/v1/live") as socket:
                await socket.send_json(_WATCH)
                async for message in socket:
                    frames[number] += message.type is aiohttp.WSMsgType.BINARY
                    if len(frames) == PAGES:
                        all_read.set()

        tasks = [asyncio.create_task(reader(number)) for number in range(PAGES)]
        await all_read.wait()
        print("ready", flush=True)
        before, began = frames.total(), time.monotonic()
        await asyncio.to_thread(sys.stdin.read)
        rate = (frames.total() - before) / PAGES / (time.monotonic() - began)
        print(json.dumps({"frames a second": round(rate, 1)}))
        for task in tasks:
            task.cancel()


def show(port: int) -> None:
    """Show five pages, until standard input ends."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - may be missing

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=_CHROMIUM, chromium_sandbox=False, args=list(_FLAGS)
        )
        pages = [chromium.new_page(viewport={"width": 480, "height": 560}) for _ in range(PAGES)]
        for page in pages:
            page.goto(f"http://127.0.0.1:{port}/")
            page.wait_for_selector("#state[data-state=live]", timeout=60_000)
        print("ready", flush=True)
        sys.stdin.read()
        live = sum(page.locator("#state[data-state=live]").count() for page in pages)
        print(json.dumps({"pages live at the end": live}))
        chromium.close()


@contextmanager
def two_bridges() -> Iterator[tuple[int, int, int]]:
    """The health port of the bridge that is measured, and the web ports of both."""
    with ExitStack() as stack:
        avatar = port_of(stack.enter_context(receiver()))
        ports = []
        for _ in range(2):
            web, health = free_tcp_port(), free_tcp_port()
            config = Path(f"/tmp/pages-{web}.yaml")
            config.write_text(
                f"inputs: [demo]\noutputs: ['vmc://127.0.0.1:{avatar}']\n"
                f"web: 127.0.0.1:{web}\nhealth: 127.0.0.1:{health}\n"
            )
            stack.callback(config.unlink)
            stack.enter_context(running([*AFFECT_BRIDGE, str(config)]))
            ports.append((web, health))
        time.sleep(6.0)
        (measured, health), (other, _) = ports
        yield health, measured, other


def counted(health: int) -> Counter[str]:
    """How many frames of the next seconds were at most so late, by seconds."""
    before = buckets(health)
    time.sleep(SECONDS)
    after = buckets(health)
    return Counter({bound: after[bound] - before[bound] for bound in after})


@contextmanager
def visiting(kind: str, port: int, said: Counter[str]) -> Iterator[None]:
    """Five pages or readers of a bridge, while the block runs."""
    command = [sys.executable, "-m", "benchmarks.pages", kind, str(port)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as visitors:
        assert visitors.stdin is not None
        assert visitors.stdout is not None
        if visitors.stdout.readline() != "ready\n":
            raise RuntimeError(f"the {kind} client did not start")
        time.sleep(2.0)
        yield
        said.update([f"{key}: {value}" for key, value in _answer(visitors).items()])


def _answer(visitors: "subprocess.Popen[str]") -> dict[str, float]:
    told, _ = visitors.communicate(timeout=PATIENCE)
    answer: dict[str, float] = json.loads(told)
    return answer


def main() -> None:
    """Measure in turns, print and write."""
    if sys.argv[1:2] == ["read"]:
        asyncio.run(read(int(sys.argv[2])))
        return
    if sys.argv[1:2] == ["show"]:
        show(int(sys.argv[2]))
        return
    facts = tuple(machine.describe())  # before, so that the load is that of other programs
    late: dict[str, Counter[str]] = {}
    said: dict[str, Counter[str]] = {}
    with two_bridges() as (health, measured, other):
        turns = {"nobody visits": ("", 0)}
        for kind, what in (("read", "readers"), ("show", "pages in Chromium")):
            if kind == "read" or _CHROMIUM:
                turns[f"{PAGES} {what} of the bridge"] = kind, measured
                turns[f"{PAGES} {what} of another bridge"] = kind, other
        for _ in range(ROUNDS):
            for name, (kind, port) in turns.items():
                frames = late.setdefault(name, Counter())
                if not kind:
                    frames.update(counted(health))
                    continue
                with visiting(kind, port, said.setdefault(name, Counter())):
                    frames.update(counted(health))
    text = "\n".join(report(facts, late, said))
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


def report(
    facts: tuple[str, ...], late: dict[str, Counter[str]], said: dict[str, Counter[str]]
) -> Iterator[str]:
    """The figures as Markdown."""
    yield from ("# Pages", "")
    yield "Written by `python -m benchmarks.pages`: how late the frames of a bridge are while"
    yield f"{PAGES} pages show it, beside {PAGES} pages of another bridge on the same machine, in"
    yield f"{ROUNDS} turns of {SECONDS:.0f} s. Both bridges run all the time. The readers are"
    yield "clients that read what a page reads and draw nothing. Dropped frames are not in it."
    yield "If the load below is above 1, other programs used the machine too: then rows can only be"
    yield "compared with each other, and small differences mean nothing."
    yield ""
    yield from (*(f"- {fact}" for fact in facts), "")
    yield "| | frames | " + " | ".join(f"> {float(w) * 1e3:g} ms" for w in WAITS) + " |"
    yield "|---" * (len(WAITS) + 2) + "|"
    for name, count in late.items():
        frames = count["+Inf"]
        shares = [f"{100 * (1 - count[wait] / frames):.2f} %" for wait in WAITS]
        yield f"| {name} | {frames:.0f} | " + " | ".join(shares) + " |"
    yield ""
    for name, told in said.items():
        yield f"- {name}: {', '.join(f'{what} ({n} times)' for what, n in sorted(told.items()))}"
    yield ""


if __name__ == "__main__":
    main()
