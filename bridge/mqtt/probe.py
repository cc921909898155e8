"""Finds out what a port speaks, when a broker there does not answer as expected."""

import asyncio
import contextlib
import secrets
import ssl
from enum import Enum

TIMEOUT = 2.0
"""Seconds for each question. All are asked at once."""


class Speaks(Enum):
    """What a port answers to."""

    MQTT = "MQTT"
    HTTP = "HTTP"
    TLS = "TLS"
    NOTHING = "nothing that is known"


async def what_speaks(host: str, port: int) -> Speaks:
    """Ask a port in plain MQTT, in HTTP and by a TLS handshake. Nothing secret is sent."""
    questions = [
        _answers(host, port, _connect_packet(), b"\x20"),  # CONNACK, of welcome or refusal
        _answers(host, port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"HTTP/"),
        _shakes_hands(host, port),
    ]
    answers = await asyncio.gather(*questions)
    found = zip((Speaks.MQTT, Speaks.HTTP, Speaks.TLS), answers, strict=True)
    return next((speaks for speaks, answered in found if answered), Speaks.NOTHING)


def _connect_packet() -> bytes:
    """A clean MQTT 3.1.1 CONNECT of an anonymous client."""
    name = f"affect-bridge-probe-{secrets.token_hex(4)}".encode()
    body = b"\x00\x04MQTT\x04\x02\x00\x0a" + len(name).to_bytes(2, "big") + name
    return bytes([0x10, len(body)]) + body


async def _answers(host: str, port: int, question: bytes, answer: bytes) -> bool:
    with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
        async with asyncio.timeout(TIMEOUT):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(question)
                return await reader.readexactly(len(answer)) == answer
            finally:
                writer.transport.abort()
    return False


async def _shakes_hands(host: str, port: int) -> bool:
    # Whether the certificate can be trusted is another question: nothing is said to the peer.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(TIMEOUT):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
            writer.transport.abort()
            return True
    return False
