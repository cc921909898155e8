"""Starts, watches, reloads and stops the parts of a running bridge."""

import asyncio
import contextlib
import gc
import logging
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from bridge.config.settings import Settings
from bridge.daemon.blocking_calls import DaemonThreads
from bridge.daemon.end_of_input import EndOfInput
from bridge.daemon.engines import Engines, ready_engine, wants_table
from bridge.daemon.reconcile import Inputs, Outputs
from bridge.daemon.reload import Reload
from bridge.daemon.signals import Signals
from bridge.daemon.status_bar import StatusBar
from bridge.daemon.status_line import StatusReport
from bridge.daemon.visible import Visible
from bridge.daemon.watch import Watch
from bridge.emotion.mixer import Mixer
from bridge.face.mood import Mood
from bridge.face.overlay import OverlayFaces
from bridge.frames.clock import FrameClock
from bridge.frames.face_layers import face_layers, layer_settings, mood_settings
from bridge.frames.from_settings import engine_from, interpolation_from, mixer_arguments
from bridge.frames.loop import FrameLoop
from bridge.frames.pipeline import Pipeline
from bridge.health.condition import Condition
from bridge.health.port import HealthPort
from bridge.health.vitals import Vitals
from bridge.model.engine import AnyEngine
from bridge.service.notify import ServiceManager
from bridge.supervision import logs
from bridge.supervision.ending import end
from bridge.supervision.running import Change
from bridge.triggers.triggers import Triggers

log = logging.getLogger(__name__)

_FRAMES_TIMEOUT = 3.0
"""Seconds that a stop waits for the last frame. It takes a third of a second."""
_GOODBYE_TIMEOUT = 0.6
"""Seconds."""


