"""The inputs and outputs of a running bridge: started, kept and stopped as the settings say."""

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
"""Seconds that the first frame, or a change, waits for outputs to open."""

S = TypeVar("S", InputSection, OutputSection)
P = TypeVar("P", Source, Output)


@dataclass
class Running(Generic[S, P]):
    """One input or output at work."""

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
    """The outputs at work. Those whose settings stay the same are left alone by a change."""

    def __init__(self, handed_over: Callable[[Sequence[Output]], object]) -> None:
        """`handed_over` is told whom to give the frames to, whenever that changes."""
        self._handed_over = handed_over
        self._running: list[Running[OutputSection, Output]] = []
        self._fps = 0.0

    def __iter__(self) -> Iterator[Supervised[Output]]:
        return (running.supervised for running in self._running)

    async def apply(self, sections: Sequence[OutputSection], fps: float) -> None:
        """Run the outputs that `sections` describe, in a bridge that makes `fps` frames a second.

        The new ones are open, or have had their chance, before they get a frame; then the old
        ones are closed. Only what can be had once (a port, a name at a broker) is given up first.
        """
        # One that ended by itself, told no by a user perhaps, is tried again as well.
        kept = _take_equal(
            [r for r in self._running if r.supervised.state is not State.ENDED],
            sections if fps == self._fps else (),
        )
        given_up = [r for r in self._running if r not in kept]
        await stop([r for r in given_up if r.section.given_up_first])
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
        await stop(given_up)

    async def stop(self) -> None:
        """Close every output."""
        await stop(self._running)


class Inputs:
    """The inputs at work. Those whose settings stay the same are left alone by a change."""

    def __init__(self, mixer: Mixer) -> None:
        self._mixer = mixer
        self._running: list[Running[InputSection, Source]] = []

    def __iter__(self) -> Iterator[Supervised[Source]]:
        return (running.supervised for running in self._running)

    async def apply(self, sections: Sequence[InputSection]) -> None:
        """Run the inputs that `sections` describe. What a source said stays said while its
        address does."""
        sections = self._with_same_stdin(sections)
        for present in self._running:
            self._retune(present, sections)
        kept = _take_equal(self._running, sections)
        given_up = [r for r in self._running if r not in kept]
        await stop(given_up)
        mailboxes = {r.section.from_: r.part.mailbox for r in given_up}
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
        """Change what can be changed without opening the input anew."""
        for section in sections:
            if section != running.section and _rest(section) == _rest(running.section):
                running.part.mailbox.retune(priority=section.priority, hold=section.hold_seconds)
                running.section = section

    def _with_same_stdin(self, sections: Sequence[InputSection]) -> Sequence[InputSection]:
        """Standard input is read from the start or never: its reader cannot be called back."""
        if not self._running:
            return sections
        now = [r.section for r in self._running if _needs_restart(r.section)]
        wanted = [section for section in sections if _needs_restart(section)]
        if bool(now) == bool(wanted):
            return sections
        log.warning("inputs: standard input is added or given up by a restart only")
        return [*now, *(section for section in sections if section not in wanted)]


def _rest(section: InputSection) -> dict[str, Any]:
    """The settings of an input that do not change without opening it anew."""
    at_once = {s for s in type(section).model_fields if section.on_reload(s) is OnReload.AT_ONCE}
    return section.model_dump(exclude=at_once)


def _needs_restart(section: InputSection) -> bool:
    """Whether the input is opened at the start or never."""
    return section.on_reload("from_") is OnReload.RESTART


def _take_equal(running: Iterable[Running[S, P]], sections: Sequence[S]) -> list[Running[S, P]]:
    """Those of `running` that `sections` ask for, each for one section. What has failed is not
    kept, but tried again."""
    wanted = list(sections)
    taken = []
    for candidate in running:
        if candidate.section in wanted and candidate.supervised.state is not State.FAILED:
            wanted.remove(candidate.section)
            taken.append(candidate)
    return taken


async def _settled(supervised: Sequence[Supervised[Any]]) -> None:
    """Let parts open, but wait for none that takes long."""
    waiting = [asyncio.ensure_future(part.settled.wait()) for part in supervised]
    if waiting:
        await asyncio.wait(waiting, timeout=SETTLING_TIMEOUT)
    await end(waiting, 0)


async def stop(running: Iterable[Running[Any, Any]]) -> None:
    """Close parts, all at once; closing a closed one again does nothing."""
    await end([r.task for r in running], STOPPING_TIMEOUT)
