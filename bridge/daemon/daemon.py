"""Start, watch, reload, stop: the parts of a running bridge put together."""

import asyncio
import functools
import gc
import logging
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from bridge.config.inputs import StdinSection
from bridge.config.settings import Settings
from bridge.daemon.blocking_calls import DaemonThreads
from bridge.daemon.reconcile import Inputs, Outputs
from bridge.daemon.reload import Reload
from bridge.daemon.signals import Signals
from bridge.daemon.status_line import StatusBar, StatusReport
from bridge.emotion.mixer import Mixer
from bridge.emotion.streams import EVERY_STREAM
from bridge.frames.clock import FrameClock
from bridge.frames.interpolation import KINDS, Interpolation
from bridge.frames.loop import FrameLoop
from bridge.frames.pipeline import Pipeline, face_layers
from bridge.health.port import HealthPort
from bridge.health.vitals import Vitals
from bridge.inputs.stdin import StdinInput
from bridge.model import checkpoint
from bridge.model.engine import Engine
from bridge.model.layers import in_reference_order
from bridge.service.notify import ServiceManager
from bridge.supervision import logs
from bridge.supervision.ending import end

log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0
_GOODBYE_TIMEOUT = 0.6
_NEAR_NEUTRAL = 0.01
_LONGEST_EASE = 10.0


