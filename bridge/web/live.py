"""The page's WebSocket: frames as bytes, everything slower as JSON, and what the page asks for.

The page sends objects:

- `{"watch": {"faces": ["main"], "status": true}}`: which faces it shows, and whether it shows the
  state of the bridge. The latest counts.
- `{"update": "happiness 0.9", "stream": "main", "number": 1}`
- `{"ask": "settings", "number": 2}`

It gets `hello` first, then:

- `streams`: the names in row order with their labels, whenever they change.
- `status`: what `GET /v1/status` answers, about once a second.
- `{"answer": 1, …}`: what an update or a question with this number led to.
- bytes: one frame, as `Shown.frame` describes it.
"""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import WSMsgType, web

from bridge.web.bridge_link import BridgeLink, NoAnswerError
from bridge.web.events import BUFFER, HEARTBEAT, SLOWEST, keep_short
from bridge.web.refusal import Refusal, spelt
from bridge.web.shown import Shown
from bridge.web.status import Status
from bridge.web.streams import LONGEST_UPDATE, Streams

MOST_FACES = 64
"""That one page shows at a time."""
STATUS_EVERY = 1.0
_NAMES_EVERY = 0.1
"""Seconds. Labels may change with every frame; nobody reads so fast."""
_EXPECTED = "an object with watch, update or ask"


class Live:
    """Serves pages."""

    def __init__(
        self, link: BridgeLink, streams: Streams, status: Status, hello: Mapping[str, Any]
    ) -> None:
        """`hello`: what a page needs to know before anything else."""
        self._link, self._streams, self._status = link, streams, status
        self._hello = spelt({"hello": hello})

    async def web_socket(self, request: web.Request) -> web.StreamResponse:
        """Serve one page until it leaves."""
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT, max_msg_size=2 * LONGEST_UPDATE, compress=False,
            writer_limit=BUFFER,
        )  # fmt: skip
        keep_short(request)
        await socket.prepare(request)
        visit = _Visit(socket, self._link)
        work = [
            asyncio.create_task(_until_gone(socket, visit.send_frames())),
            asyncio.create_task(_until_gone(socket, visit.send_status(self._status))),
        ]
        try:
            await socket.send_str(self._hello)
            async for message in socket:
                if message.type is not WSMsgType.TEXT:
                    break
                answer = await self._answer(message.data, visit, request.remote or "")
                if answer is not None:
                    await socket.send_str(spelt(answer))
        except (ConnectionError, TimeoutError):
            pass
        finally:
            for task in work:
                task.cancel()
            await asyncio.wait(work)
        return socket

    async def _answer(self, sent: str, visit: "_Visit", sender: str) -> dict[str, Any] | None:
        try:
            asked = json.loads(sent)
        except (ValueError, RecursionError):
            asked = None
        try:
            match asked:
                case {"watch": {"faces": list(faces), "status": bool(status)}}:
                    visit.watch([str(face)[:64] for face in faces[:MOST_FACES]], status=status)
                    return None
                case {"update": str(update), "stream": str(stream), "number": int(number)}:
                    done = await self._streams.update(update.encode(), stream, sender)
                    return {"answer": number, "understood": done}
                case {"ask": "settings", "number": int(number)}:
                    return {"answer": number, **await self._link.ask("settings")}
                case _:
                    return {"error": "not understood", "expected": _EXPECTED}
        except Refusal as refusal:
            return {"answer": asked["number"], **refusal.body}
        except NoAnswerError:
            problem = {"error": "the bridge does not answer", "expected": "try again"}
            return {"answer": asked["number"], **problem}


class _Visit:
    """What one page is sent."""

    def __init__(self, socket: web.WebSocketResponse, link: BridgeLink) -> None:
        self._socket, self._link = socket, link
        self._faces: tuple[str, ...] = ()
        self._status_wanted = asyncio.Event()

    def watch(self, faces: list[str], *, status: bool) -> None:
        """Send these faces from now on, and the state of the bridge if `status`."""
        self._faces = tuple(dict.fromkeys(faces))
        (self._status_wanted.set if status else self._status_wanted.clear)()

    async def send_frames(self) -> None:
        """Send the newest frame, again and again. Whoever reads slowly gets fewer."""
        shown: Shown | None = None
        names, told_at = "", 0.0
        streams: tuple[str, ...] = ()
        clock = asyncio.get_running_loop().time
        while True:
            faces = self._faces
            with self._link.watching(*faces):
                while faces == self._faces:
                    try:
                        shown = await self._link.newer_than(shown)
                    except NoAnswerError:
                        continue
                    if shown.streams != streams or clock() - told_at > _NAMES_EVERY:
                        streams, told_at = shown.streams, clock()
                        if (now := shown.names) != names:
                            names = now
                            await self._send(self._socket.send_str(now))
                    await self._send(self._socket.send_bytes(shown.frame(faces)))

    async def send_status(self, status: Status) -> None:
        """Send the state of the bridge, as long as the page shows it."""
        while True:
            await self._status_wanted.wait()
            with contextlib.suppress(NoAnswerError):
                told = await status.recent(STATUS_EVERY / 2)
                await self._send(self._socket.send_str(spelt({"status": told})))
            await asyncio.sleep(STATUS_EVERY)

    async def _send(self, sending: Any) -> None:
        async with asyncio.timeout(SLOWEST):
            await sending


async def _until_gone(socket: web.WebSocketResponse, work: Any) -> None:
    """Do `work` until the page does not take what it is sent."""
    try:
        await work
    except (ConnectionError, TimeoutError):
        await socket.close()
