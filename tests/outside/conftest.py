"""All dialects over OSC in all spellings and layouts, read by OSC libraries of others."""

import json
import os
import queue
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from annotated_types import Ge, Le

from protocols.dialect import Dialect, Shown
from protocols.dialects import DIALECTS
from protocols.face import Face

HERE = Path(__file__).parent
PATIENCE = 20.0

Said = list[tuple[str, str, list[Any]]]
"""Messages as (address, type tags, arguments)."""

SPELLINGS = (
    *("pascal", "camel", "vrm0", "vrm1"),
    {"eyeBlinkLeft": "Blink Left", "jawOpen": "あ"},
)
"""Of a setting called `names`, which may be a word or a map. What a dialect does not know it
refuses."""


@dataclass(frozen=True)
class Case:
    """What one encoder sends of one face."""

    name: str
    datagrams: tuple[bytes, ...]


def _choices(hint: Any) -> list[Any]:
    """The values that a setting's type says it can have: words, switches, bounds."""
    if get_origin(hint) is Literal:
        return list(get_args(hint))
    if hint is bool:
        return [True, False]
    found = [choice for part in get_args(hint) for choice in _choices(part)]
    if get_origin(hint) is Annotated:
        found += [part.ge for part in get_args(hint) if isinstance(part, Ge)]
        found += [part.le for part in get_args(hint) if isinstance(part, Le)]
    return found


def _variations(dialect: Dialect) -> Iterator[dict[str, Any]]:
    """The defaults, and each setting alone at each of its values."""
    yield {}
    for name, hint in get_type_hints(dialect.encoder, include_extras=True).items():
        if name not in ("shown", "return"):
            for choice in SPELLINGS if name == "names" else _choices(hint):
                yield {name: choice}


def _cases() -> Iterator[Case]:
    # 52 different weights, exact in float32 and in the six decimals that oscdump prints
    face = Face(weights=np.arange(52, dtype=np.float32) / 64, frame=1234, seconds=12.5)
    face.rotations[:] = np.arange(9, dtype=np.float32).reshape(3, 3) / 32 - 0.125
    for scheme, dialect in DIALECTS.items():
        for settings in _variations(dialect):
            try:
                encoder = dialect.encoder(Shown(), **settings)
            except ValueError:
                assert settings, f"{scheme} refuses its own defaults"
                continue
            datagrams = tuple(bytes(datagram) for datagram in encoder.encode(face))
            if datagrams and datagrams[0].startswith((b"#bundle\0", b"/")):
                said = "".join(f" {name}={value}" for name, value in settings.items())
                yield Case(f"{scheme}{said}", datagrams)


CASES = list(_cases())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", CASES, ids=[case.name for case in CASES])


@pytest.fixture(scope="session")
def cases() -> list[Case]:
    return CASES


def _absent(what: str) -> NoReturn:
    """Locally a test skips what is not installed; where CI is set, all must be installed."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def read_in_javascript() -> Callable[[Sequence[bytes]], list[dict[str, Any]]]:
    """Reads datagrams with the libraries of `decode.mjs`, in one process."""
    node = shutil.which("node")
    if node is None:
        _absent("node is not installed")
    if not (HERE / "node_modules" / "osc").is_dir():
        _absent("`npm install --no-package-lock --prefix tests/outside` installs the OSC decoders")

    def read(datagrams: Sequence[bytes]) -> list[dict[str, Any]]:
        lines = "".join(f"{datagram.hex()}\n" for datagram in datagrams)
        done = subprocess.run(
            [node, str(HERE / "decode.mjs")],
            input=lines,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return read


class OscDump:
    """A running `oscdump`, which prints each message that it receives."""

    def __init__(self, command: str) -> None:
        self._lines: queue.Queue[str] = queue.Queue()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._process = subprocess.Popen(
            [command, "-L", str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        threading.Thread(target=self._gather, daemon=True).start()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", port))
        self._wait_until_it_listens()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._socket.close()

    def printed(self, datagrams: Sequence[bytes]) -> list[str]:
        """The lines that are printed for these datagrams."""
        for datagram in datagrams:
            self._socket.send(datagram)
        self._socket.send(b"/the/end\0\0\0\0,\0\0\0")
        lines = []
        while "/the/end" not in (line := self._lines.get(timeout=PATIENCE)):
            lines.append(line)
        return [line for line in lines if "/are/you/there" not in line]

    def _gather(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip("\n"))

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                self._socket.send(b"/are/you/there\0\0,\0\0\0")
                self._lines.get(timeout=0.05)
            except (ConnectionRefusedError, queue.Empty):
                assert self._process.poll() is None, "oscdump has ended"
            else:
                return
        raise TimeoutError("oscdump does not print what it is sent")


@pytest.fixture(scope="session")
def oscdump() -> Iterator[OscDump]:
    command = shutil.which("oscdump")
    if command is None:
        _absent("oscdump is not installed (Debian: liblo-tools)")
    dump = OscDump(command)
    yield dump
    dump.close()
