"""Starts, keeps and stops the inputs and outputs of a running bridge as the settings say."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bridge.config.inputs import InputSection
from bridge.config.output_section import OutputSection
from bridge.config.section import OnReload
from bridge.emotion.mixer import Mailbox, Mixer
from bridge.inputs.from_settings import mailbox_for, source_from
from bridge.inputs.source import Source
from bridge.outputs.from_settings import output_from
from bridge.outputs.output import Output
from bridge.supervision.ending import STOPPING_TIMEOUT, end
from bridge.supervision.supervised import State, Supervised

log = logging.getLogger(__name__)

SETTLING_TIMEOUT = 0.5
"""Seconds that the first frame, or a reload, waits for outputs to open."""

S = TypeVar("S", InputSection, OutputSection)
P = TypeVar("P", Source, Output)


@dataclass
class Running(Generic[S, P]):
    """One running input or output, with the settings it was made from."""

    section: S
    supervised: Supervised[P]
    task: asyncio.Task[None]

    @property
    def part(self) -> P:
        return self.supervised.part

    @classmethod
    def started(cls, section: S, part: P) -> "Running[S, P]":
        supervised = Supervised(part)
        task = asyncio.get_running_loop().create_task(supervised.run(), name=part.name)
        return cls(section, supervised, task)


class Outputs:
    """The running outputs. A reload does not touch those whose settings are equal."""

    def __init__(self, handed_over: Callable[[Sequence[Output]], object]) -> None:
        """`handed_over` is called with the outputs that get the frames, whenever they change."""
        self._handed_over = handed_over
        self._running: list[Running[OutputSection, Output]] = []
        self._fps = 0.0

    def __iter__(self) -> Iterator[Supervised[Output]]:
        return (running.supervised for running in self._running)

    async def apply(self, sections: Sequence[OutputSection], fps: float) -> None:
        """Run the outputs that `sections` describe, at `fps` frames a second.

        New outputs open first (up to `SETTLING_TIMEOUT`), then get frames; then old ones close.
        An old output that holds something exclusive (a port, a client id) closes before that.
        """
        # An output that ended by itself (a user refused it, for example) is started again too.
        kept = _take_equal(
            [r for r in self._running if r.supervised.state is not State.ENDED],
            sections if fps == self._fps else (),
        )
        leaving = [r for r in self._running if r not in kept]
        await stop([r for r in leaving if r.section.given_up_first])
        after = []
        for section in sections:
            running = next((r for r in kept if r.section == section), None)
            if running is None:
                running = Running.started(section, output_from(section, fps))
                if section.caution:
                    log.info("%s: %s", section.name, section.caution)
            else:
                kept.remove(running)
            after.append(running)
        await _settled([r.supervised for r in after])
        self._running, self._fps = after, fps
        self._handed_over([r.part for r in after])
        await stop(leaving)

    async def stop(self) -> None:
        """Close every output."""
        await stop(self._running)


class Inputs:
    """The running inputs. A reload does not touch those whose settings are equal."""

    def __init__(self, mixer: Mixer) -> None:
        self._mixer = mixer
        self._running: list[Running[InputSection, Source]] = []

    def __iter__(self) -> Iterator[Supervised[Source]]:
        return (running.supervised for running in self._running)

    async def apply(self, sections: Sequence[InputSection]) -> None:
        """Run the inputs that `sections` describe. A source's updates stay in force as long as
        its address is the same."""
        sections = self._with_same_stdin(sections)
        for present in self._running:
            self._retune(present, sections)
        kept = _take_equal(self._running, sections)
        leaving = [r for r in self._running if r not in kept]
        await stop(leaving)
        mailboxes = {r.section.from_: r.part.mailbox for r in leaving}
        after = []
        for section in sections:
            running = next((r for r in kept if r.section == section), None)
            if running is None:
                mailbox = self._mailbox(section, mailboxes.pop(section.from_, None))
                running = Running.started(section, source_from(section, mailbox))
            after.append(running)
        for mailbox in mailboxes.values():
            mailbox.withdraw()
        self._running = after

    async def stop(self) -> None:
        """Close every input."""
        await stop(self._running)

    def _mailbox(self, section: InputSection, inherited: Mailbox | None) -> Mailbox:
        if inherited is None:
            return mailbox_for(section, self._mixer)
        inherited.retune(priority=section.priority, hold=section.hold_seconds)
        return inherited

    def _retune(
        self, running: Running[InputSection, Source], sections: Sequence[InputSection]
    ) -> None:
        """Apply the changes that do not need the input to be reopened."""
        for section in sections:
            if section != running.section and _rest(section) == _rest(running.section):
                running.part.mailbox.retune(priority=section.priority, hold=section.hold_seconds)
                running.section = section

    def _with_same_stdin(self, sections: Sequence[InputSection]) -> Sequence[InputSection]:
        """The sections without a change to stdin: its reader cannot be started or stopped later."""
        if not self._running:
            return sections
        now = [r.section for r in self._running if _needs_restart(r.section)]
        wanted = [section for section in sections if _needs_restart(section)]
        if bool(now) == bool(wanted):
            return sections
        log.warning("inputs: adding or removing stdin needs a restart; it stays as it is")
        return [*now, *(section for section in sections if section not in wanted)]


def _rest(section: InputSection) -> dict[str, Any]:
    """The settings of an input that need it to be reopened when they change."""
    at_once = {s for s in type(section).model_fields if section.on_reload(s) is OnReload.AT_ONCE}
    return section.model_dump(exclude=at_once)


def _needs_restart(section: InputSection) -> bool:
    """Whether the input can only be added or removed by a restart."""
    return section.on_reload("from_") is OnReload.RESTART


def _take_equal(running: Iterable[Running[S, P]], sections: Sequence[S]) -> list[Running[S, P]]:
    """Those of `running` that `sections` describe, one for each section. A failed part is not
    kept, so that it is started again."""
    wanted = list(sections)
    taken = []
    for candidate in running:
        if candidate.section in wanted and candidate.supervised.state is not State.FAILED:
            wanted.remove(candidate.section)
            taken.append(candidate)
    return taken


async def _settled(supervised: Sequence[Supervised[Any]]) -> None:
    """Wait for parts to open, for at most `SETTLING_TIMEOUT`."""
    waiting = [asyncio.ensure_future(part.settled.wait()) for part in supervised]
    if waiting:
        await asyncio.wait(waiting, timeout=SETTLING_TIMEOUT)
    await end(waiting, 0)


async def stop(running: Iterable[Running[Any, Any]]) -> None:
    """Close parts, all at once. Closing a closed part does nothing."""
    await end([r.task for r in running], STOPPING_TIMEOUT)
