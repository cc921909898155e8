"""Receives faces over WebSocket from plugins for VTube Studio."""

import asyncio
from collections.abc import Callable

from aiohttp import WSMsgType, web

from bridge.config.address import Endpoint
from bridge.receiving.udp import OnError, OnFrame
from protocols.face import DecodeError
from protocols.vtubestudio.host import Host
from protocols.vtubestudio.messages import LARGEST_MESSAGE

_MOST_PLUGINS = 64
_CLOSE_TIMEOUT = 0.5  # seconds


def receive(
    place: Endpoint, on_frame: OnFrame, on_error: OnError, ready: Callable[[], object]
) -> None:
    """Accept plugins at `place` until `on_frame` returns False. `ready` is called once they can
    connect.

    Raises:
        OSError: the port is in use, or the address is not of this machine.
    """
    asyncio.run(_receive(place, on_frame, on_error, ready))


async def _receive(
    place: Endpoint, on_frame: OnFrame, on_error: OnError, ready: Callable[[], object]
) -> None:
    enough = asyncio.Event()
    plugins = 0

    async def serve(request: web.Request) -> web.WebSocketResponse:
        nonlocal plugins
        if plugins >= _MOST_PLUGINS:
            raise web.HTTPServiceUnavailable(text="too many plugins")
        socket = web.WebSocketResponse(timeout=_CLOSE_TIMEOUT, max_msg_size=LARGEST_MESSAGE)
        await socket.prepare(request)
        plugins += 1
        try:
            if not await _serve_plugin(socket, _sender(request), on_frame, on_error):
                enough.set()
        finally:
            plugins -= 1
        return socket

    application = web.Application()
    application.router.add_get("/{path:.*}", serve)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_CLOSE_TIMEOUT)
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


async def _serve_plugin(
    socket: web.WebSocketResponse, sender: str, on_frame: OnFrame, on_error: OnError
) -> bool:
    """Serve one plugin until it disconnects. Returns whether to continue."""
    host = Host()
    async for message in socket:
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):  # too large, or broken
            on_error(sender, DecodeError(f"invalid WebSocket message: {socket.exception()}"))
            break
        try:
            answer = host.feed(message.data)
        except DecodeError as problem:
            on_error(sender, problem)
            continue
        await socket.send_str(answer.text)
        if answer.refusal:
            on_error(sender, DecodeError(answer.refusal))
        if answer.frame is not None and not on_frame(sender, answer.frame):
            return False
    return True
