"""Hands the newest faces to outputs whose connection is on the event loop."""

import asyncio
import threading
from collections.abc import Mapping

from bridge.outputs.output import Output
from protocols.face import Face


class LatestFaces(Output):
    """Keeps the newest face of each stream until the event loop takes it. A slow connection gets
    fewer faces, never old ones. There is no queue. When a stream ends its face is dropped."""

    def __init__(self, name: str, *, stream: str, every: int) -> None:
        super().__init__(name, stream=stream, every=every)
        self._lock = threading.Lock()  # held for the time of a copy, a few microseconds
        self._fresh: dict[str, Face] = {}
        self._taken: dict[str, Face] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._arrived = asyncio.Event()
        self._woken = False

    def open(self) -> None:
        """Start to take faces. Called on the event loop."""
        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()
        self._fresh, self._taken = {}, {}
        self._woken = False
        self._crash = None
        self._wanted = True

    def close(self) -> None:
        """Stop taking faces."""
        self._wanted = False

    def show(self, faces: Mapping[str, Face], now: float) -> None:
        with self._lock:
            _copy(faces, self._fresh)
        if self._fresh and not self._woken and self._loop is not None:
            self._woken = True
            self._loop.call_soon_threadsafe(self._arrived.set)

    async def next(self) -> Mapping[str, Face]:
        """Wait for faces newer than those of the last call. The next call overwrites them."""
        await self._arrived.wait()
        self._arrived.clear()
        self._woken = False
        with self._lock:
            _copy(self._fresh, self._taken)
        return self._taken


def _copy(faces: Mapping[str, Face], to: dict[str, Face]) -> None:
    """Copy all faces, and drop from `to` the streams that have none."""
    for stream, face in faces.items():
        if stream not in to:
            to[stream] = Face()
        to[stream].copy_from(face)
    if len(to) > len(faces):
        for stream in to.keys() - faces.keys():
            del to[stream]
