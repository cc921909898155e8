"""Nothing that the command prints, logs or serves contains a secret, wherever the secret is kept
and however it is refused."""

import asyncio
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.bridge.outputs.vtube_studio_stand_in import StandIn

if sys.platform != "win32":
    import fcntl
    import termios

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="abstract sockets and credentials are Linux's own"
)

IN_THE_ENVIRONMENT = "secret-of-the-environment"
IN_A_FILE = "secret-of-the-file"
IN_A_CREDENTIAL = "secret-of-the-credential"
OF_NO_TEXT = "secret-that-is-no-text"
TOKEN = "secret-token-that-was-revoked"
SECRETS = (IN_THE_ENVIRONMENT, IN_A_FILE, IN_A_CREDENTIAL, OF_NO_TEXT, TOKEN)


@pytest.fixture
def environment(tmp_path):
    """The environment of a service that has a secret in each place."""
    for name in ("credentials", "state/affect-bridge"):
        (tmp_path / name).mkdir(parents=True)
    keep(tmp_path / "credentials" / "mqtt-password", f"{IN_A_CREDENTIAL}\n".encode())
    keep(tmp_path / "file", f"{IN_A_FILE}\n".encode())
    keep(tmp_path / "no text", f"{OF_NO_TEXT}\n".encode() + b"\xff\xfe")
    known = {name: value for name, value in os.environ.items() if name != "STATE_DIRECTORY"}
    return {
        **known,
        "AFFECT_BRIDGE_MQTT_PASSWORD": IN_THE_ENVIRONMENT,
        "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "PYTHONUNBUFFERED": "1",
    }


def keep(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


@contextlib.contextmanager
def vtube_studio():
    """A stand-in for VTube Studio, on its own thread, whose user refuses access."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def started():
        program = StandIn(answer="deny")
        await program.start()
        return program

    program = asyncio.run_coroutine_threadsafe(started(), loop).result(9)
    try:
        yield program
    finally:
        asyncio.run_coroutine_threadsafe(program.stop(), loop).result(9)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(9)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answer(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=9)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return f"{response.headers}{response.read().decode()}"
    finally:
        connection.close()


def written(folder: Path, broker: int, studio: int, health: int, log_format: str) -> str:
    """A configuration with a secret in each possible place."""
    ann = f"mqtt://ann@127.0.0.1:{broker}"
    places = {
        "environment": {},
        "file": {"password_file": str(folder / "file")},
        "credential": {"password_credential": "mqtt-password"},
        "no-text": {"password_file": str(folder / "no text")},
    }
    told = {
        "inputs": [
            {"from": f"{ann}/affect/+/set", "client_id": name, **place}
            for name, place in places.items()
        ],
        "outputs": [
            f"vtube-studio://127.0.0.1:{studio}",
            {"to": ann, "client_id": "faces", "password_credential": "mqtt-password"},
        ],
        "health": health,
        "log_level": "debug",
        "log_format": log_format,
    }
    config = folder / "bridge.yaml"
    config.write_text(json.dumps(told))  # which is YAML as well
    return str(config)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_secret_is_printed_logged_or_served_when_everybody_refuses_it(
    start_mosquitto, run_bridge, eventually, environment, tmp_path, log_format
):
    broker = start_mosquitto(settings="allow_anonymous false")
    health = free_port()
    with vtube_studio() as program, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        token = tmp_path / "state/affect-bridge" / f"vtube-studio-127.0.0.1-{program.port}.token"
        keep(token, TOKEN.encode())
        manager.bind(f"\0bridge-{os.getpid()}-{health}")
        manager.settimeout(9)
        environment["NOTIFY_SOCKET"] = f"@bridge-{os.getpid()}-{health}"
        config = written(tmp_path, broker.port, program.port, health, log_format)
        bridge = run_bridge("run", config, env=environment)
        refusals = "refused the user name or password of ann"
        eventually(lambda: len(bridge.lines_with(refusals)) == 4)
        eventually(lambda: bridge.logged("is not UTF-8 text"))
        eventually(lambda: bridge.logged("refused access"))
        assert "AuthenticationRequest" in program.requests  # so the token was read, and shown
        served = answer(health, "/healthz") + answer(health, "/metrics")
        told = ""
        while "STATUS=" not in told:
            told += manager.recv(4096).decode()
        others = [
            run_bridge(*command, env=environment)
            for command in (("check", config), ("status", f"127.0.0.1:{health}"))
        ]
        assert [other.ends(9.0) for other in others] == [0, 0]  # all are within their grace
        Path(config).write_text(Path(config).read_text().replace("ann@", "eve@"))
        bridge.signal(signal.SIGHUP)
        eventually(lambda: bridge.logged("of eve"))
        assert bridge.stop() == 0
    everything = [bridge.log, served, told, *(other.log for other in others)]
    everything += [other.printed.decode() for other in (bridge, *others)]
    assert all(len(text) > 10 for text in (bridge.log, served, told, *everything[-2:]))
    for secret in SECRETS:
        assert secret not in "".join(everything), secret


def test_a_credential_lets_it_in(start_mosquitto, face, eventually, environment, tmp_path):
    hasher = shutil.which("mosquitto_passwd")
    if hasher is None:
        pytest.skip("the executable mosquitto_passwd is not installed")
    known = tmp_path / "known"
    known.touch(mode=0o600)
    subprocess.run([hasher, "-b", str(known), "ann", IN_A_CREDENTIAL], check=True)
    broker = start_mosquitto(settings=f"allow_anonymous false\npassword_file {known}")
    place = f"mqtt://ann@127.0.0.1:{broker.port}/affect/+/set?password_credential=mqtt-password"
    bridge = face("--from", place, env=environment)
    eventually(lambda: bridge.logged("mqtt", ": up"))


@pytest.fixture
def closed_key(tmp_path):
    """A certificate, and its key with a pass phrase."""
    openssl = shutil.which("openssl")
    if openssl is None:
        assert "CI" not in os.environ, "CI must install openssl"
        pytest.skip("the executable openssl is not installed")
    key, certificate = tmp_path / "closed.key", tmp_path / "client.pem"
    made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=me -passout pass:phrase"
    subprocess.run(
        [openssl, *made.split(), "-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    return {"tls_key": str(key), "tls_certificate": str(certificate)}


def test_a_key_under_a_pass_phrase_is_refused_rather_than_asked_for(
    run_bridge, eventually, closed_key, tmp_path, free_udp_port
):
    """OpenSSL would ask on the terminal. Inputs, outputs and a stop would wait for the answer."""
    config = tmp_path / "bridge.yaml"
    told = {
        "inputs": ["demo", {"from": "mqtts://127.0.0.1:1/affect/+/set", **closed_key}],
        "outputs": [f"vmc://127.0.0.1:{free_udp_port}"],
    }
    config.write_text(json.dumps(told))
    terminal, inside = os.openpty()
    try:
        bridge = run_bridge(
            *("run", str(config)),
            stdin=inside,
            stdout=inside,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        eventually(lambda: bridge.logged("WARNING", "tls_key", closed_key["tls_key"], "PEM"))
        bridge.signal(signal.SIGTERM)
        assert bridge.ends() == 0
        os.set_blocking(terminal, False)
        with pytest.raises(BlockingIOError):
            os.read(terminal, 1024)
    finally:
        os.close(terminal)
        os.close(inside)
