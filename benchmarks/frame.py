"""One frame as the daemon makes it: from a moving feeling to the bytes for VMC and Live Link."""

import math
from collections.abc import Sequence
from fractions import Fraction

from bridge.emotion.mixer import Mixer
from bridge.emotion.streams import MAIN_STREAM
from bridge.emotion.update import point_update
from bridge.face.layer import Layers
from bridge.frames.clock import Tick
from bridge.frames.interpolation import Spring
from bridge.frames.pipeline import Pipeline
from bridge.model import checkpoint
from bridge.model.engine import Engine
from bridge.model.kept_tables import table_of
from protocols.livelink import LiveLinkEncoder
from protocols.vmc import VmcEncoder

FPS = 60
UPDATE_EVERY = 6
"""Frames. Ten updates a second: the rate of a sensor, faster than any chatbot."""


class FrameHere:
    """Makes frames without sending them."""

    def __init__(
        self, layers: Layers | None = None, streams: Sequence[str] = (MAIN_STREAM,)
    ) -> None:
        """`layers`: only those that a frame cannot do without if not given."""
        mixer = Mixer(shown=streams)
        arrays, _ = checkpoint.load(checkpoint.BUILTIN)
        network = Engine(arrays)
        engine = table_of(network) or network
        self._mailbox = mixer.mailbox("benchmark")
        self._pipeline = Pipeline(mixer, Spring(), engine, layers)
        self._stream = streams[0]
        self._vmc = VmcEncoder()
        self._live_link = LiveLinkEncoder(
            "AffectBridge", "00000000-0000-0000-0000-000000000000", Fraction(FPS)
        )

    def make(self, frame: int) -> None:
        if frame % UPDATE_EVERY == 0:
            self._mailbox.post(point_update(*moving_feeling(frame), stream=self._stream))
        self._pipeline.advance(Tick(frame, frame / FPS, frame / FPS))
        face = self._pipeline.faces[self._stream]
        self._vmc.encode(face)
        self._live_link.encode(face)


def moving_feeling(frame: int) -> tuple[float, float, float]:
    """A point on a closed path through the cube."""
    turn = frame / 40
    return math.sin(turn), math.sin(1.3 * turn), math.sin(1.7 * turn)
