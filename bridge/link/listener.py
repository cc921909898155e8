"""Where the web process connects: a port of this machine that nobody else knows the secret of."""

import asyncio
import hmac
import secrets
from typing import Any, Self

_SECRET = 64
"""Characters."""
_HANDSHAKE_TIMEOUT = 2.0
_MOST_WAITING = 8

Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Listener:
    """Waits for one connection that begins with the secret, and closes all others."""

    def __init__(self) -> None:
        self.link: asyncio.Future[Link] = asyncio.get_running_loop().create_future()
        """The connection, once it is there."""
        self._secret = secrets.token_hex(_SECRET // 2)
        self._waiting = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0, backlog=_MOST_WAITING)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        if self.link.done() and not self.link.cancelled():
            self.link.result()[1].close()
        self.link.cancel()

    @property
    def invitation(self) -> dict[str, Any]:
        """What the other end needs to know."""
        port: int = self._server.sockets[0].getsockname()[1]
        return {"link": port, "secret": self._secret}

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        knows = self._waiting < _MOST_WAITING and await self._knows_the_secret(reader)
        if knows and not self.link.done():
            self.link.set_result((reader, writer))
            self._server.close()
        else:
            writer.close()

    async def _knows_the_secret(self, reader: asyncio.StreamReader) -> bool:
        self._waiting += 1
        try:
            async with asyncio.timeout(_HANDSHAKE_TIMEOUT):
                sent = await reader.readexactly(_SECRET)
        except (TimeoutError, EOFError, OSError):
            return False
        finally:
            self._waiting -= 1
        return hmac.compare_digest(sent, self._secret.encode())


async def connect(port: int, secret: str) -> Link:
    """Connect to a listener, as its invitation says.

    Raises:
        OSError: it is no longer there.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(secret.encode())
    return reader, writer
