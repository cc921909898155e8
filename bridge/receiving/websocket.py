"""Faces in by WebSocket, from plugins that take us for VTube Studio."""

import asyncio
from collections.abc import Callable

from aiohttp import WSMsgType, web

from bridge.config.address import Endpoint
from bridge.receiving.udp import Doubt, Hear
from protocols.face import DecodeError
from protocols.vtubestudio.host import Host
from protocols.vtubestudio.messages import LARGEST_MESSAGE

_MOST_PLUGINS = 64
_FAREWELL = 0.5  # seconds


def receive(place: Endpoint, hear: Hear, doubt: Doubt, ready: Callable[[], object]) -> None:
    """Let plugins connect at `place` until `hear` has heard enough. `ready` is called once they
    can.

    Raises:
        OSError: the place is taken, or not of this machine.
    """
    asyncio.run(_receive(place, hear, doubt, ready))


async def _receive(place: Endpoint, hear: Hear, doubt: Doubt, ready: Callable[[], object]) -> None:
    enough = asyncio.Event()
    plugins = 0

    async def serve(request: web.Request) -> web.WebSocketResponse:
        nonlocal plugins
        if plugins >= _MOST_PLUGINS:
            raise web.HTTPServiceUnavailable(text="too many plugins")
        socket = web.WebSocketResponse(timeout=_FAREWELL, max_msg_size=LARGEST_MESSAGE)
        await socket.prepare(request)
        plugins += 1
        try:
            if not await _converse(socket, _sender(request), hear, doubt):
                enough.set()
        finally:
            plugins -= 1
        return socket

    application = web.Application()
    application.router.add_get("/{path:.*}", serve)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_FAREWELL)
    await runner.setup()
    try:
        await web.TCPSite(runner, place.host, place.port).start()
        ready()
        await enough.wait()
    finally:
        await runner.cleanup()


def _sender(request: web.Request) -> str:
    host, port, *_ = request.transport.get_extra_info("peername") if request.transport else ("", 0)
    return f"{host}:{port}"


async def _converse(socket: web.WebSocketResponse, sender: str, hear: Hear, doubt: Doubt) -> bool:
    """Answer one plugin until it leaves; whether more is wanted."""
    host = Host()
    async for message in socket:
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):  # too large, or broken
            doubt(sender, DecodeError(f"no WebSocket message: {socket.exception()}"))
            break
        try:
            answer = host.feed(message.data)
        except DecodeError as problem:
            doubt(sender, problem)
            continue
        await socket.send_str(answer.text)
        if answer.refusal:
            doubt(sender, DecodeError(answer.refusal))
        if answer.frame is not None and not hear(sender, answer.frame):
            return False
    return True
