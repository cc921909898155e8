"""What visitors see of a running bridge."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping
from typing import Any

from bridge.config.controls import ControlError, as_yaml, changed, controls
from bridge.config.reading import to_yaml
from bridge.config.settings import Settings
from bridge.daemon.examination import Examination
from bridge.emotion.mixed_stream import StreamState
from bridge.emotion.mixer import Mixer
from bridge.frames.loop import FrameLoop
from bridge.frames.pipeline import Pipeline
from bridge.health.condition import Condition
from bridge.link.look import Look


class Visible:
    """The `bridge.inputs.views.Views` of a bridge. The frame thread copies its arrays only when
    somebody asks, and after the frame has been sent."""

    def __init__(
        self,
        mixer: Mixer,
        pipeline: Pipeline,
        frames: Callable[[], FrameLoop | None],
        *,
        condition: Callable[[], Condition | None] = lambda: None,
        settings: Callable[[], Settings | None] = lambda: None,
        adjust: Callable[[Settings], object] = lambda _: None,
    ) -> None:
        """Show this bridge.

        Args:
            frames: returns the frame loop, which exists before any input is opened.
            condition: returns what knows how the bridge is, once it runs.
            settings: returns those in force.
            adjust: puts settings in force whose face is another.
        """
        self._mixer, self._pipeline, self._frames = mixer, pipeline, frames
        self._condition, self._settings, self._adjust = condition, settings, adjust
        self._examination = Examination(mixer)

    async def look(self, faces_of: Collection[str]) -> Look:
        """What the next whole frame shows, with the faces of these streams. Waits for ever when
        there is no more frame."""
        loop = asyncio.get_running_loop()
        seen: asyncio.Future[Look] = loop.create_future()

        def hand_over(look: Look) -> None:
            if not seen.done():
                seen.set_result(look)

        def take() -> None:  # on the frame thread
            look = self._pipeline.look(faces_of)
            with contextlib.suppress(RuntimeError):  # the loop is closed: the program ends
                loop.call_soon_threadsafe(hand_over, look)

        frames = self._frames()
        if frames is not None:
            frames.after_next_frame(take)
        return await seen

    def state(self, stream: str) -> StreamState:
        """What the stream shows and why."""
        return self._mixer.state(stream)

    def status(self) -> Mapping[str, Any]:
        """The state of the bridge, as `bridge.health.report.report` has it."""
        condition = self._condition()
        return {} if condition is None else condition.report()

    def settings(self) -> str:
        """The configuration in force, as YAML."""
        settings = self._settings()
        return "" if settings is None else to_yaml(settings)

    def controls(self, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        """Change settings of the face, and tell all that can be changed."""
        settings = self._settings()
        if settings is None:
            return {"controls": [], "yaml": ""}
        if changes:
            try:
                settings = changed(settings, changes)
            except ControlError as problem:
                return {"error": str(problem), "expected": "a value within the limits"}
            self._adjust(settings)
        return {"controls": controls(settings), "yaml": as_yaml(settings)}

    async def examine(self) -> Mapping[str, Any]:
        """Find out why no face moves."""
        settings = self._settings()
        if settings is None:
            return {"error": "no bridge runs", "expected": "a running bridge"}
        return await self._examination.run(self, settings)
