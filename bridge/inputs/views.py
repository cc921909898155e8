"""What an input that serves visitors may see of a running bridge."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, Protocol

from bridge.emotion.mixed_stream import UNTOUCHED, StreamState
from bridge.link.look import Look


class Views(Protocol):
    """What visitors may see. Called on the event loop."""

    async def look(self, faces_of: Collection[str]) -> Look:
        """What the next whole frame shows, with the faces of these streams."""
        ...

    def state(self, stream: str) -> StreamState:
        """What the stream shows and why."""
        ...

    def status(self) -> Mapping[str, Any]:
        """The state of the bridge, as `bridge.health.report.report` has it."""
        ...

    def settings(self) -> str:
        """The configuration in force, as YAML."""
        ...


class NoViews:
    """Those of an input that is not part of a running bridge: no frame ever comes."""

    async def look(self, faces_of: Collection[str]) -> Look:
        """Wait for ever."""
        never: asyncio.Future[Look] = asyncio.get_running_loop().create_future()
        return await never

    def state(self, stream: str) -> StreamState:
        """Nothing is shown."""
        return UNTOUCHED

    def status(self) -> Mapping[str, Any]:
        """Nothing is known."""
        return {}

    def settings(self) -> str:
        """There are none."""
        return ""
