"""Faders and buttons for emotions, one for each: a value stays until its fader is moved."""

from bridge.emotion.message import Message
from bridge.emotion.scores import Scored

_MOST_STREAMS = 256
_MOST_FADERS = 64


class Faders:
    """Where the faders of one source stand."""

    def __init__(self) -> None:
        self._streams: dict[str, dict[str, float]] = {}

    def move(self, stream: str, name: str, value: float) -> Message:
        """The message of all faders of a stream once the one called `name` stands at `value`.

        Args:
            value: from 0 to 1.
        """
        values = self._streams.pop(stream, {})
        if len(self._streams) >= _MOST_STREAMS:
            self._streams.pop(next(iter(self._streams)))
        self._streams[stream] = values
        values.pop(name, None)
        if value > 0:
            if len(values) >= _MOST_FADERS:
                values.pop(next(iter(values)))
            values[name] = value
        up = tuple(Scored(name, value) for name, value in values.items())
        return Message(scores=up or (Scored("neutral"),), stream=stream, own=True)

    def release(self, stream: str) -> None:
        """Let all faders of a stream down."""
        self._streams.pop(stream, None)
