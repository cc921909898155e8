"""Sends a short smile to outputs, with the frame loop that the bridge itself uses."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from bridge.config.output_section import OutputSection
from bridge.emotion.mixer import Mixer
from bridge.emotion.streams import EVERY_STREAM, MAIN_STREAM
from bridge.emotion.update import named_update
from bridge.frames.clock import FrameClock
from bridge.frames.interpolation import Spring
from bridge.frames.loop import FrameLoop
from bridge.frames.pipeline import Pipeline
from bridge.model.engine import Engine
from bridge.outputs.from_settings import output_from
from bridge.outputs.output import Output
from bridge.supervision.supervised import Unavailable

SECONDS = 2.0
"""How long the smile lasts."""

_OPENING = 6.0
"""Seconds that outputs may take to open: looking up a name, connecting to a broker."""
_ENDING = 2.0
_HALF_LIFE = 0.12


class Sent(NamedTuple):
    """What became of one output's smile."""

    section: OutputSection
    came_up: bool
    why_not: str
    """Why it could not work; empty if it could."""
    frames: int
    packets: int
    errors: int
    """Sends that failed. Where nothing listens, about every second one is refused."""
    trouble: str


class Punctuality(NamedTuple):
    """How well frames kept to the clock."""

    wanted: float
    """Frames a second."""
    achieved: float
    worst_lateness: float
    """Seconds."""


class _Attempt:
    """One output, run once: its first problem is what its user needs to know."""

    def __init__(self, section: OutputSection, fps: float) -> None:
        self.section = section
        self.output: Output = output_from(section, fps)
        self.up = asyncio.Event()
        self.why_not = ""
        self._task = asyncio.create_task(self._run(), name=f"smile to {section.name}")

    async def _run(self) -> None:
        try:
            await self.output.run(self.up.set)
        except Unavailable as reason:
            self.why_not = str(reason)
        except Exception as crash:
            self.why_not = f"it failed, which is a bug; please report it: {crash!r}"

    async def opened(self) -> None:
        """Wait until it is up or has failed."""
        waiting = asyncio.create_task(self.up.wait())
        await asyncio.wait(
            [waiting, self._task], timeout=_OPENING, return_when=asyncio.FIRST_COMPLETED
        )
        waiting.cancel()

    async def end(self) -> Sent:
        self._task.cancel()
        await asyncio.wait([self._task], timeout=_ENDING)
        output = self.output
        return Sent(
            self.section,
            self.up.is_set(),
            self.why_not,
            output.frames,
            output.packets,
            output.errors,
            self.trouble,
        )

    trouble = ""


async def smile(
    sections: Sequence[OutputSection],
    engine: Engine,
    fps: float,
    seconds: float = SECONDS,
) -> tuple[list[Sent], Punctuality]:
    """Open the outputs, send them a smile, and end with the neutral face."""
    streams = sorted({MAIN_STREAM if s.stream == EVERY_STREAM else s.stream for s in sections})
    mixer = Mixer(shown=streams, open_to_more=True)
    mailbox = mixer.mailbox("doctor")
    attempts = [_Attempt(section, fps) for section in sections]
    await asyncio.gather(*(attempt.opened() for attempt in attempts))
    for stream in streams:
        mailbox.post(named_update("happiness", 0.9, stream=stream))
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    clock = FrameClock(fps)
    frames = FrameLoop(
        clock,
        Pipeline(mixer, Spring(_HALF_LIFE, _HALF_LIFE), engine),
        [attempt.output for attempt in attempts],
        ended=lambda: loop.call_soon_threadsafe(ended.set),
    )
    frames.start()
    await asyncio.sleep(seconds)
    for attempt in attempts:  # before the end, when nothing is refused any more
        attempt.trouble = attempt.output.trouble
    punctuality = Punctuality(fps, frames.frames / seconds, frames.worst_lateness)
    frames.finish()
    await ended.wait()
    if frames.failure is not None:
        raise frames.failure
    return await asyncio.gather(*(attempt.end() for attempt in attempts)), punctuality
