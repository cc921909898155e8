"""Restarts an input or output that fails, after growing random delays. One that crashes again and
again stays stopped; the others continue."""

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Generic, Protocol, TypeVar

log = logging.getLogger(__name__)

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
"""Seconds. Full jitter: each delay is uniform between 0 and a ceiling that doubles up to this."""

MOST_CHANGES = 5
CHANGE_EVERY = 300.0
"""While a part is away, so many changes of the cause are logged, then one in so many seconds."""

CRASHES = 5
CRASHES_WITHIN = 60.0
"""After so many crashes within so many seconds a part is not restarted: it is a bug."""


class State(Enum):
    """What a part is doing. The values appear in the status line."""

    STARTING = "starting"
    UP = "up"
    WAITING = "waiting to retry"
    ENDED = "ended"
    FAILED = "failed"
    STOPPED = "stopped"


AWAY = frozenset({State.STARTING, State.WAITING})
"""States of a part that is not up but may still come up."""


class Unavailable(Exception):
    """A part cannot work now, for a reason outside this program: a port, a broker, a name."""

    def __init__(self, reason: str, *, hopeless: bool = False) -> None:
        """`hopeless`: retrying soon will not help (a refused password); wait the longest delay."""
        super().__init__(reason)
        self.hopeless = hopeless


class Part(Protocol):
    """An input or an output. `run` is called on the event loop, again after each failure."""

    name: str

    async def run(self, up: Callable[[], None]) -> None:
        """Work until cancelled. Call `up` once it works. Returning is a normal end.

        Raises:
            Unavailable: for a reason outside this program. Any other exception is a crash.
        """
        ...


PartType = TypeVar("PartType", bound=Part)


class Supervised(Generic[PartType]):
    """One part and its state. Restarts it when it fails; logs one line per change of state."""

    def __init__(self, part: PartType) -> None:
        self.part = part
        self.state = State.STARTING
        self.since = time.perf_counter()
        """When this state began, on the frame clock. "Starting" and "waiting to retry" count
        as one state, so that this tells for how long the part has been away."""
        self.failures = 0
        self.problem = ""
        """Why the part is not up; empty while it is up and before the first failure."""
        self.settled = asyncio.Event()
        """Set once the first start has succeeded or failed."""
        self.ended = asyncio.Event()
        """Set when the part has ended by itself."""
        self._crashes: deque[float] = deque(maxlen=CRASHES)
        self._in_a_row = 0
        self._up_since: float | None = None
        self._cause = ""
        """Why the part is not up, as last logged."""
        self._changes_logged = 0
        self._cause_logged = float("-inf")

    async def run(self) -> None:
        """Run the part until it ends by itself, has crashed too often, or is cancelled."""
        try:
            await self._run()
        except asyncio.CancelledError:
            self._set_state(State.STOPPED)
            raise

    async def _run(self) -> None:
        while True:
            try:
                await self.part.run(self._up)
            except Unavailable as problem:
                delay = LONGEST_DELAY if problem.hopeless else self._delay()
                self.problem = str(problem)
                if self._is_news(self.problem):
                    how = f"every {LONGEST_DELAY:.0f} s" if problem.hopeless else "until it works"
                    log.warning("%s: %s; retrying %s", self.part.name, problem, how)
            except Exception as crash:
                self.problem = f"crashed ({type(crash).__name__})"
                if self._crashed_too_often():
                    self._give_up(crash)
                    return
                delay = self._delay()
                log.error(  # noqa: TRY400 - the traceback is logged the first time only
                    "%s: crashed (%r); restarting in %.1f s",
                    self.part.name,
                    crash,
                    delay,
                    exc_info=crash if self._is_news(repr(crash)) else None,
                )
            else:
                self._set_state(State.ENDED)
                self.settled.set()
                self.ended.set()
                return
            self.failures += 1
            self._set_state(State.WAITING)
            self.settled.set()
            await asyncio.sleep(delay)

    def _is_news(self, cause: str) -> bool:
        """Whether to log why the part is not up: whenever the cause changes. Two causes that
        alternate, or one that quotes another number each time, must not fill the log."""
        now = time.perf_counter()
        often = self._changes_logged >= MOST_CHANGES and now - self._cause_logged < CHANGE_EVERY
        if cause == self._cause or often:
            return False
        self._cause, self._cause_logged = cause, now
        self._changes_logged += 1
        return True

    def _crashed_too_often(self) -> bool:
        self._crashes.append(time.perf_counter())
        return len(self._crashes) == CRASHES and (
            self._crashes[-1] - self._crashes[0] <= CRASHES_WITHIN
        )

    def _give_up(self, crash: Exception) -> None:
        self.failures += 1
        self._set_state(State.FAILED)
        self.settled.set()
        log.critical(
            "%s: stopped after %d crashes within %.0f s; a reload starts it again. "
            "This is a bug in affect-bridge, please report it:",
            self.part.name,
            CRASHES,
            CRASHES_WITHIN,
            exc_info=crash,
        )

    def _up(self) -> None:
        self._set_state(State.UP)
        self.settled.set()
        self._up_since = time.perf_counter()
        self.problem = ""
        self._cause, self._changes_logged = "", 0
        log.info("%s: up", self.part.name)

    def _set_state(self, state: State) -> None:
        if state is not self.state and not {state, self.state} <= AWAY:
            self.since = time.perf_counter()
        self.state = state

    def _delay(self) -> float:
        if self._up_since is not None and time.perf_counter() - self._up_since > LONGEST_DELAY:
            self._in_a_row = 0
        self._up_since = None
        ceiling = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(self._in_a_row, 16))
        self._in_a_row += 1
        return random.uniform(0.0, ceiling)  # noqa: S311 - jitter, not a secret