class Daemon:
    """One bridge. `run` is its whole life."""

    def __init__(
        self,
        settings: Settings,
        *,
        reload: Reload | None = None,
        status_bar: StatusBar | None = None,
    ) -> None:
        """Put the parts together; nothing is opened yet.

        Raises:
            CheckpointError: the model cannot be read.
        """
        self._settings = settings
        self._reload = reload
        self._status_bar = status_bar
        self._mixer = Mixer(**_streams(settings))
        self._pipeline = Pipeline(
            self._mixer,
            _interpolation(settings),
            _engine(settings),
            face_layers(symmetry=settings.symmetry),
        )
        self._inputs = Inputs(self._mixer)
        self._outputs = Outputs(self._give_frames_to)
        self._health = HealthPort()
        self._frames: FrameLoop | None = None
        self._service_manager = ServiceManager()

    async def run(self) -> int:
        """Work until a signal, the end of the only input, or a failure. Returns the exit status."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_handle_stray_exception)
        loop.set_default_executor(DaemonThreads())
        stop = asyncio.Event()
        with Signals(_from_signal(loop, stop.set), self._leave_terminal, self._reloading(loop)):
            clock, frames, frames_ended = await self._start(loop)
            await self._health.apply(self._settings.health, self._vitals(frames, clock))
            status = StatusReport(self._mixer, self._pipeline, frames, self._inputs, self._outputs)
            watch = _task(self._watch(status, clock), "watch")
            reload = _task(self._reload_when_asked(frames, clock), "reload")
            reasons = [
                _task(stop.wait(), "stop signal"),
                _task(frames_ended.wait(), "frames ended"),
                _task(self._end_of_only_input(), "end of input"),
            ]
            await asyncio.wait(reasons, return_when=asyncio.FIRST_COMPLETED)
            self._service_manager.tell("STOPPING=1")
            frames.finish()
            await end([watch, reload], _GOODBYE_TIMEOUT)
            await self._health.stop()
            await self._inputs.stop()
            await frames_ended.wait()
            await self._outputs.stop()
            await end(reasons, _GOODBYE_TIMEOUT)
        return self._goodbye(frames, clock)

    async def apply(self, settings: Settings, frames: FrameLoop, clock: FrameClock) -> None:
        """Go on with other settings. What stays the same is left alone, and no frame is lost.

        Raises:
            CheckpointError: the model cannot be read; nothing has changed then.
        """
        then = self._settings
        changed: dict[str, Any] = {}
        # A file of weights may have been written anew under the same name.
        if settings.model or then.model or settings.output_order != then.output_order:
            changed["engine"] = await asyncio.to_thread(_engine, settings)
        if settings.interpolation != then.interpolation:
            changed["interpolation"] = _interpolation(settings)
        self._settings = settings
        logs.change_logging(settings.log_level, settings.log_format)
        self._mixer.reshape(**_streams(settings))
        frames.between_frames(lambda: self._pipeline.change(**changed))
        frames.between_frames(
            lambda: self._pipeline.layers.configure({"symmetry": settings.symmetry})
        )
        if settings.fps != then.fps:
            frames.between_frames(lambda: clock.retime(settings.fps))
        await self._outputs.apply(settings.outputs, settings.fps)
        await self._inputs.apply(settings.inputs)
        await self._health.apply(settings.health, self._vitals(frames, clock))

    async def _start(
        self, loop: asyncio.AbstractEventLoop
    ) -> tuple[FrameClock, FrameLoop, asyncio.Event]:
        """Open the outputs, let the frames begin, then open the inputs."""
        ended = asyncio.Event()
        await self._outputs.apply(self._settings.outputs, self._settings.fps)
        # What exists by now lives as long as the process: without this, a full collection
        # would look through all of it and hold up two frames.
        gc.freeze()
        clock = FrameClock(self._settings.fps)
        outputs = [supervised.part for supervised in self._outputs]
        self._frames = FrameLoop(
            clock,
            self._pipeline,
            outputs,
            ended=lambda: loop.call_soon_threadsafe(ended.set),
            frame_left=self._service_manager.frame_left,
        )
        self._frames.start()
        await self._inputs.apply(self._settings.inputs)
        return clock, self._frames, ended

    def _vitals(self, frames: FrameLoop, clock: FrameClock) -> Vitals:
        return Vitals(self._mixer, self._pipeline, clock, frames, self._inputs, self._outputs)

    def _give_frames_to(self, outputs: Any) -> None:
        if self._frames is not None:
            self._frames.outputs = outputs

    def _reloading(self, loop: asyncio.AbstractEventLoop) -> Callable[[], object] | None:
        return None if self._reload is None else _from_signal(loop, self._reload.ask)

    async def _reload_when_asked(self, frames: FrameLoop, clock: FrameClock) -> None:
        if self._reload is None:
            await asyncio.Event().wait()
        else:
            await self._reload.run(lambda settings: self.apply(settings, frames, clock))

    def _leave_terminal(self) -> None:
        if self._status_bar is not None:
            self._status_bar.remove()

    def _goodbye(self, frames: FrameLoop, clock: FrameClock) -> int:
        """The last words, and the exit status."""
        self._leave_terminal()
        for supervised in self._inputs:
            supervised.part.complaints.summarise(at_the_end=True)
        if frames.failure is not None:
            log.critical("the frame loop failed", exc_info=frames.failure)
            return 1
        log.info(
            "stopped after %d frames (%d dropped), the last one neutral",
            frames.frames,
            clock.dropped,
        )
        return 0

    async def _end_of_only_input(self) -> None:
        """Returns when standard input was the only input, has ended, and its last word has faded;
        never otherwise."""
        stdin = next((s for s in self._inputs if isinstance(s.part, StdinInput)), None)
        if stdin is not None:
            await stdin.ended.wait()
        section = self._settings.inputs[0]
        if (
            stdin is None
            or len(self._settings.inputs) != 1
            or not isinstance(section, StdinSection)
        ):
            await asyncio.Event().wait()
            return
        last_word_ends = stdin.part.mailbox.let_end(float(section.hold_at_end))
        log.info("standard input ended; the last emotion lives out its hold")
        await asyncio.sleep(last_word_ends - time.perf_counter() + 1 / self._settings.fps)
        patience = time.perf_counter() + _LONGEST_EASE
        # The frame thread moves it, and has no events to give.
        while self._distance_from_neutral() > _NEAR_NEUTRAL and time.perf_counter() < patience:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    def _distance_from_neutral(self) -> float:
        return max((abs(a) for f in self._pipeline.feelings.values() for a in f), default=0.0)

    async def _watch(self, status: StatusReport, clock: FrameClock) -> None:
        """Once a second: the status line, and what was noticed where nobody may log."""
        stalls_said = 0
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            for supervised in self._inputs:
                supervised.part.catch_up()
                supervised.part.complaints.summarise()
            if clock.stalls > stalls_said:
                stalls_said = clock.stalls
                log.warning(
                    "frames stood still for %.1f s (the machine slept or was overloaded); "
                    "the schedule starts anew, nothing is queued",
                    clock.latest_stall,
                )
            line = functools.cache(status.line)  # with the rates since it was last asked for
            if self._status_bar is not None:
                self._status_bar.show(line())
            self._service_manager.tell_status(line, time.monotonic())


def run(
    settings: Settings,
    *,
    config: Path | None = None,
    reread: Callable[[], Settings] | None = None,
    status_bar: StatusBar | None = None,
) -> int:
    """Run a bridge to its end and return the exit status.

    `config` is the file that the settings came from, if any, and `reread` reads it again.
    """

    async def life() -> int:
        reload = None if config is None or reread is None else Reload(config, reread, settings)
        return await Daemon(settings, reload=reload, status_bar=status_bar).run()

    # The frame thread waits this long at most for a busy event loop to let go of the interpreter.
    sys.setswitchinterval(0.0005)
    # Windows' default loop does not support what aiomqtt needs; the selector loop works everywhere.
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(life())


def _streams(settings: Settings) -> dict[str, Any]:
    """Which streams there are, as the mixer wants to know it."""
    shown = {output.stream for output in settings.outputs}
    return {
        "shown": sorted(shown - {EVERY_STREAM}),
        "open_to_more": EVERY_STREAM in shown,
        "most_streams": settings.max_streams,
        "stream_timeout": settings.stream_timeout,
    }


def _interpolation(settings: Settings) -> Interpolation:
    movement = settings.interpolation.model_dump()
    return KINDS[movement.pop("kind")](**movement)


def _engine(settings: Settings) -> Engine:
    arrays, _ = checkpoint.load(settings.model or checkpoint.BUILTIN)
    return Engine(in_reference_order(arrays, settings.output_order))


def _from_signal(
    loop: asyncio.AbstractEventLoop, call: Callable[[], object]
) -> Callable[[], object]:
    """`call`, made on the event loop, however the signal comes."""
    return lambda: loop.call_soon_threadsafe(call)


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
