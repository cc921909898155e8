"""Faces as an outlet of the Lab Streaming Layer."""

import asyncio
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

from bridge import __version__
from bridge.config.lsl import LslOutputSection
from bridge.lsl.library import library
from bridge.outputs.output import NO_LISTENER, Output
from protocols.arkit import BLENDSHAPES
from protocols.face import Face
from protocols.livelink import ROTATIONS

AXES = ("valence", "arousal", "dominance")
ANGLES = tuple(name[:1].lower() + name[1:] for name in ROTATIONS)
CHANNELS = (*AXES, *BLENDSHAPES, *ANGLES)
"""The labels of the channels, in their order."""
UNITS = ("-1..1",) * len(AXES) + ("0..1",) * len(BLENDSHAPES) + ("radians",) * len(ANGLES)
KINDS = ("feeling",) * len(AXES) + ("blendshape",) * len(BLENDSHAPES) + ("rotation",) * len(ANGLES)
TYPE = "Face"
"""The content type of the stream."""

_LOOK_EVERY = 0.5
_MOST_BUFFERED = 10
"""Seconds of samples that are kept for a program that does not read."""


class LslOutput(Output):
    """An outlet with a sample for each frame."""

    def __init__(self, section: LslOutputSection, fps: float) -> None:
        super().__init__(section.name, stream=section.stream, every=section.every)
        self._outlet_name, self._rate = section.stream_name, fps / section.every
        self._outlet: Any = None
        self._clock: Callable[[], float] = time.perf_counter

    async def run(self, up: Callable[[], None]) -> None:
        """Keep the outlet open until cancelled."""
        lsl = await asyncio.to_thread(library)
        self._clock = lsl.local_clock
        self._outlet = await asyncio.to_thread(self._open, lsl)
        self._crash, self._wanted = None, True
        up()
        try:
            while self._crash is None:
                heard = await asyncio.to_thread(self._outlet.have_consumers)
                self.trouble = "" if heard else NO_LISTENER
                await asyncio.sleep(_LOOK_EVERY)
            raise self._crash
        finally:
            self._wanted = False
            outlet, self._outlet = self._outlet, None
            await asyncio.to_thread(_close, [outlet])
            del outlet

    def show(self, faces: Mapping[str, Face], now: float) -> None:
        outlet = self._outlet
        if outlet is None:
            return
        [face] = faces.values()
        sample = [*face.feeling.tolist(), *face.weights.tolist(), *face.rotations.ravel().tolist()]
        # The frame's time on the clock of LSL. Pushing copies the sample and returns.
        outlet.push_sample(sample, self._clock() - (time.perf_counter() - now))
        self.frames += 1
        self.packets += 1
        self.bytes += 4 * len(sample)

    def _open(self, lsl: Any) -> Any:
        info = lsl.StreamInfo(
            *(self._outlet_name, TYPE, len(CHANNELS), self._rate, lsl.cf_float32),
            # Receivers find the stream again by it after a restart.
            f"affect-bridge-{socket.gethostname()}-{self._outlet_name}",
        )
        description = info.desc()
        description.append_child_value("manufacturer", f"affect-bridge {__version__}")
        channels = description.append_child("channels")
        for label, unit, kind in zip(CHANNELS, UNITS, KINDS, strict=True):
            channel = channels.append_child("channel")
            channel.append_child_value("label", label)
            channel.append_child_value("unit", unit)
            channel.append_child_value("type", kind)
        return lsl.StreamOutlet(info, max_buffered=_MOST_BUFFERED)


def _close(outlets: list[Any]) -> None:
    """Destroy the outlet on this thread: it waits for its own threads."""
    outlets.clear()
