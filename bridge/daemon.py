"""Start, watch, stop: the parts of a running bridge put together."""

import asyncio
import gc
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from types import FrameType
from typing import Any, TypeVar

from bridge.clock import FrameClock
from bridge.config.inputs import StdinSection
from bridge.config.settings import Settings
from bridge.frame_loop import FrameLoop
from bridge.inputs.from_settings import source_from
from bridge.interpolation import (
    Exponential,
    Immediate,
    Interpolation,
    Linear,
    OneEuro,
    Spring,
)
from bridge.mixer import Mixer
from bridge.model import checkpoint
from bridge.model.engine import Engine
from bridge.model.layers import in_reference_order
from bridge.outputs.from_settings import output_from
from bridge.outputs.udp import EVERY_STREAM
from bridge.pipeline import Pipeline
from bridge.status import StatusBar, StatusReport
from bridge.supervision import Supervised

log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0
_FIRST_OUTPUT_TIMEOUT = 0.5
_GOODBYE_TIMEOUT = 0.6
_NEAR_NEUTRAL = 0.01
_LONGEST_EASE = 10.0

_INTERPOLATIONS: dict[str, Callable[..., Interpolation]] = {
    "spring": Spring,
    "exponential": Exponential,
    "linear": Linear,
    "one_euro": OneEuro,
    "none": Immediate,
}


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
            shown=None if EVERY_STREAM in shown else sorted(shown),
            most_streams=settings.max_streams,
        )
        arrays, _ = checkpoint.load(settings.model or checkpoint.BUILTIN)
        arrays = in_reference_order(arrays, settings.output_order)
        movement = settings.interpolation.model_dump()
        interpolation = _INTERPOLATIONS[movement.pop("kind")](**movement)
        self._pipeline = Pipeline(self._mixer, interpolation, Engine(arrays), settings.symmetry)
        self._sources = [source_from(section, self._mixer) for section in settings.inputs]
        self._outputs = [output_from(section, settings.fps) for section in settings.outputs]

    async def run(self) -> int:
        """Work until a signal, the end of the only input, or a failure. Returns the exit status."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(_DaemonThreads())
        stop = asyncio.Event()
        frames_ended = asyncio.Event()
        inputs = [Supervised(source) for source in self._sources]
        outputs = {output: Supervised(output) for output in self._outputs}
        with _Signals(lambda: loop.call_soon_threadsafe(stop.set)):
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
        if self._status_bar is not None:
            self._status_bar.remove()
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


_STOP_SIGNALS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
    if hasattr(signal, name)
]


class _Signals:
    """Ctrl-C, a termination or a closed terminal ask for a normal stop; doing it again ends the
    process at once."""

    def __init__(self, stop: Callable[[], object]) -> None:
        self._stop = stop
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        for number in _STOP_SIGNALS:
            self._before[number] = signal.signal(number, self._handle)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        self._stop()


class _DaemonThreads(ThreadPoolExecutor):
    """Runs each blocking call (a name look-up, a connection attempt) on a thread of its own that
    the end of the program does not wait for."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as problem:
                future.set_exception(problem)

        threading.Thread(target=work, name="blocking call", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Nothing to wait for."""