class Daemon:
    """One bridge, from start to stop."""

    def __init__(
        self,
        settings: Settings,
        *,
        reload: Reload | None = None,
        status_bar: StatusBar | None = None,
        embedded: bool = False,
        frame_left: Callable[[float], object] | None = None,
    ) -> None:
        """Create the parts. Nothing is opened yet.

        Args:
            embedded: the process belongs to another program. The bridge then leaves alone what
                counts for the whole process (garbage collection, the service manager), and goes on
                when standard input closes.
            frame_left: called on the frame thread after each frame of an embedded bridge, with the
                frame's time. It must return at once.

        Raises:
            CheckpointError: the model cannot be read.
        """
        self._settings = settings
        self._reload = reload
        self._status_bar = status_bar
        self._mixer = Mixer(**mixer_arguments(settings))
        self._overlays = OverlayFaces()
        self._pipeline = Pipeline(
            self._mixer,
            interpolation_from(settings),
            engine_from(settings),
            face_layers(settings.face, settings.symmetry, self._overlays),
            Mood(mood_settings(settings.face)),
        )
        self._condition: Condition | None = None
        self.visible = Visible(
            self._mixer,
            self._pipeline,
            lambda: self._frames,
            condition=lambda: self._condition,
            settings=lambda: self._settings,
            adjust=self._adjust,
        )
        """What visitors see and may do."""
        self._inputs = Inputs(self._mixer, self._overlays, self.visible)
        self._outputs = Outputs(self._give_frames_to, self._mixer)
        self._triggers = Triggers(lambda: self._pipeline.felt, self._outputs)
        self._health = HealthPort()
        self._engines = Engines(self._serve_by)
        self._frames: FrameLoop | None = None
        self._embedded = embedded
        self._service_manager = ServiceManager({} if embedded else os.environ)
        self._frame_left = frame_left if embedded else self._service_manager.frame_left

    @property
    def mixer(self) -> Mixer:
        """Where a program that embeds the bridge posts its updates."""
        return self._mixer

    @property
    def pipeline(self) -> Pipeline:
        """The faces, which only the frame thread may read while the bridge runs."""
        return self._pipeline

    async def run(self) -> int:
        """Run until a signal, the end of the only input, or a failure. Returns the exit status."""
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        with Signals(_from_thread(loop, stop.set), self._leave_terminal, self._reloading(loop)):
            return await self.run_until(stop)

    async def run_until(
        self, stop: asyncio.Event, *, started: Callable[[], object] = lambda: None
    ) -> int:
        """Run until `stop` is set, the end of the only input, or a failure. May run on any thread,
        on an event loop of its own. Returns the exit status.

        Args:
            started: called once frames are sent and the inputs are opening.
        """
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_handle_stray_exception)
        loop.set_default_executor(DaemonThreads())
        clock, frames, frames_ended = await self._start(loop)
        await self._health.prepare(self._settings.health, self._vitals(frames, clock))()
        self._condition = Condition(self._vitals(frames, clock))
        status = StatusReport(self._mixer, self._pipeline, frames, self._inputs, self._outputs)
        watch = _task(self._watch(status, clock, self._condition).run(), "watch")
        triggers = _task(self._triggers.run(), "triggers")
        reload = _task(self._reload_when_asked(frames, clock), "reload")
        reasons = [_task(stop.wait(), "stop signal"), _task(frames_ended.wait(), "frames ended")]
        if not self._embedded:
            end_of_input = EndOfInput(lambda: self._settings, self._inputs, self._pipeline)
            reasons.append(_task(end_of_input.wait(), "end of input"))
        started()
        await asyncio.wait(reasons, return_when=asyncio.FIRST_COMPLETED)
        self._service_manager.tell("STOPPING=1")
        frames.finish()
        await end([watch, reload, triggers], _GOODBYE_TIMEOUT)
        await asyncio.gather(self._health.stop(), self._inputs.stop(), self._triggers.stop())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(frames_ended.wait(), _FRAMES_TIMEOUT)
        await self._outputs.stop()
        await end(reasons, _GOODBYE_TIMEOUT)
        return self._goodbye(frames, clock, hung=not frames_ended.is_set())

    async def prepare(self, settings: Settings, frames: FrameLoop, clock: FrameClock) -> Change:
        """Make ready to change to other settings. Parts whose settings are equal keep running; no
        frame is lost.

        Raises:
            CheckpointError: the model cannot be read.
        """
        then = self._settings
        changed: dict[str, Any] = {}
        if _engine_may_differ(settings, then):
            changed["engine"] = await asyncio.to_thread(ready_engine, settings)
        if settings.interpolation != then.interpolation:
            changed["interpolation"] = interpolation_from(settings)
        change_faces = self._prepare_faces(settings, frames)
        parts = (
            self._outputs.prepare(settings.all_outputs, settings.fps),
            self._inputs.prepare(settings.sources),
            self._triggers.prepare(settings.triggers, settings.outputs),
            self._health.prepare(settings.health, self._vitals(frames, clock)),
        )

        async def change() -> None:
            self._settings = settings
            logs.change_logging(settings.log_level, settings.log_format)
            self._mixer.reshape(**mixer_arguments(settings))
            frames.between_frames(lambda: self._pipeline.change(**changed))
            if "engine" in changed:
                self._engines.follow(changed["engine"], settings)
            change_faces()
            if settings.fps != then.fps:
                frames.between_frames(lambda: clock.retime(settings.fps))
            for change_parts in parts:
                await change_parts()

        return change

    async def _start(
        self, loop: asyncio.AbstractEventLoop
    ) -> tuple[FrameClock, FrameLoop, asyncio.Event]:
        """Open the outputs, start the frames, then open the inputs."""
        ended = asyncio.Event()
        open_outputs = self._outputs.prepare(self._settings.all_outputs, self._settings.fps)
        open_inputs = self._inputs.prepare(self._settings.sources)
        open_triggers = self._triggers.prepare(self._settings.triggers, self._settings.outputs)
        await open_outputs()
        if not self._embedded:
            # The objects that exist now live as long as the process. Without this, a full garbage
            # collection scans all of them and delays two frames.
            gc.freeze()
        clock = FrameClock(self._settings.fps)
        outputs = [supervised.part for supervised in self._outputs]
        self._frames = FrameLoop(
            clock,
            self._pipeline,
            outputs,
            ended=_from_thread(loop, ended.set),
            frame_left=self._frame_left,
        )
        self._frames.start()
        self._engines.follow(self._pipeline.engine, self._settings)
        await open_inputs()
        await open_triggers()
        return clock, self._frames, ended

    def _vitals(self, frames: FrameLoop, clock: FrameClock) -> Vitals:
        return Vitals(
            self._mixer,
            self._pipeline,
            clock,
            frames,
            self._inputs,
            self._outputs,
            self._triggers,
        )

    def _serve_by(self, engine: AnyEngine) -> None:
        if self._frames is not None:
            self._frames.between_frames(lambda: self._pipeline.change(engine=engine))

    def _adjust(self, settings: Settings) -> None:
        """Show the faces by other settings, until the next reload."""
        self._settings = settings
        if self._frames is not None:
            self._prepare_faces(settings, self._frames)()

    def _prepare_faces(self, settings: Settings, frames: FrameLoop) -> Callable[[], None]:
        """Make ready to show the faces by other settings."""
        layers = layer_settings(settings.face, settings.symmetry)
        mood = mood_settings(settings.face)

        def change() -> None:
            frames.between_frames(lambda: self._pipeline.layers.configure(layers))
            frames.between_frames(lambda: self._pipeline.mood.configure(mood))

        return change

    def _watch(self, status: StatusReport, clock: FrameClock, condition: Condition) -> Watch:
        return Watch(
            *(self._inputs, clock, status, self._status_bar, self._service_manager),
            look=condition.look,
        )

    def _give_frames_to(self, outputs: Any) -> None:
        if self._frames is not None:
            self._frames.outputs = outputs

    def _reloading(self, loop: asyncio.AbstractEventLoop) -> Callable[[], object] | None:
        return None if self._reload is None else _from_thread(loop, self._reload.ask)

    async def _reload_when_asked(self, frames: FrameLoop, clock: FrameClock) -> None:
        if self._reload is None:
            await asyncio.Event().wait()
        else:
            await self._reload.run(lambda settings: self.prepare(settings, frames, clock))

    def _leave_terminal(self) -> None:
        if self._status_bar is not None:
            self._status_bar.remove()

    def _goodbye(self, frames: FrameLoop, clock: FrameClock, *, hung: bool) -> int:
        """Log the last lines. Returns the exit status."""
        self._leave_terminal()
        for supervised in self._inputs:
            supervised.part.complaints.summarise(at_the_end=True)
        if frames.failure is not None:
            log.critical("the frame loop failed", exc_info=frames.failure)
            return 1
        if hung:
            log.critical("the frame loop hangs; stopped without a neutral frame. Please report it")
            return 1
        log.info(
            "stopped after %d frames (%d dropped); the last frame was neutral",
            frames.frames,
            clock.dropped,
        )
        return 0


