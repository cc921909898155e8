"""How many connections there may be."""

import asyncio
import json

import pytest
from aiohttp import web

from bridge.web import visitors
from bridge.web.visitors import welcome


@pytest.fixture
async def port(monkeypatch):
    monkeypatch.setattr(visitors, "MOST_VISITORS", 2)

    async def answer(_):
        return web.Response(text="hello")

    runner = web.ServerRunner(web.Server(answer, keepalive_timeout=0.3))
    await runner.setup()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(welcome(runner.server), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await runner.cleanup()


async def test_one_too_many_is_told_so_and_the_others_stay(port):
    first, second, third = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
    refused = (await third[0].read()).decode()
    head, _, body = refused.partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 503 ")
    assert "256 connections" in json.loads(body)["expected"]
    first[1].write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await first[0].readline()).startswith(b"HTTP/1.1 200")
    for _, writer in (first, second, third):
        writer.close()


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: slow"])
async def test_who_says_nothing_whole_is_not_kept(port, said):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()
