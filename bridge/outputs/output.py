"""What all outputs have in common: which stream they send, and how often."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from bridge.emotion.streams import EVERY_STREAM
from protocols.face import Face

NO_LISTENER = "no listener"
CANNOT_SEND = "cannot send"
"""What `Output.trouble` says for most outputs."""


class Output(ABC):
    """One output. `run` opens and watches a connection on the event loop. The frame thread calls
    `send` once a frame; `send` never waits and never logs."""

    def __init__(self, name: str, *, stream: str, every: int) -> None:
        """Describe an output.

        Args:
            stream: the stream to send, or `*` for all of them.
            every: send every Nth frame.
        """
        self.name = name
        self.frames = 0
        """Frames offered to the network, whether or not it took them. Where nothing listens, about
        every second datagram is refused, so `packets` would show half of the rate."""
        self.packets = 0
        """Datagrams or messages that the network took, and their `bytes`."""
        self.bytes = 0
        self.errors = 0
        self.trouble = ""
        """Why the receiver does not get the frames, in about two words; empty if it gets them."""
        self.stream = stream
        """The stream that is sent, `*` for all of them."""
        self._every = every
        self._last_turn = -1
        self._wanted = False
        """Whether frames can be sent now. `run` sets it."""
        self._crash: Exception | None = None
        """An error on the frame thread. `run` raises it on the event loop."""

    @abstractmethod
    async def run(self, up: Callable[[], None]) -> None:
        """Work until cancelled. See `bridge.supervision.supervised.Part`."""

    @abstractmethod
    def show(self, faces: Mapping[str, Face], now: float) -> None:
        """Send the faces, or hand them to the task that does. Called on the frame thread.

        Args:
            faces: the face of each stream to send. A stream that is no longer in it has ended.
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
        turn = (
            frame // self._every
        )  # frame % every would skip a turn when that one frame is dropped
        if not self._wanted or (turn == self._last_turn and not last):
            return
        self._last_turn = turn
        try:
            if self.stream == EVERY_STREAM:
                self.show(faces, now)
            elif self.stream in faces:
                self.show({self.stream: faces[self.stream]}, now)
        except Exception as crash:  # `run` raises it on the event loop; the output is restarted
            self._crash = crash
            self._wanted = False
