"""Parts with the settings that they were made from, and changes that are prepared as a whole."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Generic, TypeVar

from bridge.supervision.ending import STOPPING_TIMEOUT, end
from bridge.supervision.supervised import PartType, State, Supervised

Change = Callable[[], Awaitable[None]]
"""Makes a change that has been prepared. All that may fail has been done before: making the new
parts. So a reload changes everything or nothing."""

SectionType = TypeVar("SectionType")


class Running(Generic[SectionType, PartType]):
    """A part with its settings. It runs from `start` until `stop`, or until it ends by itself."""

    def __init__(self, section: SectionType, part: PartType) -> None:
        self.section = section
        self.supervised = Supervised(part)
        self._task: asyncio.Task[None] | None = None

    @property
    def part(self) -> PartType:
        return self.supervised.part

    @property
    def state(self) -> State:
        return self.supervised.state

    def start(self) -> None:
        """Start the part. A part that was started before goes on."""
        if self._task is None:
            self._task = asyncio.create_task(self.supervised.run(), name=self.part.name)


async def stop(running: Iterable[Running[Any, Any]]) -> None:
    """Stop parts, all at once. Stopping a stopped part does nothing."""
    await end([r._task for r in running if r._task is not None], STOPPING_TIMEOUT)
