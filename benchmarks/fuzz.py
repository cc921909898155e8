"""`python -m benchmarks.fuzz`: 100,000 mutated datagrams for each decoder, a million for a running
bridge. Writes `fuzz.md`.

The seed is fixed, so that a failure can be repeated.
"""

import random
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from benchmarks import machine
from benchmarks.process import AFFECT_BRIDGE, free_port, port_of, receiver
from protocols.dialect import Shown
from protocols.dialects import DIALECTS
from protocols.face import DecodeError, Face

FOR_EACH_DECODER = 100_000
FOR_THE_BRIDGE = 1_000_000
RESULTS = Path(__file__).parent / "fuzz.md"

_EXTREMES = (b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xfc", b"{", b"[", b'"', b"|", b"&")


class Fed(NamedTuple):
    """The results of one decoder."""

    scheme: str
    read: int
    refused: int
    microseconds: float


def main() -> None:
    """Feed the decoders, flood a bridge, print and write."""
    facts = machine.describe()
    fed = [_feed(scheme) for scheme in DIALECTS]
    text = "\n".join([*_report(facts, fed), *_flood()]) + "\n"
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


def mutate(valid: Sequence[bytes], chance: random.Random) -> bytes:
    """A valid datagram with a few bytes changed, inserted or removed; sometimes random bytes."""
    if chance.random() < 0.05:
        return chance.randbytes(chance.randrange(200))
    data = bytearray(chance.choice(valid))
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(data) + 1)
        end = start + chance.choice((0, 0, 1, 1, 2, 4, 8, len(data)))
        fresh = chance.choice((b"", chance.randbytes(1), chance.randbytes(4), *_EXTREMES))
        data[start:end] = fresh
    return bytes(data)


def datagrams_of(scheme: str) -> list[bytes]:
    """The datagrams of a dialect for a few random faces."""
    encoder = DIALECTS[scheme].encoder(Shown())
    faces = np.random.default_rng(1).random((4, 52), dtype=np.float32)
    return [
        bytes(datagram)
        for number, weights in enumerate(faces)
        for datagram in encoder.encode(Face(weights, frame=number, seconds=float(number)))
    ]


def _feed(scheme: str) -> Fed:
    chance = random.Random(scheme)
    valid = datagrams_of(scheme)
    decoder = DIALECTS[scheme].decoder()
    mutated = [mutate(valid, chance) for _ in range(FOR_EACH_DECODER)]
    refused = 0
    began = time.perf_counter()
    for number, datagram in enumerate(mutated):
        try:
            decoder.feed(datagram)
        except DecodeError:
            refused += 1
        except BaseException:
            print(f"{scheme}: datagram {number}: {datagram!r}", file=sys.stderr)
            raise
    took = time.perf_counter() - began
    return Fed(scheme, FOR_EACH_DECODER - refused, refused, took / FOR_EACH_DECODER * 1e6)


def _report(facts: list[str], fed: list[Fed]) -> Iterator[str]:
    yield "# Mutated datagrams"
    yield ""
    yield f"Written by `python -m benchmarks.fuzz`: {FOR_EACH_DECODER:,} for each decoder;"
    yield "no error other than `DecodeError` was raised. Then a flood for a running bridge."
    yield ""
    for fact in facts:
        yield f"- {fact}"
    yield ""
    yield "| decoder | read | refused | µs each |"
    yield "|---|---|---|---|"
    for one in fed:
        yield f"| {one.scheme} | {one.read} | {one.refused} | {one.microseconds:.1f} |"
    yield ""


def _flood() -> Iterator[str]:
    with receiver() as avatar, tempfile.TemporaryFile("w+") as log:
        port = free_port()
        command = [
            *AFFECT_BRIDGE,
            *("--from", f"osc://127.0.0.1:{port}"),
            *("--to", f"livelink://127.0.0.1:{port_of(avatar)}"),
        ]
        with psutil.Popen(command, stdin=-3, stderr=log) as bridge:
            avatar.recv(65536)
            time.sleep(2)
            before = bridge.memory_info().rss
            gaps = _longest_gap_during(avatar, lambda: _send_all(port))
            after = bridge.memory_info().rss
            bridge.terminate()
            status = bridge.wait(10)
        log.seek(0)
        lines = len(log.readlines())
    yield f"{FOR_THE_BRIDGE:,} to the OSC port of a running bridge, as fast as possible:"
    yield ""
    yield "| what | here | goal | |"
    yield "|---|---|---|---|"
    yield f"| longest gap between two frames | {gaps * 1e3:.0f} ms | under 1 s | {_met(gaps < 1)} |"
    growth = (after - before) / 1e6
    yield f"| growth of memory | {growth:.1f} MB | at most 5 MB | {_met(growth <= 5)} |"
    yield f"| exit status afterwards | {status} | 0 | {_met(status == 0)} |"
    yield f"| lines in its log | {lines} | some | |"


def _send_all(port: int) -> None:
    chance = random.Random(3)
    valid = _valid_feelings()
    pool = [mutate(valid, chance) for _ in range(50_000)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        for number in range(FOR_THE_BRIDGE):
            sender.send(pool[number % len(pool)])


def _valid_feelings() -> list[bytes]:
    vad = OscMessageBuilder("/vad")
    for axis in (0.5, -0.25, 1.0):
        vad.add_arg(axis, OscMessageBuilder.ARG_TYPE_FLOAT)
    emotion = OscMessageBuilder("/bob/emotion")
    emotion.add_arg("happiness")
    emotion.add_arg(0.5, OscMessageBuilder.ARG_TYPE_FLOAT)
    bundle = OscBundleBuilder(IMMEDIATELY)
    bundle.add_content(vad.build())
    bundle.add_content(emotion.build())
    return [vad.build().dgram, emotion.build().dgram, bundle.build().dgram]


def _longest_gap_during(avatar: socket.socket, work: Callable[[], None]) -> float:
    """The longest time between two frames while `work` runs, in seconds."""
    working = threading.Thread(target=work)
    working.start()
    longest, latest = 0.0, time.monotonic()
    while working.is_alive():
        avatar.recv(65536)
        now = time.monotonic()
        longest, latest = max(longest, now - latest), now
    return longest


def _met(goal: bool) -> str:
    return "met" if goal else "missed"


if __name__ == "__main__":
    main()
