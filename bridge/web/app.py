"""What is served at which path."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bridge.web.avatar import LIBRARIES, Avatar
from bridge.web.bridge_link import BridgeLink, NoAnswerError
from bridge.web.events import Events
from bridge.web.examination import Examination
from bridge.web.files import files, send_file, wants_page
from bridge.web.guard import Guard, Handler
from bridge.web.live import Live
from bridge.web.openapi import description
from bridge.web.refusal import Refusal, answer
from bridge.web.status import Status
from bridge.web.streams import LONGEST_UPDATE, Streams

_PATHS = (
    "GET / and /face, the page in a browser",
    "GET or POST /v1/streams",
    "GET, POST or WebSocket /v1/streams/NAME",
    "GET /v1/streams/NAME/events",
    "GET /v1/status",
    "POST /v1/examination",
    "GET /v1/avatar",
    "GET /v1/openapi.json",
)
_DESCRIBED = "a request that /v1/openapi.json describes"

_FOR_PAGES = ("version", "blendshapes", "emotions", "names", "control", "presets")


def app(link: BridgeLink, told: Mapping[str, Any]) -> web.Application:
    """The application. `told`: what the bridge says at the start."""
    guard = Guard(told["token"], told["hosts"], told["origins"])
    # A body is read up to this size. One more byte, and it is refused unread.
    made = web.Application(
        middlewares=[guard.middleware, _in_json], client_max_size=LONGEST_UPDATE + 1
    )
    made.on_response_prepare.append(guard.permit)
    streams = Streams(link, control=told["control"])
    status = Status(link)
    events = Events(link, streams)
    examination = Examination(link, control=told["control"])

    async def one_stream(request: web.Request) -> web.StreamResponse:
        wants_more = request.headers.get("Upgrade", "").casefold() == "websocket"
        return await (events.web_socket if wants_more else streams.get)(request)

    avatar = Avatar(told["avatar"])
    hello = {key: told[key] for key in _FOR_PAGES} | {"avatar": avatar.for_pages}
    live = Live(link, streams, status, hello)
    page = files() | LIBRARIES

    async def index(request: web.Request) -> web.StreamResponse:
        if wants_page(request):
            return await send_file(page["/"])
        return answer({"affect_bridge": told["version"], "paths": _PATHS})

    async def file(request: web.Request) -> web.StreamResponse:
        # Libraries may be installed later.
        if request.path not in page or not await asyncio.to_thread(page[request.path].is_file):
            raise web.HTTPNotFound
        return await send_file(page[request.path])

    async def openapi(_: web.Request) -> web.Response:
        return answer(description(told["version"], told["blendshapes"]))

    made.router.add_get("/", index)
    made.router.add_get("/face", file)
    made.router.add_get("/page/{file:.+}", file)
    made.router.add_get("/v1/openapi.json", openapi)
    made.router.add_get("/v1/status", status.get)
    made.router.add_post("/v1/examination", examination.post)
    made.router.add_get("/v1/avatar", avatar.get)
    made.router.add_get("/v1/live", live.web_socket, allow_head=False)
    made.router.add_get("/v1/streams", streams.list)
    made.router.add_post("/v1/streams", streams.post)
    made.router.add_get("/v1/streams/{stream}", one_stream)
    made.router.add_post("/v1/streams/{stream}", streams.post)
    made.router.add_get("/v1/streams/{stream}/events", events.server_sent, allow_head=False)
    return made


@web.middleware
async def _in_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Says in JSON what the library says in text."""
    try:
        return await handler(request)
    except NoAnswerError:
        raise Refusal(
            503, "the bridge does not answer", "a bridge that sends frames", Retry_After="1"
        ) from None
    except web.HTTPNotFound:
        paths = "; ".join(_PATHS)
        raise Refusal(404, f"no such path: {request.path[:100]}", paths) from None
    except web.HTTPMethodNotAllowed as problem:
        allowed = ", ".join(sorted(problem.allowed_methods))
        raise Refusal(
            405, f"{request.method[:20]} is not possible here", allowed, Allow=allowed
        ) from None
    except web.HTTPException as problem:
        raise Refusal(problem.status, problem.text or problem.reason, _DESCRIBED) from None
