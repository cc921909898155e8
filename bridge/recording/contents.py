"""What is in a file, whichever of the three kinds it is."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from bridge.config.inputs import FileSection
from bridge.recording import format as recording
from bridge.recording import live_link_csv
from bridge.recording.events import Event, Skipped, TimedFace, TimedUpdate
from bridge.recording.table import read_table
from bridge.recording.text_file import MOST_EVENTS, FileError, open_text, whole_lines

_MOST_SKIPPED = 100_000


@dataclass
class Contents:
    """The events of a file in their order."""

    events: list[Event] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def updates(self) -> list[TimedUpdate]:
        return [event for event in self.events if isinstance(event, TimedUpdate)]

    @property
    def faces(self) -> list[TimedFace]:
        return [event for event in self.events if isinstance(event, TimedFace)]


def read_file(section: FileSection) -> Contents:
    """Read the file of an input as a whole. Of a recording it has the faces if the input shows them
    as recorded, else the updates.

    Raises:
        FileError: it cannot be read, or holds nothing that can be used.
    """
    path = section.path
    with open_text(path) as file:
        first = file.readline(1 << 16)
    if not first.strip():
        raise FileError(f"{path}: the file is empty")
    if first.lstrip("\ufeff ").startswith("{"):
        wanted = Wanted.FACES if section.as_recorded else Wanted.UPDATES
        found = read_recording(path, wanted)
        if not found.events:
            raise FileError(f"{path}: the recording has no {wanted.value}")
        return found
    if live_link_csv.is_header(first):
        faces, skipped = live_link_csv.read_take(path, section.stream, section.frame_rate)
        return Contents(list(faces), skipped)
    table = read_table(path, section, stream=section.stream)
    return Contents(list(table.updates), table.skipped)


class Wanted(Enum):
    """Which lines of a recording are read."""

    UPDATES = "updates"
    FACES = "faces"
    ALL = "updates and faces"


def read_recording(path: Path, wanted: Wanted = Wanted.ALL) -> Contents:
    """Read one of our recordings, to its last whole line.

    Raises:
        FileError: it is no recording.
    """
    found = Contents()
    for line, event in _events(path, wanted):
        if isinstance(event, str):
            found.skipped.append(Skipped(line, event))
        else:
            if len(found.events) >= MOST_EVENTS:
                raise FileError(f"{path}:{line}: more than {MOST_EVENTS} updates or faces")
            found.events.append(event)
    return found


def _events(path: Path, wanted: Wanted) -> Iterator[tuple[int, Event | str]]:
    """The line and the event of each line, or why the line cannot be used."""
    skipped = 0
    with open_text(path) as file:
        for number, line in whole_lines(file):
            if number == 1 and not recording.is_header(line):
                raise FileError(f"{path}:1: not a recording of affect-bridge")
            kind = Wanted.FACES if recording.is_face(line) else Wanted.UPDATES
            if number > 1 and wanted is not Wanted.ALL and wanted is not kind:
                continue
            try:
                event = recording.read_line(line)
            except recording.FormatError as problem:
                if number == 1 or skipped >= _MOST_SKIPPED:
                    raise FileError(f"{path}:{number}: {problem}") from None
                skipped += 1
                yield number, str(problem)
            else:
                if event is not None:
                    yield number, event
