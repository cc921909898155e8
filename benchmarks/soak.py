"""`python -m benchmarks.soak [MINUTES]`: a bridge at 60 frames a second with constant input.

Updates and invalid datagrams arrive over OSC and MQTT, and an avatar program counts the frames.
Writes `soak.md`.
"""

import json
import random
import socket
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import paho.mqtt.client as paho
import psutil
from pythonosc.osc_message_builder import OscMessageBuilder

from benchmarks import machine
from benchmarks.memory import broker
from benchmarks.process import AFFECT_BRIDGE, free_port, port_of, receiver, running

FPS = 60
MINUTES = 20.0
WARM_UP = 60.0
"""Seconds after which memory should no longer grow."""
LOOK_EVERY = 5.0
MOST_GROWTH = 5e6
"""Bytes of resident memory from the end of the warm-up to the end."""

RESULTS = Path(__file__).parent / "soak.md"

_NUMBER_AT = -(244 + 1 + 16)  # from the end of a Live Link packet: 61 floats, a count, a time


class Counted(NamedTuple):
    """What the avatar program received from its first frame to its last."""

    frames: int
    missing: int
    """Frame numbers that did not arrive: frames that the bridge dropped."""
    twice: int
    seconds: float
    longest_gap: float


def main() -> None:
    """Run, print and write."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES
    facts = machine.describe()
    counted, memory, said = _soak(minutes * 60.0)
    text = "\n".join(_report(facts, counted, memory, said)) + "\n"
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


def _soak(seconds: float) -> tuple[Counted, list[float], dict[str, int]]:
    with tempfile.TemporaryDirectory() as folder, receiver() as avatar, broker() as mqtt:
        osc = free_port()
        config = Path(folder) / "soak.yaml"
        settings = {
            "fps": FPS,
            "inputs": [
                f"osc://127.0.0.1:{osc}?hold=2",
                f"mqtt://127.0.0.1:{mqtt}/affect/+/set?version=3.1.1",
            ],
            "outputs": [
                f"livelink://127.0.0.1:{port_of(avatar)}",
                f"vmc://127.0.0.1:{free_port()}",  # nothing listens there
            ],
        }
        config.write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML
        stop = threading.Event()
        said: dict[str, int] = {}
        with running([*AFFECT_BRIDGE, str(config)]) as process:
            avatar.recv(65536)
            talking = [
                threading.Thread(target=_talk_osc, args=(osc, stop, said)),
                threading.Thread(target=_talk_mqtt, args=(mqtt, stop, said)),
            ]
            memory: list[float] = []
            watching = threading.Thread(target=_watch, args=(process.pid, stop, memory))
            for thread in (*talking, watching):
                thread.start()
            counted = _count(avatar, seconds)
            stop.set()
            for thread in (*talking, watching):
                thread.join()
    return counted, memory, said


def _count(avatar: socket.socket, seconds: float) -> Counted:
    avatar.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    first, number = None, 0
    frames = missing = twice = 0
    began = latest = time.monotonic()
    longest = 0.0
    while latest - began < seconds:
        (number_now,) = struct.unpack_from(">i", avatar.recv(65536)[_NUMBER_AT:])
        now = time.monotonic()
        if first is None:
            first, began, latest = number_now, now, now
        else:
            missing += max(0, number_now - number - 1)
            twice += number_now <= number
            longest = max(longest, now - latest)
        number, latest = number_now, now
        frames += 1
    return Counted(frames, missing, twice, latest - began, longest)


def _talk_osc(port: int, stop: threading.Event, said: dict[str, int]) -> None:
    """Twenty updates and ten invalid datagrams a second."""
    chance = random.Random(7)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as talker:
        talker.connect(("127.0.0.1", port))
        while not stop.wait(0.05):
            builder = OscMessageBuilder("/vad")
            for _ in range(3):
                builder.add_arg(chance.uniform(-1, 1), OscMessageBuilder.ARG_TYPE_FLOAT)
            sense = builder.build().dgram
            talker.send(sense)
            _tally(said, "updates by OSC")
            if chance.random() < 0.5:
                nonsense = bytearray(sense)
                nonsense[chance.randrange(len(nonsense))] = chance.randrange(256)
                talker.send(chance.choice([bytes(nonsense), chance.randbytes(200)]))
                _tally(said, "mutated or random datagrams")


def _talk_mqtt(port: int, stop: threading.Event, said: dict[str, int]) -> None:
    """Five messages a second, some of them invalid."""
    chance = random.Random(11)
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    while not stop.wait(0.2):
        words = chance.choice(["happiness 0.8", "0.1 0.2 -0.3", '{"emotion": "fear"}', "hapiness"])
        client.publish("affect/main/set", words)
        _tally(said, "messages by MQTT")
    client.disconnect()
    client.loop_stop()


def _tally(said: dict[str, int], what: str) -> None:
    said[what] = said.get(what, 0) + 1


def _watch(pid: int, stop: threading.Event, memory: list[float]) -> None:
    seen = psutil.Process(pid)
    while not stop.wait(LOOK_EVERY):
        memory.append(float(seen.memory_info().rss))


def _report(
    facts: list[str], counted: Counted, memory: list[float], said: dict[str, int]
) -> Iterator[str]:
    expected = counted.seconds * FPS + 1
    warm = memory[min(len(memory) - 1, round(WARM_UP / LOOK_EVERY))]
    growth = memory[-1] - warm
    on_time = abs(counted.frames + counted.missing - expected) <= 1 and not counted.missing
    yield "# A soak"
    yield ""
    yield (
        f"Written by `python -m benchmarks.soak`: {counted.seconds / 60:.1f} minutes at {FPS} "
        "frames a"
    )
    yield "second, with valid and invalid input, and one of two receivers missing."
    yield ""
    for fact in facts:
        yield f"- {fact}"
    for what, count in said.items():
        yield f"- {count} {what}"
    yield ""
    yield "| what | here | goal | |"
    yield "|---|---|---|---|"
    yield (
        f"| frames received | {counted.frames}, {counted.missing} dropped, {counted.twice} twice | "
        f"{expected:.1f} ± 1 | {_verdict(on_time and not counted.twice)} |"
    )
    gap = f"{counted.longest_gap * 1e3:.1f} ms"
    verdict = _verdict(counted.longest_gap < 1.0)
    yield f"| longest gap between two frames | {gap} | under 1 s | {verdict} |"
    yield (
        f"| resident memory after a minute, and at the end | {warm / 1e6:.1f} MB, "
        f"{memory[-1] / 1e6:.1f} MB | at most 5 MB more | {_verdict(growth <= MOST_GROWTH)} |"
    )


def _verdict(met: bool) -> str:
    return "met" if met else "missed"


if __name__ == "__main__":
    main()
