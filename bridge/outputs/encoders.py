"""The encoders of the streams that an output shows."""

from collections.abc import Callable, Collection, Iterator

from protocols.face import Encoder


class Encoders:
    """The encoder of each stream, from the stream's first face until the stream ends."""

    def __init__(self, make: Callable[[str], Encoder]) -> None:
        """`make`: makes the encoder of a stream."""
        self._make = make
        self._made: dict[str, Encoder] = {}

    def __contains__(self, stream: str) -> bool:
        return stream in self._made

    def __iter__(self) -> Iterator[Encoder]:
        return iter(self._made.values())

    def of(self, stream: str) -> Encoder:
        """The encoder of a stream. It is made at the first call."""
        encoder = self._made.get(stream)
        if encoder is None:
            encoder = self._made[stream] = self._make(stream)
        return encoder

    def keep(self, streams: Collection[str]) -> None:
        """Drop the encoders of all streams except `streams`, each of which has one."""
        if len(self._made) > len(streams):
            self._made = {stream: self._made[stream] for stream in streams}

    def clear(self) -> None:
        """Drop all encoders."""
        self._made = {}
