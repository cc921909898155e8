"""The page's files. They are the same for everybody and hold no secret, so they need no token."""

import base64
import functools
import hashlib
import re
from pathlib import Path

from aiohttp import web

from bridge.head import HEAD, LOOK
from bridge.web.avatar import LIBRARIES

_PAGE = Path(__file__).parent / "page"
_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".safetensors": "application/octet-stream",
    ".svg": "image/svg+xml",
}
_IMPORT_MAP = re.compile(rb'<script type="importmap">(.*?)</script>', re.DOTALL)


def _allowed(inline: str = "", made: str = "") -> str:
    """Nothing from another host, nothing inline but `inline`, and no page around it that steals
    clicks. `made`: what the page itself makes and may read."""
    return (
        f"default-src 'none'; script-src 'self'{inline}; style-src 'self'; "
        f"img-src 'self'{made}; connect-src 'self'{made}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


_HEADERS = {
    "Content-Security-Policy": _allowed(),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # a token may stand in the address
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",  # a newer version is shown at once
    "Vary": "Accept",
}
_PATH = re.compile(r"/(face)?|/page/[\w.-]+")


def is_file(path: str) -> bool:
    """Whether a path is one of the page's, rather than of the interface."""
    return _PATH.fullmatch(path) is not None or path in LIBRARIES


def files() -> dict[str, Path]:
    """Every file by its path, which only the package decides."""
    served = {f"/page/{file.name}": file for file in _PAGE.iterdir() if file.suffix in _TYPES}
    return {
        **served,
        "/": _PAGE / "index.html",
        "/face": _PAGE / "face.html",
        f"/page/{HEAD.name}": HEAD,
        f"/page/{LOOK.name}": LOOK,
    }


def wants_page(request: web.Request) -> bool:
    """Whether this is a browser that opens the address, rather than a program."""
    return "text/html" in request.headers.get("Accept", "")


@functools.cache
def _policy(page: Path) -> str:
    """That of a page: its import map, and the textures that are inside of an avatar."""
    found = _IMPORT_MAP.search(page.read_bytes())
    if found is None:
        return _allowed()
    digest = base64.b64encode(hashlib.sha256(found[1]).digest()).decode()
    return _allowed(f" 'sha256-{digest}'", " blob:")


async def send_file(file: Path) -> web.FileResponse:
    """The answer with a file."""
    kind = _TYPES[file.suffix]
    text = kind.startswith("text/")
    headers = {**_HEADERS, "Content-Type": f"{kind}; charset=utf-8" if text else kind}
    if file.suffix == ".html":
        headers["Content-Security-Policy"] = _policy(file)
    return web.FileResponse(file, headers=headers)
