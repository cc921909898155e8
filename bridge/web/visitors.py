"""How many connections there may be at a time, and how long one may say nothing."""

import asyncio
import json
from collections.abc import Callable

from aiohttp import web

MOST_VISITORS = 256
SILENCE = 15.0
"""Seconds in which a connection must send its first, or its next, request."""

_BODY = json.dumps(
    {
        "error": "too many connections",
        "expected": f"at most {MOST_VISITORS} connections at a time",
    }
)
_FULL = (
    "HTTP/1.1 503 Service Unavailable\r\n"
    "Content-Type: application/json; charset=utf-8\r\n"
    f"Content-Length: {len(_BODY)}\r\n"
    "Retry-After: 5\r\n"
    "Connection: close\r\n"
    f"\r\n{_BODY}"
).encode()


def welcome(server: web.Server) -> Callable[[], asyncio.BaseProtocol]:
    """Makes what serves a new connection, or what turns it away."""
    return lambda: _Full() if len(server.connections) >= MOST_VISITORS else server()


class _Full(asyncio.Protocol):
    """Says that there is no room."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        transport.write(_FULL)
        transport.close()
