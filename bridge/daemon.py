"""Start, watch, stop: the parts of a running bridge put together."""

import asyncio
import gc
import logging
import sys
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from bridge.blocking_calls import DaemonThreads
from bridge.clock import FrameClock
from bridge.config.inputs import StdinSection
from bridge.config.settings import Settings
from bridge.frame_loop import FrameLoop
from bridge.inputs.from_settings import source_from
from bridge.interpolation import KINDS
from bridge.mixer import Mixer
from bridge.model import checkpoint
from bridge.model.engine import Engine
from bridge.model.layers import in_reference_order
from bridge.outputs.from_settings import output_from
from bridge.pipeline import Pipeline
from bridge.signals import Signals
from bridge.status import StatusBar, StatusReport
from bridge.supervision import Supervised
from bridge.update import EVERY_STREAM

log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0
_FIRST_OUTPUT_TIMEOUT = 0.5
_GOODBYE_TIMEOUT = 0.6
_NEAR_NEUTRAL = 0.01
_LONGEST_EASE = 10.0


class Daemon:
    """One bridge. `run` is its whole life."""

    def __init__(self, settings: Settings, *, status_bar: StatusBar | None = None) -> None:
        """Put the parts together; nothing is opened yet.

        Raises:
            CheckpointError: the model cannot be read.
        """
        self._settings = settings
        self._status_bar = status_bar
        shown = {output.stream for output in settings.outputs}
        self._mixer = Mixer(
            sorted(shown - {EVERY_STREAM}),
            open_to_more=EVERY_STREAM in shown,
            most_streams=settings.max_streams,
        )
        arrays, _ = checkpoint.load(settings.model or checkpoint.BUILTIN)
        arrays = in_reference_order(arrays, settings.output_order)
        movement = settings.interpolation.model_dump()
        interpolation = KINDS[movement.pop("kind")](**movement)
        self._pipeline = Pipeline(self._mixer, interpolation, Engine(arrays), settings.symmetry)
        self._sources = [source_from(section, self._mixer) for section in settings.inputs]
        self._outputs = [output_from(section, settings.fps) for section in settings.outputs]

    async def run(self) -> int:
        """Work until a signal, the end of the only input, or a failure. Returns the exit status."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_handle_stray_exception)
        loop.set_default_executor(DaemonThreads())
        stop = asyncio.Event()
        frames_ended = asyncio.Event()
        inputs = [Supervised(source) for source in self._sources]
        outputs = {output: Supervised(output) for output in self._outputs}
        with Signals(lambda: loop.call_soon_threadsafe(stop.set), self._leave_terminal):
            output_tasks = [_task(s.run(), s.part.name) for s in outputs.values()]
            await self._outputs_settled(list(outputs.values()))
            # What exists by now lives as long as the process: without this, a full collection
            # would look through all of it and hold up two frames.
            gc.freeze()
            clock = FrameClock(self._settings.fps)
            frames = FrameLoop(
                clock,
                self._pipeline,
                self._outputs,
                ended=lambda: loop.call_soon_threadsafe(frames_ended.set),
            )
            frames.start()
            input_tasks = [_task(s.run(), s.part.name) for s in inputs]
            status = StatusReport(self._mixer, self._pipeline, frames, inputs, outputs)
            watch = _task(self._watch(status, clock), "watch")
            only_input = _task(self._end_of_only_input(inputs), "end of input")
            stopping = _task(stop.wait(), "stop signal")
            failing = _task(frames_ended.wait(), "frames ended")
            await asyncio.wait([stopping, failing, only_input], return_when=asyncio.FIRST_COMPLETED)
            frames.finish()
            watch.cancel()
            await _end([*input_tasks, only_input, stopping], _GOODBYE_TIMEOUT)
            await frames_ended.wait()
            await _end([*output_tasks, watch, failing], _GOODBYE_TIMEOUT)
        self._leave_terminal()
        for source in self._sources:
            source.complaints.summarise(at_the_end=True)
        if frames.failure is not None:
            log.critical("the frame loop failed", exc_info=frames.failure)
            return 1
        log.info(
            "stopped after %d frames (%d dropped), the last one neutral",
            frames.frames,
            clock.dropped,
        )
        return 0

    def _leave_terminal(self) -> None:
        if self._status_bar is not None:
            self._status_bar.remove()

    async def _outputs_settled(self, outputs: list[Supervised]) -> None:
        """Let the outputs open first, so that the first frame reaches them; but wait for none."""
        waiting = [_task(output.settled.wait(), "settling") for output in outputs]
        await asyncio.wait(waiting, timeout=_FIRST_OUTPUT_TIMEOUT)
        await _end(waiting, 0)

    async def _end_of_only_input(self, inputs: list[Supervised]) -> None:
        """Returns when standard input was the only input, has ended, and its last word has faded;
        never otherwise."""
        section = self._settings.inputs[0]
        if len(inputs) != 1 or not isinstance(section, StdinSection):
            await asyncio.Event().wait()
            return
        await inputs[0].ended.wait()
        last_word_ends = self._sources[0].mailbox.let_end(float(section.hold_at_end))
        log.info("standard input ended; the last emotion lives out its hold")
        await asyncio.sleep(last_word_ends - time.monotonic() + 1 / self._settings.fps)
        patience = time.monotonic() + _LONGEST_EASE
        # The frame thread moves it, and has no events to give.
        while self._distance_from_neutral() > _NEAR_NEUTRAL and time.monotonic() < patience:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    def _distance_from_neutral(self) -> float:
        return max((abs(a) for f in self._pipeline.feelings.values() for a in f), default=0.0)

    async def _watch(self, status: StatusReport, clock: FrameClock) -> None:
        """Once a second: the status line, and what was noticed where nobody may log."""
        stalls_said = 0
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            for source in self._sources:
                source.complaints.summarise()
            if clock.stalls > stalls_said:
                stalls_said = clock.stalls
                log.warning(
                    "frames stood still for %.1f s (the machine slept or was overloaded); "
                    "the schedule starts anew, nothing is queued",
                    clock.latest_stall,
                )
            if self._status_bar is not None:
                self._status_bar.show(status.line())


def run(settings: Settings, *, status_bar: StatusBar | None = None) -> int:
    """Run a bridge to its end and return the exit status."""
    # The frame thread waits this long at most for a busy event loop to let go of the interpreter.
    sys.setswitchinterval(0.0005)
    daemon = Daemon(settings, status_bar=status_bar)
    # Windows' default loop does not support what aiomqtt needs; the selector loop works everywhere.
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(daemon.run())


def _handle_stray_exception(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # aiomqtt forgets a future when a broker leaves while it is being greeted; the MQTT input has
    # already said what happened.
    if type(context.get("exception")).__module__.startswith("aiomqtt"):
        log.debug("%s", context["message"], exc_info=context["exception"])
    else:
        loop.default_exception_handler(context)


T = TypeVar("T")


def _task(work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
    return asyncio.get_running_loop().create_task(work, name=name)


async def _end(tasks: list[asyncio.Task[Any]], within: float) -> None:
    for task in tasks:
        task.cancel()
    done, _ = await asyncio.wait(tasks, timeout=within)
    for task in done:
        if not task.cancelled() and (problem := task.exception()):
            log.error("%s: failed while stopping: %r", task.get_name(), problem)