def run(
    settings: Settings,
    *,
    config: Path | None = None,
    reread: Callable[[], Settings] | None = None,
    status_bar: StatusBar | None = None,
) -> int:
    """Run a bridge until it stops. Returns the exit status.

    Args:
        config: the file that the settings came from, if any.
        reread: reads that file again.
    """

    async def life() -> int:
        reload = None if config is None or reread is None else Reload(config, reread, settings)
        return await Daemon(settings, reload=reload, status_bar=status_bar).run()

    # The longest time that a busy event loop keeps the frame thread from running.
    sys.setswitchinterval(0.0005)
    # aiomqtt does not work on Windows' default loop; the selector loop works everywhere.
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(life())


def _engine_may_differ(settings: Settings, then: Settings) -> bool:
    # The weights in the file may have changed although its name is the same.
    other_file = settings.model or then.model or settings.output_order != then.output_order
    return bool(other_file) or wants_table(settings) != wants_table(then)


def _from_thread(loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> Callable[[], None]:
    """A function that another thread or a signal handler may call: it runs `call` on the event
    loop, if that is still open."""

    def run_on_loop() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the program ends
            loop.call_soon_threadsafe(call)

    return run_on_loop


def _handle_stray_exception(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # aiomqtt leaves a future unread when a broker drops a client that waits for an answer. The part
    # has already logged the cause, and the operator needs no traceback.
    kinds = type(context.get("exception")).__mro__
    if any(kind.__module__.startswith("aiomqtt") for kind in kinds):
        log.debug("%s", context["message"], exc_info=context["exception"])
    else:
        loop.default_exception_handler(context)


def _task(work: Coroutine[Any, Any, object], name: str) -> asyncio.Task[None]:
    """A task that goes on for ever, instead of ending, if the work fails."""

    async def unless_it_fails() -> None:
        try:
            await work
        except Exception:
            log.exception(
                "%s: failed; the bridge continues. This is a bug, please report it:", name
            )
            await asyncio.Event().wait()

    return asyncio.create_task(unless_it_fails(), name=name)
