"""When a bridge stops by itself: its standard input has closed, or its files have been played, and
nothing else can send updates.

The demo is no other input: it only fills the pauses. A null device (/dev/null, as a service or a
container has it) is no standard input: a bridge with a demo then plays the demo.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from bridge.config.inputs import DemoSection, FileSection
from bridge.config.settings import Settings
from bridge.config.standard_input import StandardInputSection
from bridge.daemon.reconcile import Inputs
from bridge.frames.pipeline import Pipeline
from bridge.inputs.demo import DemoInput
from bridge.inputs.file import FileInput
from bridge.inputs.source import Source
from bridge.inputs.stdin_reader import StdinReader
from bridge.supervision.ending import end
from bridge.supervision.supervised import Supervised

log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0
_NEAR_NEUTRAL = 0.01
_LONGEST_EASE = 10.0  # seconds


class EndOfInput:
    """Waits until the bridge should stop."""

    def __init__(
        self, settings: Callable[[], Settings], inputs: Inputs, pipeline: Pipeline
    ) -> None:
        """`settings` returns the settings that are in force; a reload changes them."""
        self._settings, self._inputs, self._pipeline = settings, inputs, pipeline

    async def wait(self) -> None:
        """Return once standard input has closed or every file has ended, the last update has
        expired, and the face has eased out; never while another input may send updates."""
        found = [(s.part, s.ended) for s in self._inputs if isinstance(s.part, StdinReader)]
        if not found:
            await self._files_ended()
            return
        [(stdin, ended)] = found
        await ended.wait()
        if not stdin.is_null and not self._was_the_last(stdin):
            log.info("stdin closed; the other inputs continue")
        # A reload may take the other inputs away, and signals no event.
        while not self._was_the_last(stdin):  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_EVERY)
        stdin.catch_up()  # the last line of a flood was put off
        last_expiry = stdin.mailbox.let_end(self._hold_at_end())
        log.info("stdin closed; stopping once the last emotion expires")
        await asyncio.sleep(last_expiry - time.perf_counter() + 1 / self._settings().fps)
        if not self._has_demo():  # a demo would go on
            await self._eased_out()

    async def _files_ended(self) -> None:
        """Return once files have been played, and there is no other input."""
        files: list[Supervised[Source]] = []
        # A reload may add files and take other inputs away, and signals no event.
        while not files or any(not file.ended.is_set() for file in files):
            files = [s for s in self._inputs if isinstance(s.part, FileInput)]
            others = [s for s in self._inputs if not isinstance(s.part, FileInput | DemoInput)]
            if not files or others:
                files = []
                await asyncio.sleep(_LOOK_EVERY)
            else:
                waiting = [asyncio.ensure_future(file.ended.wait()) for file in files]
                await asyncio.wait(waiting, timeout=_LOOK_EVERY)
                await end(waiting, 0)
        log.info("%s: ended; stopping", ", ".join(file.part.name for file in files))
        if not self._has_demo():  # a demo would go on
            await self._eased_out()

    def _was_the_last(self, stdin: StdinReader) -> bool:
        ended = {s.part.name for s in self._inputs if s.ended.is_set()}
        others = [
            s
            for s in self._settings().sources
            if not isinstance(s, StandardInputSection)
            and not (isinstance(s, FileSection) and s.name in ended)
        ]
        if stdin.is_null and others:
            return False
        return all(isinstance(section, DemoSection) for section in others)

    def _has_demo(self) -> bool:
        return any(isinstance(section, DemoSection) for section in self._settings().inputs)

    def _hold_at_end(self) -> float:
        sections = self._settings().inputs
        return float(next(s.hold_at_end for s in sections if isinstance(s, StandardInputSection)))

    async def _eased_out(self) -> None:
        deadline = time.perf_counter() + _LONGEST_EASE
        # The frame thread moves the face and signals no event.
        while self._distance_from_neutral() > _NEAR_NEUTRAL and time.perf_counter() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    def _distance_from_neutral(self) -> float:
        return max((abs(a) for f in self._pipeline.emotions.values() for a in f), default=0.0)
