"""The installed command as a process, and avatar programs that receive what it sends.

Nothing here imports the project. Packets are read by decoders of other hands, and Live Link by a
plain reading of its layout.
"""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

import oscpy.parser
import pytest
from osc4py3 import oscbuildparse

from tests.end_to_end.brokers import MOSQUITTO, Amqtt, Mosquitto, is_open

COMMAND = shutil.which("affect-bridge", path=str(Path(sys.executable).parent))
PATIENCE = 9.0
"""Seconds that a test waits for something to happen before it fails."""

# Unreal's order of the Live Link packet, which is also the set of names of VMC's PerfectSync.
_NAMES = """
EyeBlinkLeft EyeLookDownLeft EyeLookInLeft EyeLookOutLeft EyeLookUpLeft EyeSquintLeft
EyeWideLeft EyeBlinkRight EyeLookDownRight EyeLookInRight EyeLookOutRight EyeLookUpRight
EyeSquintRight EyeWideRight JawForward JawLeft JawRight JawOpen MouthClose MouthFunnel
MouthPucker MouthLeft MouthRight MouthSmileLeft MouthSmileRight MouthFrownLeft MouthFrownRight
MouthDimpleLeft MouthDimpleRight MouthStretchLeft MouthStretchRight MouthRollLower
MouthRollUpper MouthShrugLower MouthShrugUpper MouthPressLeft MouthPressRight
MouthLowerDownLeft MouthLowerDownRight MouthUpperUpLeft MouthUpperUpRight BrowDownLeft
BrowDownRight BrowInnerUp BrowOuterUpLeft BrowOuterUpRight CheekPuff CheekSquintLeft
CheekSquintRight NoseSneerLeft NoseSneerRight TongueOut
"""
SHAPES = tuple(_NAMES.split())

T = TypeVar("T")


