"""Real NATS servers, each a process of its own."""

import asyncio
import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client

from tests.bridge.brokers import PATIENCE, free_port


def nats_server() -> str:
    """The executable."""
    found = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")
    if found is None:
        pytest.skip("nats-server is not installed (Debian: apt-get install nats-server)")
    return found


class NatsServer:
    """A server that can be stopped and started again on the same port."""

    def __init__(self, folder: Path, settings: str = "", host: str = "127.0.0.1") -> None:
        """`settings`: more of its configuration."""
        self.port = free_port(socket.SOCK_STREAM)
        self._program = nats_server()
        self._config = folder / f"nats-{self.port}.conf"
        self._config.write_text(f"listen: {host}:{self.port}\n{settings}\n")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._process = subprocess.Popen(  # noqa: ASYNC220 - returns at once
            [self._program, "-c", str(self._config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            assert self._process.poll() is None, "nats-server does not start"
            assert time.monotonic() < deadline, "nats-server does not listen"
            await asyncio.sleep(0.02)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextlib.asynccontextmanager
async def stranger(server: NatsServer, **settings: object) -> AsyncIterator[Client]:
    """A client that is none of ours."""
    client = await nats.connect(server.url, allow_reconnect=False, **settings)
    try:
        yield client
    finally:
        await client.close()
