"""Starts, keeps and stops the inputs and outputs of a running bridge as the settings say."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bridge.config.inputs import AnySource
from bridge.config.output_section import OutputSection
from bridge.config.recording import RecordSection
from bridge.config.section import OnReload
from bridge.emotion.mixer import Mixer
from bridge.face.overlay import OverlayFaces
from bridge.inputs.from_settings import mailbox_for, source_from
from bridge.inputs.source import Source
from bridge.inputs.views import Views
from bridge.outputs.from_settings import output_from
from bridge.outputs.output import Output
from bridge.supervision.ending import end
from bridge.supervision.running import Change, Running, stop
from bridge.supervision.supervised import State, Supervised

log = logging.getLogger(__name__)

SETTLING_TIMEOUT = 0.5
"""Seconds that the first frame, or a reload, waits for outputs to open."""

AnySent = OutputSection | RecordSection
_RunningOutput = Running[AnySent, Output]
_RunningInput = Running[AnySource, Source]

_STARTED_AGAIN = frozenset({State.FAILED, State.STOPPED})
"""A reload starts these parts again, although their settings are equal."""


class Outputs:
    """The running outputs. A reload does not touch those whose settings are equal."""

    def __init__(
        self, handed_over: Callable[[Sequence[Output]], object], mixer: Mixer | None = None
    ) -> None:
        """Have no outputs yet.

        Args:
            handed_over: called with the outputs that get the frames, whenever they change.
            mixer: where updates come in, for a recording of them.
        """
        self._mixer = mixer
        self._handed_over = handed_over
        self._running: list[_RunningOutput] = []
        """Every output that runs, also in the middle of a change."""
        self._fps = 0.0

    def __iter__(self) -> Iterator[Supervised[Output]]:
        return (running.supervised for running in self._running)

    def prepare(self, sections: Sequence[AnySent], fps: float) -> Change:
        """Make the outputs that `sections` describe, for a bridge with `fps` frames a second.

        The change opens new outputs (it waits up to `SETTLING_TIMEOUT`), then gives them frames,
        then closes old ones. An old output that holds something exclusive (a port, a client id)
        closes before that.
        """
        # An output that ended by itself (a user refused it, for example) is started again too.
        again = _STARTED_AGAIN | {State.ENDED}
        kept = [r for r in self._running if r.state not in again] if fps == self._fps else []
        wanted = [
            _take(kept, section) or Running(section, output_from(section, fps, self._mixer))
            for section in sections
        ]
        fresh = [running for running in wanted if running not in self._running]

        async def change() -> None:
            leaving = [running for running in self._running if running not in wanted]
            await stop(r for r in leaving if r.section.given_up_first)
            self._running, self._fps = [*wanted, *leaving], fps
            for running in fresh:
                running.start()
                if running.section.caution:
                    log.info("%s: %s", running.section.name, running.section.caution)
            await _settled([running.supervised for running in wanted])
            self._handed_over([running.part for running in wanted])
            await stop(leaving)
            self._running = wanted

        return change

    async def stop(self) -> None:
        """Close every output."""
        await stop(self._running)


class Inputs:
    """The running inputs. A reload does not touch those whose settings are equal."""

    def __init__(
        self, mixer: Mixer, overlays: OverlayFaces | None = None, views: Views | None = None
    ) -> None:
        """`overlays`: where inputs put the faces of other programs. `views`: what visitors see."""
        self._mixer, self._overlays, self._views = mixer, overlays, views
        self._running: list[_RunningInput] = []

    def __iter__(self) -> Iterator[Supervised[Source]]:
        return (running.supervised for running in self._running)

    def prepare(self, sections: Sequence[AnySource]) -> Change:
        """Make the inputs that `sections` describe. A source's updates stay in force as long as
        its address is the same."""
        sections = self._with_same_stdin(sections)
        left = [running for running in self._running if running.state not in _STARTED_AGAIN]
        kept: list[_RunningInput | None] = [_take(left, section) for section in sections]
        for number, section in enumerate(sections):  # equal ones first, then the nearly equal
            kept[number] = kept[number] or _take_retunable(left, section)
        leaving = [running for running in self._running if running not in kept]
        mailboxes = {running.section.from_: running.part.mailbox for running in leaving}
        wanted = []
        for running, section in zip(kept, sections, strict=True):
            if running is None:
                mailbox = mailboxes.pop(section.from_, None) or mailbox_for(section, self._mixer)
                source = source_from(section, mailbox, self._overlays, self._views)
                running = Running(section, source)  # noqa: PLW2901
            wanted.append(running)

        async def change() -> None:
            await stop(leaving)
            for running, section in zip(wanted, sections, strict=True):
                running.section = section
                running.part.mailbox.retune(priority=section.priority, hold=section.hold_seconds)
                running.part.change(section)
                running.start()
            for mailbox in mailboxes.values():
                mailbox.withdraw()
            self._running = wanted

        return change

    async def stop(self) -> None:
        """Close every input."""
        await stop(self._running)

    def _with_same_stdin(self, sections: Sequence[AnySource]) -> Sequence[AnySource]:
        """The sections without a change to stdin: its reader cannot be started, stopped or replaced
        later."""
        if not self._running:
            return sections
        now = [r.section for r in self._running if _needs_restart(r.section)]
        wanted = [section for section in sections if _needs_restart(section)]
        if [section.name for section in now] == [section.name for section in wanted]:
            return sections
        log.warning("inputs: adding, removing or changing stdin needs a restart; it stays as it is")
        return [*now, *(section for section in sections if section not in wanted)]


def _take(running: list[Any], section: object) -> Any:
    """Remove the first with equal settings, and return it; None if there is none."""
    found = next((r for r in running if r.section == section), None)
    if found is not None:
        running.remove(found)
    return found


def _take_retunable(running: list[_RunningInput], section: AnySource) -> _RunningInput | None:
    """Remove the first that differs only in settings that change without reopening it, and return
    it; None if there is none."""
    found = next((r for r in running if _rest(r.section) == _rest(section)), None)
    if found is not None:
        running.remove(found)
    return found


def _rest(section: AnySource) -> dict[str, Any]:
    """The settings of an input that need it to be reopened when they change."""
    at_once = {s for s in type(section).model_fields if section.on_reload(s) is OnReload.AT_ONCE}
    return section.model_dump(exclude=at_once)


def _needs_restart(section: AnySource) -> bool:
    """Whether the input can only be added or removed by a restart."""
    return section.on_reload("from_") is OnReload.RESTART


async def _settled(supervised: Sequence[Supervised[Any]]) -> None:
    """Wait for parts to open, for at most `SETTLING_TIMEOUT`."""
    waiting = [asyncio.ensure_future(part.settled.wait()) for part in supervised]
    if waiting:
        await asyncio.wait(waiting, timeout=SETTLING_TIMEOUT)
    await end(waiting, 0)
