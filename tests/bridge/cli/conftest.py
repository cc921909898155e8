"""Runs the command in this process, and in a process of its own."""

import logging
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from bridge.cli import main
from tests.bridge.resting_bridge import bridge, make_bridge, part_in

__all__ = ["bridge", "make_bridge", "part_in"]

Outcome = tuple[int, str, str]


@pytest.fixture
def unchanged_process() -> Iterator[None]:
    """Restores what the command changes in its process: logging and the switch interval."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, sys.getswitchinterval()
    yield
    root.handlers[:], _, _ = before
    root.setLevel(before[1])
    sys.setswitchinterval(before[2])


@pytest.fixture
def run(unchanged_process: None, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Exit status, standard output and standard error of one command."""

    def run_command(*arguments: str) -> Outcome:
        try:
            status = main(arguments)
        except SystemExit as end:  # argparse ends this way
            status = int(end.code or 0)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run_command


@pytest.fixture
def start() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Starts the command as a process. It is killed at the end of the test."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "bridge", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
