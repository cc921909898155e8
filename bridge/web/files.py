"""The page's files. They are the same for everybody and hold no secret, so they need no token."""

import re
from pathlib import Path

from aiohttp import web

from bridge.head import HEAD, LOOK

_PAGE = Path(__file__).parent / "page"
_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".safetensors": "application/octet-stream",
    ".svg": "image/svg+xml",
}
_ALLOWED = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing from another host, nothing inline, and no page around it that steals clicks."""
_HEADERS = {
    "Content-Security-Policy": _ALLOWED,
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
    return _PATH.fullmatch(path) is not None


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


async def send_file(file: Path) -> web.FileResponse:
    """The answer with a file."""
    kind = _TYPES[file.suffix]
    text = kind.startswith("text/")
    headers = {**_HEADERS, "Content-Type": f"{kind}; charset=utf-8" if text else kind}
    return web.FileResponse(file, headers=headers)
