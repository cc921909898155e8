"""Real inputs with a real mixer, brokers, and the patience to wait for what they do."""

import asyncio
import base64
import contextlib
import hashlib
import logging
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from amqtt.broker import Broker

from bridge.emotion import Vad
from bridge.inputs.source import Source
from bridge.mixer import Mixer

PATIENCE = 10.0

Until = Callable[[Callable[[], object]], Awaitable[None]]


@pytest.fixture
def until() -> Until:
    """Waits until a condition holds."""

    async def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "waited too long"
            await asyncio.sleep(0.005)

    return wait


@pytest.fixture
def mixer() -> Mixer:
    return Mixer()


@pytest.fixture
def targets(mixer: Mixer) -> Callable[[], dict[str, Vad]]:
    """Where each stream is told to go now, rounded to where floats of all widths agree."""
    known: dict[str, Vad] = {}

    def look() -> dict[str, Vad]:
        for goal in mixer.settle(time.monotonic()):
            known[goal.stream] = Vad(*(round(axis, 6) for axis in goal.target))
        return known

    return look


@pytest.fixture
async def start(until: Until) -> AsyncIterator[Callable[[Source], Awaitable["asyncio.Task[None]"]]]:
    """Runs an input until the test ends; returns once it is up."""
    tasks: list[asyncio.Task[None]] = []

    async def begin(source: Source) -> "asyncio.Task[None]":
        up = asyncio.Event()
        task = asyncio.create_task(source.run(up.set))
        tasks.append(task)
        await until(lambda: up.is_set() or task.done())
        if task.done():
            task.result()
        return task

    yield begin
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def warnings_said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What was logged as a warning or worse by this program so far."""
    caplog.set_level(logging.INFO, "bridge")
    return lambda: [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("bridge.") and record.levelno >= logging.WARNING
    ]


@pytest.fixture
def changes_said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What was logged about changes of state so far."""
    caplog.set_level(logging.INFO, "bridge")
    return lambda: [
        record.getMessage() for record in caplog.records if record.name == "bridge.supervision"
    ]


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def udp_port() -> int:
    return free_port(socket.SOCK_DGRAM)


class AmqttBroker:
    """A broker inside this process. It speaks MQTT 3.1.1 only."""

    version = "3.1.1"

    def __init__(self, plugins: dict[str, Any]) -> None:
        self.port = 0
        self._plugins = plugins
        self._broker: Broker | None = None

    async def start(self) -> None:
        listener = {"type": "tcp", "bind": f"127.0.0.1:{self.port}"}
        self._broker = Broker({"listeners": {"default": listener}, "plugins": self._plugins})
        await self._broker.start()
        [listening] = self._broker._servers["default"].instance.sockets
        self.port = listening.getsockname()[1]

    async def stop(self) -> None:
        if self._broker is not None:
            await self._broker.shutdown()
            self._broker = None


class MosquittoBroker:
    """Mosquitto in a process of its own. It speaks MQTT 5."""

    version = "5"

    def __init__(self, folder: Path, settings: str) -> None:
        self.port = free_port(socket.SOCK_STREAM)
        self._program = mosquitto()
        self._config = folder / "mosquitto.conf"
        # "user root" lets it read the test's own folder when the tests run as root.
        self._config.write_text(
            f"listener {self.port} 127.0.0.1\nuser root\npersistence false\n{settings}\n"
        )
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            self._program, "-c", str(self._config), stderr=asyncio.subprocess.DEVNULL
        )
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            assert self._process.returncode is None, "mosquitto does not start"
            assert time.monotonic() < deadline, "mosquitto does not listen"
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            await self._process.wait()
            self._process = None


def mosquitto() -> str:
    """The executable; Debian puts it where only root's path leads."""
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip("mosquitto is not installed (Debian: apt-get install mosquitto)")
    return found


AnyBroker = AmqttBroker | MosquittoBroker


@pytest.fixture
async def amqtt_broker(quiet_amqtt: None) -> AsyncIterator[AmqttBroker]:
    broker = AmqttBroker(
        {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    )
    await broker.start()
    yield broker
    await broker.stop()


@pytest.fixture
async def mosquitto_broker(tmp_path: Path) -> AsyncIterator[MosquittoBroker]:
    broker = MosquittoBroker(tmp_path, "allow_anonymous true")
    await broker.start()
    yield broker
    await broker.stop()


@pytest.fixture(params=["amqtt", "mosquitto"])
def broker(request: pytest.FixtureRequest) -> AnyBroker:
    """One broker after the other: MQTT 3.1.1 in this process, MQTT 5 in another."""
    found: AnyBroker = request.getfixturevalue(f"{request.param}_broker")
    return found


@pytest.fixture
async def taboo_broker(quiet_amqtt: None) -> AsyncIterator[AmqttBroker]:
    """A broker that lets nobody subscribe to the topic "top-secret"."""
    broker = AmqttBroker(
        {
            "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True},
            "amqtt.plugins.topic_checking.TopicTabooPlugin": {},
        }
    )
    await broker.start()
    yield broker
    await broker.stop()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    pem, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = f"{openssl} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    command += f" -subj /CN=test -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {pem}"
    subprocess.run(command.split(), check=True, capture_output=True)
    return pem, key


@pytest.fixture
async def tls_broker(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> AsyncIterator[MosquittoBroker]:
    """A broker that speaks TLS and wants a certificate of its clients."""
    pem, key = certificate
    broker = MosquittoBroker(
        tmp_path,
        f"allow_anonymous true\ncafile {pem}\ncertfile {pem}\nkeyfile {key}\n"
        "require_certificate true",
    )
    await broker.start()
    yield broker
    await broker.stop()


@pytest.fixture(params=["amqtt", "mosquitto"])
async def guarded_broker(
    request: pytest.FixtureRequest, tmp_path: Path, quiet_amqtt: None
) -> AsyncIterator[AnyBroker]:
    """A broker that knows one user, "me", whose password is "right"."""
    passwords = tmp_path / "passwords"
    made: AnyBroker
    if request.param == "mosquitto":
        salt = b"twelve bytes"
        digest = hashlib.pbkdf2_hmac("sha512", b"right", salt, 101)
        salted = f"$7$101${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"
        passwords.write_text(f"me:{salted}\n")
        made = MosquittoBroker(tmp_path, f"allow_anonymous false\npassword_file {passwords}")
    else:
        argon2 = pytest.importorskip("pwdlib.hashers.argon2")
        passwords.write_text(f"me:{argon2.Argon2Hasher().hash('right')}\n")
        made = AmqttBroker(
            {"amqtt.plugins.authentication.FileAuthPlugin": {"password_file": str(passwords)}}
        )
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def quiet_amqtt() -> Iterator[None]:
    """The broker's own log is of no interest here."""
    loggers = [logging.getLogger(name) for name in ("amqtt", "transitions")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    yield
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


class Cable:
    """A TCP connection to a broker that can be cut, as by a network that fails."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self._to = port
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []

    async def plug_in(self) -> None:
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Drop every connection and accept no more."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers += [writer, far_writer]
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(4096):
            writer.write(data)
    writer.close()


@pytest.fixture
async def cable_to() -> AsyncIterator[Callable[[int], Awaitable[Cable]]]:
    cables: list[Cable] = []

    async def connect(port: int) -> Cable:
        cable = Cable(port)
        await cable.plug_in()
        cables.append(cable)
        return cable

    yield connect
    for cable in cables:
        cable.cut()
