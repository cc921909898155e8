"""What several tests of the daemon's parts share: the engine, patience, and real MQTT brokers."""

import asyncio
import base64
import hashlib
import logging
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from bridge.model import checkpoint
from bridge.model.engine import Engine
from bridge.supervision import supervised as supervision
from bridge.supervision.supervised import Supervised
from tests.bridge.brokers import PATIENCE, AmqttBroker, AnyBroker, Cable, MosquittoBroker
from tests.bridge.nats_servers import NatsServer

Until = Callable[[Callable[[], object]], Awaitable[None]]

# A busy machine is no failure: no example is held to a time.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def engine() -> Engine:
    """The network with the weights that are shipped."""
    arrays, _ = checkpoint.load(checkpoint.BUILTIN)
    return Engine(arrays)


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
def changes_said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What was logged about changes of state so far."""
    caplog.set_level(logging.INFO, "bridge")
    return lambda: [
        record.getMessage()
        for record in caplog.records
        if record.name == "bridge.supervision.supervised"
    ]


@pytest.fixture
async def supervise() -> AsyncIterator[Callable[[Any], Supervised[Any]]]:
    """Runs inputs and outputs as the daemon does, restarted when they fail."""
    tasks: list[asyncio.Task[None]] = []

    def begin(part: Any) -> Supervised[Any]:
        supervised = Supervised(part)
        tasks.append(asyncio.create_task(supervised.run()))
        return supervised

    yield begin
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again soon, for tests that wait for it."""
    monkeypatch.setattr(supervision, "LONGEST_DELAY", 0.1)


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


@pytest.fixture
async def start_nats(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[NatsServer]]]:
    """Starts a NATS server, with settings of its own if need be."""
    started: list[NatsServer] = []

    async def start(settings: str = "") -> NatsServer:
        started.append(NatsServer(tmp_path, settings))
        await started[-1].start()
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
async def nats_server(start_nats: Callable[..., Awaitable[NatsServer]]) -> NatsServer:
    return await start_nats()


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
async def listed_broker(tmp_path: Path) -> AsyncIterator[MosquittoBroker]:
    """Mosquitto that lets nobody publish, except to the topics below allowed/."""
    rules = tmp_path / "acl"
    rules.touch(mode=0o600)
    rules.write_text("topic read #\ntopic readwrite allowed/#\n")
    broker = MosquittoBroker(tmp_path, f"allow_anonymous true\nacl_file {rules}")
    await broker.start()
    yield broker
    await broker.stop()


@pytest.fixture
def make_certificate(tmp_path: Path) -> Callable[[str], tuple[Path, Path]]:
    """Makes a certificate for 127.0.0.1 that vouches for itself, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")

    def make(name: str) -> tuple[Path, Path]:
        pem, key = tmp_path / f"{name}.pem", tmp_path / f"{name}-key.pem"
        command = f"{openssl} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        command += f" -subj /CN={name} -addext subjectAltName=IP:127.0.0.1"
        command += f" -keyout {key} -out {pem}"
        subprocess.run(command.split(), check=True, capture_output=True)
        return pem, key

    return make


@pytest.fixture
def certificate(make_certificate: Callable[[str], tuple[Path, Path]]) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    return make_certificate("test")


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
