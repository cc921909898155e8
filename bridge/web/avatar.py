"""Avatars of the user's own: the libraries that draw them, and the file that a setting names."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from bridge.web.refusal import Refusal

_INSTALLED = Path(__file__).parent / "libraries" / "node_modules"
_SERVED_AT = "/page/libraries/"
LIBRARIES = {
    f"{_SERVED_AT}{name}": _INSTALLED / name
    for name in (
        "three/build/three.core.js",
        "three/build/three.module.js",
        "three/examples/jsm/loaders/GLTFLoader.js",
        "three/examples/jsm/utils/BufferGeometryUtils.js",
        "three/examples/jsm/utils/SkeletonUtils.js",
        "@pixiv/three-vrm/lib/three-vrm.module.min.js",
    )
}
"""The files that the import map of the page leads to, by path. `make avatar` installs them."""

_HEADERS = {
    "Content-Type": "model/gltf-binary",
    "Content-Disposition": "attachment",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-cache",  # the ETag says whether it has changed
}


class Avatar:
    """The file of the setting `web.avatar`."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        """`told`: the `file` or None, and how many `megabytes` it may have."""
        self._file = None if told["file"] is None else Path(told["file"])
        self._megabytes = told["megabytes"]

    @property
    def for_pages(self) -> dict[str, Any]:
        """What a page needs to know. Where the file is stays on this machine."""
        return {"name": self._file and self._file.name, "megabytes": self._megabytes}

    async def get(self, _: web.Request) -> web.StreamResponse:
        """The file."""
        if self._file is None:
            raise Refusal(404, "no avatar is set", "the setting web.avatar")
        try:
            size = (await asyncio.to_thread(self._file.stat)).st_size
        except OSError:
            raise Refusal(404, f"{self._file.name} is missing", "the file of web.avatar") from None
        if size > self._megabytes << 20:
            most = f"at most {self._megabytes} MB"
            raise Refusal(404, f"{self._file.name} is too large", most)
        return web.FileResponse(self._file, headers=_HEADERS)
