"""The web process: it listens, and ends when the bridge does."""

import asyncio
import json
import logging
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bridge.link.heartbeat import beat
from bridge.link.listener import connect
from bridge.supervision.ports import why_no_port
from bridge.web.app import app
from bridge.web.bridge_link import BridgeLink
from bridge.web.visitors import SILENCE, welcome

_BACKLOG = 128
_MOST_BUGS = 10


class _Bugs(logging.Filter):
    """Lets a few bugs of ours through, and nothing that visitors can cause: what is not HTTP."""

    def __init__(self) -> None:
        super().__init__()
        self._left = _MOST_BUGS

    def filter(self, record: logging.LogRecord) -> bool:
        theirs = record.exc_info is not None and isinstance(record.exc_info[1], HttpProcessingError)
        if theirs or self._left == 0:
            return False
        self._left -= 1
        return True


def main(hello: bytes) -> int:
    """Serve as the bridge says. Returns the exit status."""
    logging.basicConfig(level=logging.ERROR, format="web: %(message)s")
    logging.getLogger("aiohttp.server").addFilter(_Bugs())
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
    beating = asyncio.create_task(beat(writer))
    try:
        return await link.run()
    except (EOFError, OSError):
        return 0  # the bridge has ended, or wants no visitors any more
    finally:
        beating.cancel()
        server.close()
