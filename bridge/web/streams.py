"""Requests about streams: what is shown, and updates."""

import asyncio
import time
from typing import Any

from aiohttp import web

from bridge.supervision.allowance import Allowance
from bridge.web.bridge_link import BridgeLink
from bridge.web.refusal import Refusal, answer
from bridge.web.shown import Shown

MAIN_STREAM = "main"
LONGEST_UPDATE = 32768
"""Bytes."""
MOST_UPDATES = 200
"""Updates a second that go to the bridge, from all visitors together."""
_READ_TIMEOUT = 10.0

_TEXT_TYPES = {
    "text/plain",
    "application/json",
    "application/x-www-form-urlencoded",  # what curl says of any text
    "application/octet-stream",  # what a request without a type counts as
}
_ONE_UPDATE = "one update as text or JSON, for example happiness 0.9; docs/inputs.md has all forms"


class Streams:
    """Answers requests to `/v1/streams`."""

    def __init__(self, link: BridgeLink, *, control: bool = True) -> None:
        """`control`: updates are taken."""
        self._link, self._control = link, control
        self._allowance = Allowance(MOST_UPDATES)

    async def post(self, request: web.Request) -> web.Response:
        """Take an update."""
        stream = request.match_info.get("stream", MAIN_STREAM)
        told = await self.update(await _body(request), stream, request.remote or "")
        return answer(told)

    async def update(self, sent: bytes, stream: str, sender: str) -> Any:
        """Hand an update to the bridge. Returns what was understood.

        Raises:
            Refusal: why it was refused.
        """
        if not self._control:
            raise Refusal(403, "this interface only shows", "updates by another input")
        if not self._allowance.take():
            raise _too_many()
        told = await self._link.update(sent, stream, sender)
        if told.get("busy"):
            raise _too_many()
        if "error" in told:
            raise Refusal(422, told["error"], told["expected"])
        return told["understood"]

    async def list(self, request: web.Request) -> web.Response:
        """Tell what every stream shows."""
        shown = await self._link.fresh()
        now = time.time()
        return answer({"streams": [_told(shown, stream, now) for stream in shown.streams]})

    async def get(self, request: web.Request) -> web.Response:
        """Tell what one stream shows."""
        stream = request.match_info["stream"]
        faces = [stream] if wants_weights(request) else []
        shown = await self._link.fresh(*faces)
        if shown.feeling(stream) is None:
            raise unknown(stream, shown)
        return answer(_told(shown, stream, time.time()) | (shown.face(stream) or {}))


def wants_weights(request: web.Request) -> bool:
    """Whether a request asks for the weights too.

    Raises:
        Refusal: it says neither yes nor no.
    """
    match request.query.get("weights", "false"):
        case "true" | "1" | "":
            return True
        case "false" | "0":
            return False
        case other:
            raise Refusal(400, f"weights={other[:40]}", "weights=true or weights=false")


def unknown(stream: str, shown: Shown) -> Refusal:
    """The refusal for a stream that does not exist."""
    there = ", ".join(shown.streams[:10])
    return Refusal(404, f"no stream {stream[:80]!r}", f"one of the streams: {there}")


def _too_many() -> Refusal:
    expected = f"at most {MOST_UPDATES} updates a second"
    return Refusal(429, "too many updates", expected, Retry_After="1")


def _told(shown: Shown, stream: str, now: float) -> dict[str, Any]:
    return {**(shown.feeling(stream) or {}), **shown.seconds_ago(stream, now)}


async def _body(request: web.Request) -> bytes:
    if request.content_type not in _TEXT_TYPES:
        raise Refusal(
            415,
            f"the content type {request.content_type[:80]} is not read",
            "application/json or text/plain",
        )
    try:
        async with asyncio.timeout(_READ_TIMEOUT):
            return await request.read()
    except TimeoutError:
        raise Refusal(
            408, "the request did not arrive in time", f"a body within {_READ_TIMEOUT:.0f} s"
        ) from None
    except web.HTTPRequestEntityTooLarge:
        raise Refusal(
            413, "the update is too long", f"at most {LONGEST_UPDATE} bytes: {_ONE_UPDATE}"
        ) from None
