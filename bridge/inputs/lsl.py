"""Samples of the Lab Streaming Layer as updates."""

import asyncio
import logging
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bridge.config.lsl import COLUMNS, LslInputSection
from bridge.emotion.mixer import Mailbox
from bridge.emotion.objects import ObjectReader
from bridge.emotion.update import UpdateError
from bridge.inputs.source import Source
from bridge.lsl.library import library
from bridge.recording.table import USUAL_NAMES
from bridge.supervision.supervised import Unavailable

log = logging.getLogger(__name__)

_RESOLVE = 1.0
_PULL = 0.2
_OPEN = 5.0
_BUFFERED = 2
"""Seconds; only the latest sample counts."""
_LONGEST_CHUNK = 1024
_LOOK_EVERY = 0.1


class LslInput(Source):
    """An inlet, on a thread of its own: the library waits for the network."""

    def __init__(self, section: LslInputSection, mailbox: Mailbox) -> None:
        super().__init__(section.name, mailbox, section.reading)
        self._section = section
        self._objects = ObjectReader(section.reading.scales)
        self._stop = threading.Event()
        self._problem: BaseException | None = None

    async def run(self, up: Callable[[], None]) -> None:
        """Find the stream, and read its samples until cancelled.

        Raises:
            Unavailable: there is no such stream, or its channels cannot be used.
        """
        loop = asyncio.get_running_loop()
        self._stop, self._problem = threading.Event(), None
        thread = threading.Thread(
            target=self._work,
            args=(self._stop, lambda: loop.call_soon_threadsafe(up)),
            name=self.name,
            daemon=True,
        )
        thread.start()
        try:
            while thread.is_alive():  # noqa: ASYNC110 - a thread cannot set an event of the loop
                await asyncio.sleep(_LOOK_EVERY)
        finally:
            self._stop.set()
        if self._problem is not None:
            raise self._problem

    def _work(self, stop: threading.Event, up: Callable[[], object]) -> None:
        try:
            lsl = library()
            self._receive(lsl, stop, up)
        except BaseException as problem:
            self._problem = problem

    def _receive(self, lsl: Any, stop: threading.Event, up: Callable[[], object]) -> None:
        wanted = "=".join(self._section.query)
        found = lsl.resolve_byprop(*self._section.query, minimum=1, timeout=_RESOLVE)
        if not found:
            raise Unavailable(f"no stream has {wanted}")
        inlet = lsl.StreamInlet(found[0], max_buflen=_BUFFERED, recover=False)
        try:
            take = self._taker(lsl, inlet.info(timeout=_OPEN))
            up()
            while not stop.is_set():
                sample, _ = inlet.pull_sample(timeout=_PULL)
                if sample is not None and not stop.is_set():
                    rest, _ = inlet.pull_chunk(timeout=0.0, max_samples=_LONGEST_CHUNK)
                    take([sample, *rest])
        except (lsl.util.LostError, lsl.util.TimeoutError):
            raise Unavailable(f"the stream with {wanted} has ended") from None
        finally:
            inlet.close_stream()

    def _taker(self, lsl: Any, info: Any) -> Callable[[Sequence[Sequence[Any]]], None]:
        """What reads the samples of this stream."""
        if info.channel_format() == lsl.cf_string:
            return self._take_texts
        labels = [label or "" for label in (info.get_channel_labels() or ())]
        places = places_of(labels, info.channel_count(), self._section.columns)
        return lambda samples: self._take_numbers(samples[-1], places)

    def _take_texts(self, samples: Sequence[Sequence[Any]]) -> None:
        for sample in samples:
            self.read_text(str(sample[0]), stream=self._section.stream)

    def _take_numbers(self, sample: Sequence[float], places: Mapping[str, int]) -> None:
        said = {axis: float(sample[place]) for axis, place in places.items()}
        if all(map(math.isfinite, said.values())):  # NaN stands for no value
            self.admit(lambda: self._read(said))

    def _read(self, said: Mapping[str, float]) -> None:
        text = " ".join(f"{axis}={number:g}" for axis, number in said.items())
        try:
            update = self.update_of(self._objects.read(dict(said), self._section.stream))
        except UpdateError as problem:
            self.complaints.refuse(problem, text)
            return
        self.post(update, text)


def places_of(labels: Sequence[str], channels: int, named: Mapping[str, str]) -> dict[str, int]:
    """For each axis the place of its channel.

    Args:
        labels: the labels of the channels; may be empty.
        channels: how many there are.
        named: channels by axis, as labels or numbers from 1.

    Raises:
        Unavailable: a channel that is needed is not there.
    """
    known = {label.strip().casefold(): place for place, label in reversed([*enumerate(labels)])}
    there = ", ".join(label for label in labels[:12] if label) or f"{channels} without labels"
    found = {}
    for axis in COLUMNS:
        wanted = (named[axis],) if axis in named else USUAL_NAMES[axis]
        for name in wanted:
            if (place := known.get(name.strip().casefold())) is not None:
                found[axis] = place
                break
            if axis in named and name.isdecimal() and 1 <= int(name) <= channels:
                found[axis] = int(name) - 1
                break
        else:
            if axis in named or axis != "dominance":
                asked = f"channel {named[axis]!r}" if axis in named else f"channel with {axis}"
                raise Unavailable(
                    f"no {asked}; the stream has {there}; name it, as in `columns: {{{axis}: 1}}`",
                    hopeless=True,
                )
    return found
