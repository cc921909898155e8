"""The web process: it listens, and ends when the bridge does."""

import asyncio
import json
import logging
from typing import Any

from aiohttp import web

from bridge.link.listener import connect
from bridge.supervision.ports import why_no_port
from bridge.web.app import app
from bridge.web.bridge_link import BridgeLink
from bridge.web.visitors import SILENCE, welcome

_BACKLOG = 128


def main(hello: bytes) -> int:
    """Serve as the bridge says. Returns the exit status."""
    logging.basicConfig(level=logging.ERROR, format="web: %(message)s")
    return asyncio.run(_serve(json.loads(hello)))


async def _serve(told: dict[str, Any]) -> int:
    try:
        reader, writer = await connect(told["link"], told["secret"])
    except OSError:  # the bridge has ended meanwhile
        return 0
    link = BridgeLink(reader, writer, tuple(told["blendshapes"]))
    runner = web.AppRunner(
        app(link, told), access_log=None, keepalive_timeout=SILENCE, handler_cancellation=True
    )
    await runner.setup()
    assert runner.server is not None  # noqa: S101 - for the type checker
    try:
        server = await asyncio.get_running_loop().create_server(
            welcome(runner.server), told["host"], told["port"], backlog=_BACKLOG
        )
    except OSError as problem:
        link.say({"kind": "failed", "why": why_no_port(told["host"], told["port"], problem)})
        await writer.drain()
        return 0
    link.say({"kind": "up"})
    try:
        return await link.run()
    except (EOFError, OSError):
        return 0  # the bridge has ended, or wants no visitors any more
    finally:
        server.close()
