"""A tour through the emotions, to see a face without any other input."""

import asyncio
from collections.abc import Callable

from bridge.emotion.update import Update, named_update
from bridge.inputs.source import Source

TOUR: tuple[tuple[str, float, float], ...] = (
    ("happiness", 0.5, 2.0),
    ("happiness", 1.0, 2.5),
    ("neutral", 1.0, 1.5),
    ("surprise", 0.9, 2.0),
    ("happiness+surprise", 0.8, 2.5),
    ("contempt", 1.0, 2.5),
    ("disgust", 0.9, 2.5),
    ("anger", 1.0, 2.5),
    ("fear", 0.9, 2.5),
    ("sadness", 0.6, 2.0),
    ("sadness", 1.0, 2.5),
    ("relaxed", 1.0, 3.0),
    ("neutral", 1.0, 2.0),
)
"""Emotion, intensity, and seconds until the next one."""


async def play(post: Callable[[Update, str], object]) -> None:
    """Repeat the tour without end. `post` gets each update, and what it is called."""
    while True:
        for name, intensity, seconds in TOUR:
            post(named_update(name, intensity), name)
            await asyncio.sleep(seconds)


class DemoInput(Source):
    """Plays the tour."""

    async def run(self, up: Callable[[], None]) -> None:
        up()
        await play(self.post)
