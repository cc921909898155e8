"""`affect-bridge doctor` as people run it, beside a real bridge."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.bridge.brokers import free_port


def doctor(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "bridge", "doctor", *arguments],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


@pytest.fixture
def receiver():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        yield opened.getsockname()[1]


def write(tmp_path, text):
    path = tmp_path / "studio.yaml"
    path.write_text(text, "utf-8")
    return str(path)


def test_a_path_that_works_ends_with_0(receiver):
    done = doctor("--from", "demo", "--to", f"vmc://127.0.0.1:{receiver}")
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("No problem found.")
    assert "a smile was sent" in done.stdout


def test_a_closed_port_is_the_most_probable_cause(tmp_path):
    port = free_port(socket.SOCK_DGRAM)
    done = doctor(write(tmp_path, f"inputs: demo\noutputs: vmc://127.0.0.1:{port}\n"))
    assert done.returncode == 1
    first, cause, cure = done.stdout.splitlines()[:3]
    assert first == "Most probable cause:"
    assert cause.startswith(f"  output vmc 127.0.0.1:{port}: nothing is listening")
    assert cure.startswith("  What to do: start ")


def test_each_mistake_in_the_file_is_listed_and_nothing_else_is_tried(tmp_path):
    done = doctor(write(tmp_path, "fps: 999\noutputs: vcm://127.0.0.1:39539\n"))
    assert done.returncode == 1
    assert "Most probable cause:\n  configuration: " in done.stdout
    assert "fps" in done.stdout
    assert "output" not in done.stdout.partition("All checks:")[2].replace("outputs", "")


def test_programs_can_read_the_findings(receiver):
    done = doctor("--json", "--from", "demo", "--to", f"vmc://127.0.0.1:{receiver}")
    told = json.loads(done.stdout)
    found = {each["subject"]: each["verdict"] for each in told["findings"]}
    assert told["problems"] == []
    assert (done.returncode, done.stderr) == (0, "")
    assert found[f"output vmc 127.0.0.1:{receiver}"] == "ok"


def test_a_bridge_that_runs_is_looked_at_and_its_ports_are_not_called_taken(tmp_path, receiver):
    osc, health = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
    config = write(
        tmp_path,
        f"inputs: [demo, 'osc://127.0.0.1:{osc}']\noutputs: vmc://127.0.0.1:{receiver}\n"
        f"health: 127.0.0.1:{health}\n",
    )
    bridge = subprocess.Popen(
        [sys.executable, "-m", "bridge", "run", config],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{health}/healthz")
        done = doctor(config)
    finally:
        bridge.send_signal(signal.SIGTERM if os.name == "posix" else signal.CTRL_C_EVENT)
        bridge.wait(10)
    assert done.returncode == 0, done.stdout
    assert "a bridge has run with this configuration" in done.stdout
    assert "taken" not in done.stdout
    assert f"127.0.0.1:{osc} is open; the running bridge has it" in done.stdout


def test_a_bridge_that_cannot_be_asked_is_named_as_the_holder_of_its_ports(tmp_path, receiver):
    if sys.platform != "linux":
        pytest.skip("the holder of a port is read from /proc")
    osc = free_port(socket.SOCK_DGRAM)
    config = write(
        tmp_path, f"inputs: 'osc://127.0.0.1:{osc}'\noutputs: vmc://127.0.0.1:{receiver}\n"
    )
    bridge = subprocess.Popen(
        [sys.executable, "-m", "bridge", "run", config],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while "osc" not in (line := bridge.stderr.readline()):
            assert line
        done = doctor(config)
    finally:
        bridge.terminate()
        bridge.communicate(timeout=10)
    assert done.returncode == 1
    assert f"taken by another bridge, affect-bridge (process {bridge.pid})" in done.stdout


def _wait_for(url):
    deadline = time.monotonic() + 15
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        assert time.monotonic() < deadline, "the bridge does not answer"
        time.sleep(0.05)
