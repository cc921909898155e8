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

    def controls(self, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        """Change settings of the face, and tell all that can be changed: `controls`, and as
        `yaml` what keeps them. With `error` if a change cannot be made; nothing changes then."""
        ...

    async def examine(self) -> Mapping[str, Any]:
        """Find out why no face moves. Takes seconds. `problems`, the most probable cause first, and
        `findings`; or `busy` if this goes on already; or `error` and `expected`."""
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

    def controls(self, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        """There are none."""
        return {"controls": [], "yaml": ""}

    async def examine(self) -> Mapping[str, Any]:
        """Nothing is examined."""
        return {"error": "no bridge runs", "expected": "a running bridge"}
