"""Looks at the feelings some twenty times a second, and tells programs which emotions begin and
are over. Runs on the event loop; the frame thread only publishes what is felt."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from bridge.config.output_section import OutputSection
from bridge.config.trigger_section import TriggerSection
from bridge.emotion.felt import Felt
from bridge.outputs.output import Output
from bridge.supervision.running import Change, Running, stop
from bridge.supervision.supervised import State, Supervised
from bridge.triggers.from_settings import Place, place_of, receiver_from
from bridge.triggers.receiver import Receiver
from bridge.triggers.trigger import Trigger, Turn

log = logging.getLogger(__name__)

LOOK_EVERY = 0.04
"""Seconds between two looks."""

_STARTED_AGAIN = frozenset({State.FAILED, State.STOPPED, State.ENDED})
"""A reload starts these connections again."""


class RunningTrigger:
    """A trigger and the program that it acts on."""

    def __init__(self, trigger: Trigger, place: Place, receiver: Receiver[Any]) -> None:
        self.trigger, self.place, self.receiver = trigger, place, receiver
        self.missed = 0
        """How often it fired while its program was not connected."""

    @property
    def name(self) -> str:
        return self.trigger.section.name

    def tell(self, turns: Iterable[Turn]) -> None:
        """Tell the program what has begun and what is over."""
        section = self.trigger.section
        for stream, begins in turns:
            if not begins:
                self.receiver.end(section, stream)
            elif not self.receiver.begin(section, stream):
                self.missed += 1
            log.debug("%s: %s in %s", self.name, "fired" if begins else "over", stream)


class Triggers:
    """The triggers of a running bridge. A reload keeps those whose settings are equal, with what
    they know of their emotions."""

    def __init__(self, felt: Callable[[], Felt], outputs: Iterable[Supervised[Output]]) -> None:
        """Without any trigger yet.

        Args:
            felt: returns what all streams feel now.
            outputs: the running outputs; iterated again each time.
        """
        self._felt, self._outputs = felt, outputs
        self._running: list[RunningTrigger] = []
        self._some = asyncio.Event()
        """Set while there are triggers. Without any, nothing wakes to look."""
        self._failed = False

    def __iter__(self) -> Iterator[RunningTrigger]:
        return iter(self._running)

    @property
    def connections(self) -> list[Supervised[Any]]:
        """The connections that belong to triggers and to no output."""
        return [connection.supervised for connection in _connections(self._running)]

    def prepare(
        self, sections: Sequence[TriggerSection], outputs: Sequence[OutputSection]
    ) -> Change:
        """Make ready for other triggers. `outputs`: the settings of the outputs."""
        left = list(self._running)
        receivers = {
            running.place: running.receiver
            for running in left
            if running.receiver.connection is None
            or running.receiver.connection.state not in _STARTED_AGAIN
        }
        wanted: list[RunningTrigger] = []
        for section in sections:
            place = place_of(section, outputs)
            if place not in receivers:
                receivers[place] = receiver_from(section, outputs, self._outputs)
            kept = _take(left, section)
            if kept is None or kept.receiver is not receivers[place]:
                kept = RunningTrigger(Trigger(section), place, receivers[place])
            wanted.append(kept)

        async def change() -> None:
            gone = [running for running in self._running if running not in wanted]
            for running in gone:
                running.tell(running.trigger.end())
            for receiver in _receivers([*gone, *wanted]):
                receiver.use(r.trigger.section for r in wanted if r.receiver is receiver)
            kept = _connections(wanted)
            await stop(c for c in _connections(gone) if c not in kept)
            self._running = wanted
            if wanted:
                self._some.set()
            else:
                self._some.clear()
            for connection in kept:
                connection.start()

        return change

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self._some.wait()
            await asyncio.sleep(LOOK_EVERY)
            self.look(self._felt(), time.perf_counter())

    def look(self, felt: Felt, now: float) -> None:
        """Bring every trigger to what is felt at the time `now`. A trigger that fails is logged,
        and the others go on."""
        for running in self._running:
            try:
                running.tell(running.trigger.look(felt, now))
            except Exception as failure:
                self._log_once(running.name, failure)
        for receiver in _receivers(self._running):
            receiver.look()

    async def stop(self) -> None:
        """Let every emotion be over, so that no expression stays on, and close the connections."""
        running, self._running = self._running, []
        for one in running:
            one.tell(one.trigger.end())
        await stop(_connections(running))

    def _log_once(self, name: str, failure: Exception) -> None:
        if not self._failed:
            self._failed = True
            log.error(
                "trigger %s: failed; the bridge continues (logged once). "
                "This is a bug in affect-bridge, please report it:",
                name,
                exc_info=failure,
            )


def _take(left: list[RunningTrigger], section: TriggerSection) -> RunningTrigger | None:
    """Remove the first with equal settings, and return it; None if there is none."""
    found = next((running for running in left if running.trigger.section == section), None)
    if found is not None:
        left.remove(found)
    return found


def _receivers(running: Iterable[RunningTrigger]) -> list[Receiver[Any]]:
    return list(dict.fromkeys(one.receiver for one in running))


def _connections(running: Iterable[RunningTrigger]) -> list[Running[Any, Any]]:
    return [r.connection for r in _receivers(running) if r.connection is not None]
