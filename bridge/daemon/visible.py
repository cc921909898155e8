"""What visitors see of a running bridge."""

import asyncio
import contextlib
from collections.abc import Callable, Collection

from bridge.emotion.mixed_stream import StreamState
from bridge.emotion.mixer import Mixer
from bridge.frames.loop import FrameLoop
from bridge.frames.pipeline import Pipeline
from bridge.link.look import Look


class Visible:
    """The `bridge.inputs.views.Views` of a bridge. The frame thread copies its arrays only when
    somebody asks, and after the frame has been sent."""

    def __init__(
        self, mixer: Mixer, pipeline: Pipeline, frames: Callable[[], FrameLoop | None]
    ) -> None:
        """`frames` returns the frame loop, which exists before any input is opened."""
        self._mixer, self._pipeline, self._frames = mixer, pipeline, frames

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
