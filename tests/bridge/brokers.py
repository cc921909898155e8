"""MQTT brokers: two real ones, a cable to them that can be cut, and two that are out of order."""

import asyncio
import contextlib
import shutil
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiomqtt
import pytest
from amqtt.broker import Broker

PATIENCE = 10.0


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class AmqttBroker:
    """A broker inside this process. It speaks MQTT 3.1.1 only."""

    version = "3.1.1"

    def __init__(self, plugins: dict[str, Any], **listener: object) -> None:
        """`listener`: more about how it listens, such as `type="ws"`."""
        self.port = 0
        self._plugins, self._listener = plugins, listener
        self._broker: Broker | None = None

    async def start(self) -> None:
        listener = {"type": "tcp", "bind": f"127.0.0.1:{self.port}", **self._listener}
        self._broker = Broker({"listeners": {"default": listener}, "plugins": self._plugins})
        await self._broker.start()
        server: Any = self._broker._servers["default"].instance
        [listening] = server.sockets
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


_VERSIONS = {"5": aiomqtt.ProtocolVersion.V5, "3.1.1": aiomqtt.ProtocolVersion.V311}


def client(broker: Any, **settings: object) -> aiomqtt.Client:
    """A stranger's client at a broker."""
    return aiomqtt.Client(
        "127.0.0.1",
        broker.port,
        protocol=_VERSIONS[broker.version],
        **settings,  # type: ignore[arg-type]
    )


class ByHand:
    """A broker of a few lines on a port of its own; `open` counts its connections."""

    version = "5"

    def __init__(self) -> None:
        self.port = 0
        self.open = self.seen = 0
        self._server: asyncio.Server | None = None
        self._at_work: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        listening = socket.create_server(("127.0.0.1", 0))
        # Taken over by each connection: so little fits in between that it is soon full.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._server = await asyncio.start_server(self._count, sock=listening, limit=1024)
        self.port = listening.getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._at_work:
            task.cancel()
        await asyncio.gather(*self._at_work, return_exceptions=True)

    async def _count(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._at_work.add(task)
        self.open += 1
        self.seen += 1
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self.serve(reader, writer)
        finally:
            self.open -= 1
            self._at_work.discard(task)
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        raise NotImplementedError


class SilentBroker(ByHand):
    """Accepts and says nothing."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1024):
            pass


class StuckBroker(ByHand):
    """Lets everybody in by MQTT 5, hears that they are online, and reads no more."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _welcome(reader, writer)
        await asyncio.Event().wait()


class OustingBroker(ByHand):
    """Lets everybody in by MQTT 5, hears that they are online, and says that another client has
    taken their place (142)."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _welcome(reader, writer)
        writer.write(b"\xe0\x01\x8e")
        await writer.drain()
        while await reader.read(1024):
            pass


async def _welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        head = await reader.readexactly(2)
        body = await reader.readexactly(head[1])  # what comes first is shorter than 128 bytes
        if head[0] >> 4 == 1:  # CONNECT: no session, success, no properties
            writer.write(b"\x20\x03\x00\x00\x00")
        elif head[0] >> 4 == 3:  # PUBLISH of the status: its packet number comes back
            number_at = 2 + int.from_bytes(body[:2], "big")
            writer.write(b"\x40\x02" + body[number_at : number_at + 2])
            return
