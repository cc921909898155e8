"""Signs of life. A process that hangs keeps its connection open, so that only their absence shows
it."""

import asyncio
from typing import NoReturn

from bridge.link.packets import Packet

EVERY = 1.0
"""Seconds between two signs of life."""
MOST_MISSED = 10
"""A busy machine lets a process wait for a few seconds."""
SIGN = {"kind": "alive"}


async def beat(writer: asyncio.StreamWriter) -> NoReturn:
    """Send signs of life until cancelled."""
    while True:
        # A bridge that takes nothing at the moment does not make what waits for it grow.
        if not writer.transport.get_write_buffer_size():
            writer.write(Packet(SIGN).encode())
        await asyncio.sleep(EVERY)


class Pulse:
    """Whether the other end lives."""

    def __init__(self) -> None:
        self._missed = 0

    def felt(self) -> None:
        """Something has arrived."""
        self._missed = 0

    async def stops(self) -> None:
        """Return when nothing has arrived for too long. It counts its own turns, so that a process
        that stood still itself, as in a suspended computer, does not blame the other."""
        while self._missed < MOST_MISSED:
            await asyncio.sleep(EVERY)
            self._missed += 1
