"""Which engine serves: the network at once, the table as soon as it is ready."""

import asyncio
from collections.abc import Callable

from bridge.config.settings import Settings
from bridge.frames.from_settings import engine_from
from bridge.model.engine import AnyEngine, Engine
from bridge.model.kept_tables import table_of


class Engines:
    """Has tables made beside the frames. Used on the event loop."""

    def __init__(self, serve: Callable[[AnyEngine], object]) -> None:
        """`serve` is called with each engine that is to serve from now on."""
        self._serve = serve
        self._making: asyncio.Task[None] | None = None

    def follow(self, engine: AnyEngine, settings: Settings) -> None:
        """Have the table made if the network serves and the table is wanted. What is being made for
        another network is forgotten."""
        if self._making is not None:
            self._making.cancel()
            self._making = None
        if isinstance(engine, Engine) and wants_table(settings):
            self._making = asyncio.create_task(self._make(engine), name="table")

    async def _make(self, network: Engine) -> None:
        table = await asyncio.to_thread(table_of, network)
        if table is not None:
            self._serve(table)


def wants_table(settings: Settings) -> bool:
    """Whether the table is to serve. A recording is rendered by the network, to the same faces."""
    return settings.engine == "table" and settings.record is None


def ready_engine(settings: Settings) -> AnyEngine:
    """The engine to go on with: the table if it is wanted and kept on disk, or else the network.

    Raises:
        CheckpointError: the model cannot be read.
    """
    network = engine_from(settings)
    kept = table_of(network, make=False) if wants_table(settings) else None
    return network if kept is None else kept
