"""A copy of `examples/` whose ports are free ones, in which the lines of a page are run."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from tests.end_to_end.brokers import is_open
from tests.end_to_end.conftest import COMMAND, Receiver, eventually

ROOT = Path(__file__).parent.parent
PATIENCE = 30


class Checkout:
    """The folder, and an avatar program that receives VMC."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.avatar = Receiver()
        with socket.socket() as web, socket.socket(type=socket.SOCK_DGRAM) as osc:
            web.bind(("127.0.0.1", 0))
            osc.bind(("127.0.0.1", 0))
            self.web, self.osc = web.getsockname()[1], osc.getsockname()[1]
        self.replaced = {
            "8765": str(self.web),
            "9130": str(self.osc),
            "vseeface": f"vmc://127.0.0.1:{self.avatar.port}",
        }
        self._started: list[subprocess.Popen[bytes]] = []
        (folder / "examples").mkdir()
        for file in (ROOT / "examples").iterdir():
            if file.is_file():
                text = self.with_ports(file.read_text("utf-8"))
                (folder / "examples" / file.name).write_text(text, "utf-8")

    def with_ports(self, text: str) -> str:
        for usual, ours in self.replaced.items():
            text = text.replace(usual, ours)
        return re.sub(r"--web(?= |$)", f"--web 127.0.0.1:{self.web}", text)

    def run(self, line: str, **environment: str) -> str:
        """Run a line of a page to its end. Returns what it printed."""
        done = subprocess.run(
            ["sh", "-c", self.with_ports(line)],
            cwd=self.folder,
            env=self._environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, (line, done.stderr.decode())
        return done.stdout.decode()

    def start(self, line: str) -> subprocess.Popen[bytes]:
        """Start a line of a page that runs until Ctrl-C. Its standard input stays open."""
        started = subprocess.Popen(
            ["sh", "-c", self.with_ports(line)],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # a terminal sends Ctrl-C to every program of a line
        )
        self._started.append(started)
        return started

    def serve(self, line: str) -> None:
        """Start a bridge that serves HTTP, and wait until it does."""
        self.start(line)
        eventually(lambda: is_open(self.web) and self.avatar.vmc)

    def stop(self, started: subprocess.Popen[bytes]) -> str:
        """Press Ctrl-C. Returns what it printed."""
        os.killpg(started.pid, signal.SIGINT)
        return started.communicate(timeout=PATIENCE)[0].decode()

    def close(self) -> None:
        for started in self._started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)
            started.communicate()
        self.avatar.close()

    @property
    def _environment(self) -> dict[str, str]:
        # Where the command is, `python` is the one with which it was installed.
        path = f"{Path(COMMAND or '').parent}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PATH": path}


def node() -> str | None:
    return shutil.which("node")
