"""Looks after a running bridge once a second."""

import asyncio
import functools
import logging
import time
from collections.abc import Callable, Iterable, Iterator

from bridge.daemon.status_bar import StatusBar
from bridge.daemon.status_line import BETWEEN, StatusReport
from bridge.frames.clock import FrameClock
from bridge.inputs.source import Source
from bridge.service.notify import ServiceManager
from bridge.supervision.supervised import Supervised

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks."""

_MOST_FAILURES = 100
"""So many different failures are logged."""


class Watch:
    """Shows the status, logs what the frame thread counted, has late updates read, and tells the
    service manager that the event loop is alive. If one of these fails, the others go on."""

    def __init__(
        self,
        inputs: Iterable[Supervised[Source]],
        clock: FrameClock,
        status: StatusReport,
        status_bar: StatusBar | None,
        service_manager: ServiceManager,
        *,
        look: Callable[[], object] = lambda: None,
    ) -> None:
        """Watch a bridge.

        Args:
            inputs: iterated again each time, because a reload may change it.
            look: called each time.
        """
        self._look = look
        self._inputs, self._clock = inputs, clock
        self._status, self._status_bar = status, status_bar
        self._service_manager = service_manager
        self._stalls_logged = 0
        self._failures: set[str] = set()

    async def run(self) -> None:
        """Look once a second, until cancelled."""
        self._tell_alive()
        while True:
            await asyncio.sleep(LOOK_EVERY)
            for duty in self._duties():
                try:
                    duty()
                except Exception as failure:
                    self._log_once(duty, failure)

    def _duties(self) -> Iterator[Callable[[], object]]:
        yield self._tell_alive
        for supervised in list(self._inputs):
            yield supervised.part.catch_up
            yield supervised.part.complaints.summarise
        yield self._look
        yield self._log_stalls
        yield self._show_status

    def _tell_alive(self) -> None:
        self._service_manager.loop_alive(time.perf_counter())

    def _log_stalls(self) -> None:
        if self._clock.stalls > self._stalls_logged:
            self._stalls_logged = self._clock.stalls
            log.warning(
                "no frames were sent for %.1f s (the machine was asleep or overloaded); "
                "the missed frames are skipped",
                self._clock.latest_stall,
            )

    def _show_status(self) -> None:
        segments = functools.cache(self._status.segments)  # its rates count from the previous call
        if self._status_bar is not None:
            self._status_bar.show(segments())
        self._service_manager.tell_status(lambda: BETWEEN.join(segments()), time.monotonic())

    def _log_once(self, duty: Callable[[], object], failure: Exception) -> None:
        known = f"{duty!r} {failure!r}"
        if known not in self._failures and len(self._failures) < _MOST_FAILURES:
            self._failures.add(known)
            log.error(
                "a regular check failed (%s); the bridge continues (logged once). "
                "This is a bug in affect-bridge, please report it:",
                type(failure).__name__,
                exc_info=failure,
            )
