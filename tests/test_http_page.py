"""Every command and program in docs/http.md runs as it stands, but for the port."""

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.web.events import SLOWEST
from bridge.web.guard import MOST_REQUESTS
from bridge.web.streams import LONGEST_UPDATE, MOST_UPDATES
from bridge.web.visitors import MOST_VISITORS, SILENCE

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/http.md").read_text(encoding="utf-8")
CURL = shutil.which("curl")
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("curl ")
]
TOKEN = "correct-horse-battery"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A bridge that serves this machine."""
    yield from _serve(tmp_path_factory.mktemp("http"))


@pytest.fixture(scope="module")
def guarded_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The configuration of the page."""
    folder = tmp_path_factory.mktemp("http")
    (folder / "web-token").write_text(TOKEN)
    [block] = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    yield from _serve(folder, block)


def _serve(folder: Path, web: str = "web: 0.0.0.0:8765\n") -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = folder / "studio.yaml"
    config.write_text(
        "inputs: [demo]\noutputs: ['vmc://127.0.0.1:9']\n"
        + web.replace("8765", str(port)).replace("web: 0.0.0.0", "web: 127.0.0.1")
    )
    bridge = subprocess.Popen(
        [sys.executable, "-m", "bridge", "run", str(config)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 15
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield port
    finally:
        bridge.kill()
        bridge.wait()


@pytest.mark.skipif(CURL is None, reason="curl is not installed")
@pytest.mark.parametrize("command", COMMANDS)
def test_each_curl_command_is_answered(command: str, port: int, guarded_port: int) -> None:
    right = guarded_port if TOKEN in command else port
    shown = command.replace("8765", str(right)).replace(
        "curl ", "curl -sS -w '\\n%{http_code}' ", 1
    )
    watching = "-N" in command
    if watching:
        shown = shown.replace("curl ", "curl --max-time 1 ", 1)
    done = subprocess.run(["sh", "-c", shown], capture_output=True, text=True, check=False)
    body, _, status = done.stdout.rpartition("\n")
    assert status == ("422" if "hapiness" in command else "200"), done.stdout + done.stderr
    assert watching or json.loads(body)
    assert not watching or "data: {" in body


def test_the_answer_on_the_page_is_the_answer(port: int) -> None:
    [shown] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    command = [str(CURL), "-s", "-d", "happiness 0.9", f"http://127.0.0.1:{port}/v1/streams/main"]
    told = subprocess.run(command, capture_output=True, check=True).stdout
    assert json.loads(told) == json.loads(shown)


def test_the_program_on_the_page_runs(port: int) -> None:
    [program] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    command = [sys.executable, "-c", program.replace("8765", str(port))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert "understood" in done.stdout, done.stderr


def test_the_limits_on_the_page_are_those_in_force() -> None:
    table = PAGE.partition("## Limits")[2]
    for limit in (MOST_VISITORS, MOST_REQUESTS, MOST_UPDATES, LONGEST_UPDATE, SILENCE, SLOWEST):
        assert f"| {limit:.0f}" in table
