"""Health and metrics of the running command, asked as monitoring programs ask."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families


class Health:
    """The health server at a port."""

    def __init__(self, port):
        self.port = port

    def get(self, path):
        """Status and body; None if nothing answers."""
        time.sleep(0.05)  # whoever asks without a pause is not let in
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        except ConnectionError:
            return None
        finally:
            connection.close()

    def status(self):
        answer = self.get("/healthz")
        return answer and answer[0]

    def told(self):
        answer = self.get("/healthz")
        return answer and json.loads(answer[1])

    def metric(self, name, **labels):
        answer = self.get("/metrics")
        if answer is None:
            return None
        samples = [s for f in text_string_to_metric_families(answer[1]) for s in f.samples]
        [value] = [s.value for s in samples if (s.name, s.labels) == (name, labels)]
        return value


@pytest.fixture
def health_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def health(health_port):
    return Health(health_port)


@pytest.fixture
def config(tmp_path, health_port) -> Callable[..., str]:
    """Writes a configuration file with health at the port."""
    path = tmp_path / "studio.yaml"

    def write(text="", grace=30, told=True) -> str:
        turned_on = f"health: {{at: 127.0.0.1:{health_port}, grace: {grace}}}\n" if told else ""
        path.write_text(f"{turned_on}{text}\n", encoding="utf-8")
        return str(path)

    return write


def test_a_broker_that_is_away_for_longer_than_its_grace_makes_the_bridge_unhealthy(
    face, avatar, eventually, config, health, mosquitto
):
    broker = f"mqtt 127.0.0.1:{mosquitto.port} affect/+/set"
    where = f"'mqtt://127.0.0.1:{mosquitto.port}/affect/+/set'"
    bridge = face(config(f"inputs: [demo, {where}]", grace=1.5))
    eventually(lambda: health.status() == 200)
    eventually(lambda: bridge.logged(broker, "up"))
    assert health.told()["reasons"] == []

    mosquitto.kill()
    state = {"kind": "input", "part": broker, "state": "waiting_to_retry"}
    eventually(lambda: health.metric("affect_bridge_part_state", **state) == 1)
    eventually(lambda: health.status() == 503)
    told = health.told()
    [reason] = [reason for reason in told["reasons"] if "mqtt" in reason]
    assert reason.startswith(f"input {broker} has been waiting to retry for ")
    assert "no connection to the broker" in reason
    [seconds] = [part["seconds_in_state"] for part in told["inputs"] if part["name"] == broker]
    assert seconds > 1.5
    frames = len(avatar.vmc)
    assert frames > 0

    mosquitto.start()
    eventually(lambda: health.status() == 200, within=30)
    avatar.more_frames()
    assert health.metric("affect_bridge_part_failures_total", kind="input", part=broker) >= 1


def test_metrics_count_the_packets_and_updates(face, avatar, eventually, config, health):
    bridge = face(config("inputs: [stdin]"))
    bridge.say("joy")
    bridge.say("no such feeling")
    rejects = {"source": "stdin", "reason": "nonsense"}
    eventually(lambda: health.metric("affect_bridge_rejects_total", **rejects) == 1)
    assert health.metric("affect_bridge_updates_total", source="stdin") == 1
    output = f"vmc 127.0.0.1:{avatar.port}"
    sent = health.metric("affect_bridge_sent_packets_total", output=output)
    eventually(lambda: len(avatar.datagrams) >= sent)
    later = len(avatar.datagrams)
    assert health.metric("affect_bridge_sent_packets_total", output=output) >= later
    assert health.metric("affect_bridge_frame_lateness_seconds_count") > 0
    assert 10e6 < health.metric("process_resident_memory_bytes") < 500e6
    assert abs(health.metric("process_start_time_seconds") - time.time()) < 60


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")
def test_a_reload_turns_it_on_and_off(face, avatar, eventually, config, health):
    path = config(told=False)
    bridge = face(path)
    assert health.status() is None
    config()
    bridge.signal(signal.SIGHUP)
    eventually(health.status)
    config(told=False)
    bridge.signal(signal.SIGHUP)
    eventually(lambda: health.status() is None)
    avatar.more_frames()
    assert bridge.stop() == 0


def test_a_taken_port_ends_nothing_and_is_used_when_it_is_free(
    face, avatar, eventually, config, health
):
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", health.port))
        bridge = face(config())
        eventually(lambda: bridge.logged("health", str(health.port), "already taken"))
        avatar.more_frames()
    eventually(health.status)


def test_no_secret_and_no_path_of_one_is_published(face, eventually, config, health, tmp_path):
    secret = tmp_path / "the-password"
    secret.write_text("opensesame")
    face(
        config(
            f"inputs: [demo, {{from: 'mqtt://me@127.0.0.1:1/affect/set', password_file: {secret}}}]"
        )
    )
    eventually(lambda: any(part["problem"] for part in (health.told() or {}).get("inputs", ())))
    for path in ("/healthz", "/metrics"):
        _, body = health.get(path)
        assert "opensesame" not in body
        assert "the-password" not in body


def test_a_flood_of_nonsense_stops_neither_frames_nor_answers(
    face, avatar, eventually, config, health
):
    bridge = face(config())
    eventually(health.status)
    flood = subprocess.Popen([sys.executable, "-c", _FLOOD, str(health.port)])
    try:
        before = avatar.vmc[-1].time
        avatar.more_frames(120)
        memory = _resident(bridge.process.pid)
    finally:
        flood.kill()
        flood.wait()
    assert avatar.vmc[-1].time - before < 2 * 120 / 60  # not one in two was lost
    assert memory < 110e6
    eventually(health.status)
    assert bridge.stop() == 0


_FLOOD = """
import contextlib, socket, sys
whole = b"GET /metrics HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n"
kinds = (whole * 5000, b"GET / HTTP/1.1\\r\\nX: " + b"x" * 9_000_000, bytes(range(256)) * 400)
kept = []
while True:
    for kind in kinds:
        with contextlib.suppress(OSError):
            with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 0.2) as client:
                client.sendall(kind)
            kept = [socket.create_connection(("127.0.0.1", int(sys.argv[1])), 0.2), *kept[:20]]
"""


def _resident(pid):
    if not Path("/proc/self/statm").exists():
        return 0
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def status(run_bridge):
    """Runs `affect-bridge status`: its exit status and what it printed."""

    def run(*arguments):
        command = run_bridge("status", *arguments, stdin=subprocess.DEVNULL)
        return command.ends(within=20), command.printed.decode()

    return run


def test_the_command_status_shows_the_running_bridge(face, status, eventually, config, health):
    path = config("inputs: [stdin, demo]")
    bridge = face(path)
    eventually(lambda: health.status() == 200)
    bridge.say("joy")
    eventually(lambda: health.told()["streams"][0]["label"] == "joy 1")
    exit_status, shown = status("--config", path)
    assert exit_status == 0
    assert "healthy" in shown
    assert "joy 1" in shown
    assert max(map(len, shown.splitlines())) <= 80
    exit_status, said = status(f"127.0.0.1:{health.port}", "--json")
    assert exit_status == 0
    assert json.loads(said)["healthy"] is True
    assert bridge.stop() == 0
    assert status("--config", path)[0] == 1
