"""Opens, moves and closes the health port as the settings say."""

from typing import Any

from bridge.config.health import HealthSection
from bridge.health.vitals import Vitals
from bridge.supervision.running import Change, Running, stop
from bridge.supervision.supervised import State


class HealthPort:
    """At most one health server. It is supervised like any other part."""

    def __init__(self) -> None:
        self._running: Running[HealthSection, Any] | None = None

    def prepare(self, section: HealthSection | None, vitals: Vitals) -> Change:
        """Make ready to run the server that `section` describes, or none."""
        running = self._running
        if running is None or running.section != section or running.state is State.FAILED:
            running = None if section is None else _server(section, vitals)

        async def change() -> None:
            if running is not self._running:
                await self.stop()
            self._running = running
            if running is not None:
                running.start()

        return change

    async def stop(self) -> None:
        """Close the port, if it is open."""
        if self._running is not None:
            await stop([self._running])
        self._running = None


def _server(section: HealthSection, vitals: Vitals) -> Running[HealthSection, Any]:
    # Imported only when it is needed: it costs memory and start-up time.
    from bridge.health.server import HealthServer  # noqa: PLC0415

    return Running(section, HealthServer(section, vitals))
