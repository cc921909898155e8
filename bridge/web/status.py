"""The state of the bridge: its frames, inputs, outputs and streams."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bridge.web.bridge_link import BridgeLink
from bridge.web.refusal import answer


class Status:
    """Asks the bridge only when somebody wants to know, and once for all who want to."""

    def __init__(self, link: BridgeLink) -> None:
        self._link = link
        self._told: Mapping[str, Any] = {}
        self._told_at = float("-inf")
        self._turn = asyncio.Lock()

    async def recent(self, oldest: float) -> Mapping[str, Any]:
        """The state, at most `oldest` seconds old.

        Raises:
            NoAnswerError: the bridge does not answer.
        """
        async with self._turn:
            now = asyncio.get_running_loop().time()
            if now - self._told_at > oldest:
                self._told = (await self._link.ask("status"))["status"]
                self._told_at = now
            return self._told

    async def get(self, _: web.Request) -> web.Response:
        """Answers `GET /v1/status`."""
        return answer(await self.recent(0.1))
