"""What a stream shows, sent on whenever it changes: server-sent events, and a WebSocket.

A visitor that reads slowly gets fewer of them, and always the newest: nothing is kept for it but
what its connection already holds.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator

from aiohttp import WSMsgType, web

from bridge.web.bridge_link import BridgeLink, NoAnswerError
from bridge.web.refusal import Refusal, spelt
from bridge.web.streams import LONGEST_UPDATE, Streams, unknown, wants_weights

SLOWEST = 30.0
"""Seconds in which a visitor must take one event."""
BUFFER = 16384
"""Bytes on their way to one visitor. A larger buffer would hold old faces."""
HEARTBEAT = 15.0
"""Seconds after which a quiet connection is tried."""


class Events:
    """Answers those who watch a stream."""

    def __init__(self, link: BridgeLink, streams: Streams) -> None:
        self._link, self._streams = link, streams

    async def server_sent(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        async with contextlib.aclosing(self._of(request)) as events:
            first = await anext(events)
            keep_short(request)
            with contextlib.suppress(ConnectionError, TimeoutError):
                await response.prepare(request)
                await self._write(response, first)
                async for event in events:
                    await self._write(response, event)
        return response

    async def _write(self, response: web.StreamResponse, event: str) -> None:
        async with asyncio.timeout(SLOWEST):
            await response.write(f"data: {event}\n\n".encode() if event else b":\n\n")

    async def web_socket(self, request: web.Request) -> web.StreamResponse:
        """A WebSocket: it sends what is shown, and takes updates."""
        stream = request.match_info["stream"]
        wants_weights(request)  # refused while the answer can still say so
        visitor = web.WebSocketResponse(
            heartbeat=HEARTBEAT,
            max_msg_size=LONGEST_UPDATE,
            compress=False,
            writer_limit=BUFFER,
        )
        keep_short(request)
        await visitor.prepare(request)
        sending = asyncio.create_task(self._send(visitor, request))
        try:
            async for message in visitor:
                if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    break
                sent = message.data.encode() if message.type is WSMsgType.TEXT else message.data
                await visitor.send_str(await self._answer(sent, stream, request.remote or ""))
        except (ConnectionError, TimeoutError):
            pass
        finally:
            sending.cancel()
            await asyncio.wait([sending])
        return visitor

    async def _answer(self, sent: bytes, stream: str, sender: str) -> str:
        """What a WebSocket gets for an update."""
        try:
            return spelt({"understood": await self._streams.update(sent, stream, sender)})
        except Refusal as refusal:
            return spelt(refusal.body)
        except NoAnswerError:
            return spelt({"error": "the bridge does not answer", "expected": "try again"})

    async def _send(self, visitor: web.WebSocketResponse, request: web.Request) -> None:
        try:
            async with contextlib.aclosing(self._of(request, new=True)) as events:
                async for event in events:
                    if event:
                        async with asyncio.timeout(SLOWEST):
                            await visitor.send_str(event)
        except (ConnectionError, TimeoutError, NoAnswerError):
            await visitor.close()

    async def _of(self, request: web.Request, *, new: bool = False) -> AsyncGenerator[str, None]:
        """What a stream shows, as often as it changes; an empty text when nothing has changed for
        a while.

        Args:
            new: the stream need not exist yet.

        Raises:
            Refusal: there is no such stream.
        """
        stream = request.match_info["stream"]
        faces = [stream] if wants_weights(request) else []
        sent = ""
        quiet_since = asyncio.get_running_loop().time()
        with self._link.watching(*faces):
            shown = await self._link.fresh(*faces)
            if shown.feeling(stream) is None and not new:
                raise unknown(stream, shown)
            while True:
                event = shown.event(stream, face=bool(faces))
                now = asyncio.get_running_loop().time()
                if event != sent or now - quiet_since > HEARTBEAT:
                    yield "" if event == sent else event
                    sent, quiet_since = event, now
                with contextlib.suppress(NoAnswerError):
                    shown = await self._link.newer_than(shown)


def keep_short(request: web.Request) -> None:
    """Let little be on its way to a visitor, so that what arrives is new."""
    if request.transport is None:
        return
    connection = request.transport.get_extra_info("socket")
    with contextlib.suppress(OSError, AttributeError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
    request.transport.set_write_buffer_limits(high=BUFFER)