def eventually(condition: Callable[[], T], within: float = PATIENCE) -> T:
    """Ask until the answer is true; returns it."""
    deadline = time.monotonic() + within
    while not (answer := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return answer


class VmcFrame(NamedTuple):
    """What lies between two `Apply`s."""

    time: float
    names: tuple[str, ...]
    weights: dict[str, float]


class LiveLinkFrame(NamedTuple):
    """One packet."""

    device: str
    subject: str
    number: int
    rate: tuple[int, int]
    values: tuple[float, ...]

    @property
    def weights(self) -> dict[str, float]:
        return dict(zip(SHAPES, self.values, strict=False))


class Receiver:
    """A UDP port of this machine, read on a thread. What arrives is decoded when it is asked for;
    a packet that a decoder refuses fails the test that asks."""

    def __init__(self, port: int = 0) -> None:
        self.datagrams: list[bytes] = []
        self.senders: list[tuple[str, int]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind(("127.0.0.1", port))
        self._socket.settimeout(0.05)
        self.port: int = self._socket.getsockname()[1]
        self._closing = False
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()
        self._decoded = 0
        self._frames: list[VmcFrame] = []
        self._time = float("nan")
        self._names: list[str] = []
        self._weights: dict[str, float] = {}

    @property
    def vmc(self) -> list[VmcFrame]:
        """The VMC frames so far, by the strict osc4py3."""
        while self._decoded < len(self.datagrams):
            self._decode_vmc(self.datagrams[self._decoded])
            self._decoded += 1
        return self._frames

    @property
    def livelink(self) -> list[LiveLinkFrame]:
        """The Live Link frames so far, by the layout of version 6."""
        return [_read_livelink(datagram) for datagram in list(self.datagrams)]

    @property
    def osc(self) -> list[tuple[str, str, tuple[object, ...]]]:
        """The plain OSC messages so far as address, type tags and arguments, by oscpy."""
        return [
            (address.decode(), tags.decode(), tuple(arguments))
            for datagram in list(self.datagrams)
            for address, tags, arguments, _ in oscpy.parser.read_packet(datagram)
        ]

    def weight(self, name: str) -> float:
        """The blendshape's weight in the latest VMC frame; 0 before the first."""
        return self.vmc[-1].weights[name] if self.vmc else 0.0

    def more_frames(self, count: int = 20) -> None:
        """Wait until so many more VMC frames have come."""
        enough = len(self.vmc) + count
        eventually(lambda: len(self.vmc) >= enough)

    def close(self) -> None:
        self._closing = True
        self._thread.join()
        self._socket.close()

    def _receive(self) -> None:
        while not self._closing:
            try:
                datagram, sender = self._socket.recvfrom(65536)
            except TimeoutError:
                continue
            self.senders.append(sender)
            self.datagrams.append(datagram)

    def _decode_vmc(self, datagram: bytes) -> None:
        packet = oscbuildparse.decode_packet(datagram)
        bundled = isinstance(packet, oscbuildparse.OSCBundle)
        if bundled:
            assert packet.timetag == oscbuildparse.OSC_IMMEDIATELY
        for message in packet.elements if bundled else [packet]:
            match message.addrpattern, message.typetags, message.arguments:
                case "/VMC/Ext/OK", ",i", (1,):
                    pass
                case "/VMC/Ext/T", ",f", (seconds,):
                    self._time = seconds
                case "/VMC/Ext/Blend/Val", ",sf", (name, weight):
                    self._names.append(name)
                    self._weights[name] = weight
                case "/VMC/Ext/Blend/Apply", ",", ():
                    frame = VmcFrame(self._time, tuple(self._names), self._weights)
                    self._frames.append(frame)
                    self._time, self._names, self._weights = float("nan"), [], {}
                case _:
                    raise AssertionError(f"no VMC message of ours: {message}")


def _read_livelink(datagram: bytes) -> LiveLinkFrame:
    version, device_size = struct.unpack_from(">Bi", datagram, 0)
    device_end = 5 + device_size
    (subject_size,) = struct.unpack_from(">i", datagram, device_end)
    subject_end = device_end + 4 + subject_size
    number, subframe, *rate, count = struct.unpack_from(">ifiiB", datagram, subject_end)
    assert (version, device_size, count) == (6, 36, 61)
    assert 0.0 <= subframe < 1.0
    values = struct.unpack(">61f", datagram[subject_end + 17 :])
    device = datagram[5:device_end].decode()
    subject = datagram[device_end + 4 : subject_end].decode()
    return LiveLinkFrame(device, subject, number, (rate[0], rate[1]), values)


class Bridge:
    """The command as a process, its log gathered as it is written."""

    def __init__(self, *arguments: str, **popen: object) -> None:
        assert COMMAND, "the command affect-bridge is not installed beside this Python"
        self._lines: list[str] = []
        options = {
            "stdin": subprocess.PIPE,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "env": {**os.environ, "PYTHONUNBUFFERED": "1"},
            **popen,
        }
        self.process = subprocess.Popen([COMMAND, *arguments], **options)
        self._reader: threading.Thread | None = None
        if self.process.stderr is not None:
            self._reader = threading.Thread(target=self._read_log, daemon=True)
            self._reader.start()

    @property
    def log(self) -> str:
        return "".join(self._lines)

    def say(self, line: str) -> None:
        """Write a line to its standard input."""
        self.write(line.encode() + b"\n")

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def end_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def ends(self, within: float = 3.0) -> int:
        """The exit status, once the process has ended by itself."""
        status = self.process.wait(within)
        if self._reader is not None:
            self._reader.join()
        return status

    @property
    def printed(self) -> bytes:
        """What an ended process wrote to standard output."""
        assert self.process.stdout is not None
        return self.process.stdout.read()

    def stop(self) -> int:
        """Interrupt it and return its exit status."""
        self.signal(signal.SIGINT)
        return self.ends()

    def logged(self, *words: str) -> bool:
        """Is there a line with all of these words?"""
        return any(all(word in line for word in words) for line in self._lines)

    def lines_with(self, word: str) -> list[str]:
        return [line for line in self._lines if word in line]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # what is still buffered has no reader any more
                    pipe.close()
        if self._reader is not None:
            self._reader.join()
            print(self.log)  # pytest shows it when the test failed

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            for line in stream:
                self._lines.append(line.decode(errors="replace"))


def make_bridges() -> Iterator[Callable[..., Bridge]]:
    bridges: list[Bridge] = []

    def start(*arguments: str, **popen: object) -> Bridge:
        bridges.append(Bridge(*arguments, **popen))
        return bridges[-1]

    yield start
    for bridge in bridges:
        bridge.close()


def make_receivers() -> Iterator[Callable[..., Receiver]]:
    with ExitStack() as receivers:

        def open_receiver(port: int = 0) -> Receiver:
            receiver = Receiver(port)
            receivers.callback(receiver.close)
            return receiver

        yield open_receiver


@pytest.fixture
def run_bridge() -> Iterator[Callable[..., Bridge]]:
    """Starts `affect-bridge` with the given arguments; it is killed when the test is over."""
    yield from make_bridges()


@pytest.fixture
def receive() -> Iterator[Callable[..., Receiver]]:
    """Opens a receiver on a free UDP port, or on the one given."""
    yield from make_receivers()


class Recording(NamedTuple):
    """What three avatar programs received of one run, from its first frame to its last."""

    vmc: Receiver
    livelink: Receiver
    """Every second frame."""
    osc: Receiver
    """Every third frame."""
    bridge: Bridge


RECORDED_FPS = 60
RECORDED_SECONDS = 3.0


@pytest.fixture(scope="session")
def recording() -> Iterator[Recording]:
    """A few seconds of joy, anger, sadness and disgust at 60 frames a second, and nothing else."""
    with contextmanager(make_receivers)() as open_receiver, contextmanager(make_bridges)() as start:
        vmc, livelink, osc = open_receiver(), open_receiver(), open_receiver()
        bridge = start(
            *("run", "--still"),
            *("--fps", str(RECORDED_FPS)),
            *("--to", f"vmc://127.0.0.1:{vmc.port}"),
            *("--to", f"livelink://127.0.0.1:{livelink.port}/Zoë?every=2"),
            *("--to", f"osc://127.0.0.1:{osc.port}/blendshape/{{name}}?every=3"),
        )
        feelings = ("joy 1", "anger 1", "sadness 0.9", "disgust 1")
        for part, feeling in enumerate(feelings, start=1):
            bridge.say(feeling)
            then = RECORDED_SECONDS * part / len(feelings)
            eventually(lambda then=then: vmc.vmc and vmc.vmc[-1].time >= then)
        bridge.stop()
        yield Recording(vmc, livelink, osc, bridge)


@pytest.fixture
def avatar(receive: Callable[..., Receiver]) -> Receiver:
    """An avatar program that waits for VMC."""
    return receive()


@pytest.fixture
def face(run_bridge: Callable[..., Bridge], avatar: Receiver) -> Callable[..., Bridge]:
    """Starts `affect-bridge run` with VMC to the avatar, and waits for the first frame."""

    def start(*arguments: str, **popen: object) -> Bridge:
        bridge = run_bridge("run", *arguments, "--to", f"vmc://127.0.0.1:{avatar.port}", **popen)
        eventually(lambda: avatar.vmc)
        return bridge

    return start


@pytest.fixture
def at_once(tmp_path: Path) -> str:
    """A configuration without interpolation, for tests that show many feelings."""
    config = tmp_path / "at_once.yaml"
    config.write_text("interpolation: none\n")
    return str(config)


@pytest.fixture
def free_udp_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def free_tcp_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def start_mosquitto(
    free_tcp_port: int, tmp_path: Path, eventually: Callable[..., object]
) -> Iterator[Callable[..., Mosquitto]]:
    """Starts a broker, with settings of its own if need be; it is killed when the test is over."""
    if MOSQUITTO is None:
        pytest.skip("the executable mosquitto is not installed")
    started: list[Mosquitto] = []

    def start(**settings: str) -> Mosquitto:
        started.append(Mosquitto(free_tcp_port, tmp_path, **settings))
        eventually(lambda: is_open(free_tcp_port))
        return started[-1]

    yield start
    for broker in started:
        broker.kill()


@pytest.fixture
def mosquitto(start_mosquitto: Callable[..., Mosquitto]) -> Mosquitto:
    return start_mosquitto()


@pytest.fixture
def amqtt_broker() -> Iterator[Amqtt]:
    broker = Amqtt()
    yield broker
    broker.close()


@pytest.fixture(params=["mosquitto", "amqtt_broker"])
def broker(request: pytest.FixtureRequest) -> object:
    """The one, then the other."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session", name="eventually")
def eventually_fixture() -> Callable[..., object]:
    """Asks a question until the answer is true, or fails."""
    return eventually


@pytest.fixture(scope="session")
def shapes() -> tuple[str, ...]:
    """The 52 PascalCase names in Live Link order, typed from its specification."""
    return SHAPES


@pytest.fixture(scope="session")
def pairs() -> list[tuple[str, str]]:
    """The 20 names with a left and a right."""
    lefts = [name for name in SHAPES if name.endswith("Left")]
    return [(left, left.removesuffix("Left") + "Right") for left in lefts]


@pytest.fixture(scope="session")
def as_json() -> Callable[..., str]:
    """An update spelled as JSON: `as_json(emotion="fear", hold=1)`."""
    return lambda **update: json.dumps(update)
