"""A VTube Studio for triggers, and patience."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.bridge.outputs.vtube_studio_stand_in import Model, StandIn

PATIENCE = 10.0


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state directory of the test's own."""
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.fixture
def until() -> Callable[[Callable[[], object]], Awaitable[None]]:
    """Waits until a condition holds."""

    async def wait(condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "waited too long"
            await asyncio.sleep(0.005)

    return wait


@pytest.fixture
async def program() -> AsyncIterator[StandIn]:
    """A VTube Studio with a model."""
    made = StandIn()
    made.model = Model(
        "Akari",
        {"id-1": "Blush", "id-2": "Wave"},
        {"tears.exp3.json": False, "star.exp3.json": True},
    )
    await made.start()
    yield made
    await made.stop()
