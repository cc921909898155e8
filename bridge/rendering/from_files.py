"""What the files among a configuration's inputs say, ready to be rendered."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bridge.config.inputs import FileSection
from bridge.config.settings import Settings
from bridge.frames.clock import Tick
from bridge.frames.from_settings import mixer_arguments
from bridge.frames.virtual import VirtualRun
from bridge.recording.contents import Contents, read_file, read_recording
from bridge.recording.events import Event, TimedEnd, TimedUpdate, skipped_in_words
from bridge.rendering.render import RenderError
from protocols.face import Face


@dataclass
class Said:
    """All updates in the order of their times, and remarks for people."""

    updates: list[TimedUpdate] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def updates_in(settings: Settings) -> Said:
    """The updates of each file. With one file their times are those of the file; several files
    start together at 0.

    Raises:
        RenderError: no input is a file, or one has no updates.
        FileError: a file cannot be read.
    """
    files = [section for section in settings.inputs if isinstance(section, FileSection)]
    if not files:
        raise RenderError(
            "inputs: expected a file, as in `from: file:table.csv`; only files can be rendered"
        )
    said = Said(
        remarks=[
            f"{section.name}: skipped; only files are rendered"
            for section in settings.inputs
            if not isinstance(section, FileSection)
        ]
    )
    for section in files:
        contents = read_file(section)
        said.remarks += skipped_in_words(contents.skipped, section.path)
        said.updates += _updates(section, contents, together=len(files) > 1)
    said.updates.sort(key=lambda timed: timed.time)
    return said


def _updates(section: FileSection, contents: Contents, *, together: bool) -> Iterator[TimedUpdate]:
    if not contents.updates:
        raise RenderError(
            f"{section.path}: the file has only faces; expected updates to make faces of"
        )
    start = contents.updates[0].time
    for timed in contents.updates:
        hold = min(timed.default_hold, section.hold_seconds)
        time = (timed.time - start) / section.speed + (0.0 if together else start)
        priority = timed.priority or section.priority
        yield timed._replace(time=time, default_hold=hold, priority=priority)


def recorded_run(settings: Settings) -> list[Event]:
    """Everything in the one recording among the inputs, for `again`.

    Raises:
        RenderError: there is no file, more than one, or no frame in it.
        FileError: the file cannot be read.
    """
    files = [section for section in settings.inputs if isinstance(section, FileSection)]
    if len(files) != 1:
        raise RenderError("inputs: expected one recording, as in `from: file:show.jsonl.gz`")
    found = read_recording(files[0].path)
    if not found.faces:
        raise RenderError(f"{files[0].path}: the file has no frames")
    return found.events


def again(settings: Settings, events: Iterable[Event]) -> Iterator[tuple[Tick, Mapping[str, Face]]]:
    """A recorded run once more, at its own ticks. With the settings that it had, and a `face.seed`,
    every face is the same to 1e-6.

    Raises:
        CheckpointError: the model cannot be read.
    """
    run = VirtualRun(settings, shown=mixer_arguments(settings)["shown"])
    frame, start = -1, None
    for event in events:
        if isinstance(event, TimedUpdate):
            run.post(
                *(event.update, event.time, event.source, event.priority),
                hold=event.default_hold,
            )
        elif isinstance(event, TimedEnd):
            run.let_end(event.hold, event.time, event.source, event.priority)
        elif event.frame != frame:
            frame = event.frame
            start = event.time if start is None else start
            tick = Tick(frame, event.time, event.time - start, event.wall, 0.0)
            yield tick, run.advance(tick)
