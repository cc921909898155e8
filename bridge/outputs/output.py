"""What every output is: it shows one stream, or every stream, on its turn."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping

from bridge.emotion.streams import EVERY_STREAM
from protocols.face import Face


class Output(ABC):
    """One output. `run` opens and watches a connection on the event loop. `send` is called by the
    frame thread once a frame; it never waits and never logs."""

    def __init__(self, name: str, *, stream: str, every: int) -> None:
        """Describe an output.

        Args:
            stream: the stream to show, or `*` for every one.
            every: send one of so many frames.
        """
        self.name = name
        self.packets = 0
        self.bytes = 0
        self.errors = 0
        self.trouble = ""
        """Why the receiver does not get the frames, in two words; empty when it does."""
        self._stream, self._every = stream, every
        self._last_turn = -1
        self._wanted = False
        """Whether frames can be sent now; set by `run`."""
        self._crash: Exception | None = None
        """What went wrong on the frame thread; `run` raises it on the event loop."""

    @abstractmethod
    async def run(self, up: Callable[[], None]) -> None:
        """Work until cancelled, as `bridge.supervision.supervised.Part` says."""

    @abstractmethod
    def show(self, faces: Iterable[tuple[str, Face]], now: float) -> None:
        """Send the streams' faces, or hand them to whoever does. Called on the frame thread.

        Args:
            now: when this frame began, in seconds of `time.perf_counter`.
        """

    def send(
        self, faces: Mapping[str, Face], frame: int, now: float, *, last: bool = False
    ) -> None:
        """Send this frame's faces, if it is this output's turn.

        Args:
            frame: the frame's number since the start.
            now: when the frame began, in seconds of `time.perf_counter`.
            last: this is the last frame; send it on any turn.
        """
        turn = frame // self._every  # not frame % every: the one frame it hits may be dropped
        if not self._wanted or (turn == self._last_turn and not last):
            return
        self._last_turn = turn
        try:
            if self._stream == EVERY_STREAM:
                self.show(faces.items(), now)
            elif self._stream in faces:
                self.show(((self._stream, faces[self._stream]),), now)
        except Exception as crash:  # `run` raises it on the event loop, and starts anew
            self._crash = crash
            self._wanted = False
