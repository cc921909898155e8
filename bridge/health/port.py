"""Opens, moves and closes the health port as the settings say."""

import asyncio
from typing import Any

from bridge.config.health import HealthSection
from bridge.health.vitals import Vitals
from bridge.supervision.ending import STOPPING_TIMEOUT, end
from bridge.supervision.supervised import State, Supervised


class HealthPort:
    """At most one health server. It is supervised like any other part."""

    def __init__(self) -> None:
        self._section: HealthSection | None = None
        self._task: asyncio.Task[None] | None = None
        self._supervised: Supervised[Any] | None = None

    async def apply(self, section: HealthSection | None, vitals: Vitals) -> None:
        """Run the server that `section` describes, or none."""
        failed = self._supervised is not None and self._supervised.state is State.FAILED
        if section == self._section and not failed:
            return
        await self.stop()
        self._section = section
        if section is not None:
            # Imported only when it is needed: it costs memory and start-up time.
            from bridge.health.server import HealthServer  # noqa: PLC0415

            supervised = Supervised(HealthServer(section, vitals))
            self._supervised = supervised
            self._task = asyncio.create_task(supervised.run(), name=section.name)

    async def stop(self) -> None:
        """Close the port, if it is open."""
        if self._task is not None:
            await end([self._task], STOPPING_TIMEOUT)
        self._section = self._task = self._supervised = None
