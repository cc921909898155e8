"""A researcher's table: a line for each feeling, with its time. CSV with commas, semicolons or
tabs; the first line names the columns."""

import csv
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.config.table import TableSettings
from bridge.emotion.objects import ObjectReader
from bridge.emotion.points import NEUTRAL, Vad
from bridge.emotion.streams import MAIN_STREAM
from bridge.emotion.update import UpdateError
from bridge.recording.events import Skipped, TimedUpdate
from bridge.recording.text_file import MOST_EVENTS, FileError, bounded_lines, open_text
from bridge.recording.times import ReadTime, TimeError, time_reader

if TYPE_CHECKING:
    from _csv import Reader as _Reader

USUAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "time": (
        *("time", "t", "timestamp", "seconds", "sec", "s", "time_s", "onset", "time_ms", "ms"),
        *("timestamp_ms", "milliseconds", "datetime", "date", "frame", "frame_number"),
    ),
    "valence": ("valence", "v", "val", "pleasure"),
    "arousal": ("arousal", "a", "aro", "activation"),
    "dominance": ("dominance", "d", "dom", "control"),
    "emotion": ("emotion", "label"),
    "intensity": ("intensity", "score"),
    "stream": ("stream",),
}
"""What a column may be, and the names by which it is known when no setting names it."""

PLAIN = TableSettings.model_validate({})
"""Usual names of columns, and numbers from -1 to 1."""

_MOST_SKIPPED = 100_000
_EMPTY = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "."})


@dataclass
class Table:
    """The rows of a table in the order of their times."""

    updates: list[TimedUpdate] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def read_table(path: Path, settings: TableSettings = PLAIN, *, stream: str = MAIN_STREAM) -> Table:
    """Read a table. A row without a feeling or with one that cannot be is skipped.

    Args:
        stream: the stream of a row that names none.

    Raises:
        FileError: the file cannot be read, a column is missing, or no row can be used.
    """
    with open_text(path) as file:
        sample = file.readline(1 << 16)
        rows = csv.reader(bounded_lines(file, path), delimiter=_delimiter(sample))
        header = next(csv.reader([sample], delimiter=_delimiter(sample)), [])
        columns = _columns(path, [name.strip() for name in header], settings.columns)
        try:
            table = _Rows(path, columns, settings, stream).read(rows, 1)
        except csv.Error as problem:
            raise FileError(f"{path}:{rows.line_num + 1}: {problem}") from None
    if not table.updates:
        why = "; ".join(f"line {line}: {why}" for line, why in table.skipped[:1])
        raise FileError(f"{path}: no row has a feeling" + (f"; {why}" if why else ""))
    table.updates.sort(key=lambda timed: timed.time)
    return table


class _Rows:
    """Reads the rows after the header."""

    def __init__(
        self,
        path: Path,
        columns: Mapping[str, tuple[int, str]],
        settings: TableSettings,
        stream: str,
    ) -> None:
        self._path, self._columns, self._settings = path, columns, settings
        self._stream = stream
        self._reader = ObjectReader(settings.scales)
        self._last: dict[str, Vad] = {}
        self._read_time: ReadTime | None = None
        self._needed = {name: place for name, (place, _) in columns.items() if name != "time"}

    def read(self, rows: "_Reader", header_line: int) -> Table:
        table = Table()
        for row in rows:
            line = header_line + rows.line_num
            if not any(cell.strip() for cell in row):
                continue
            try:
                table.updates.append(self._row(row))
            except (UpdateError, TimeError) as problem:
                if len(table.skipped) >= _MOST_SKIPPED:
                    raise FileError(
                        f"{self._path}:{line}: more than {_MOST_SKIPPED} lines cannot be used"
                    ) from None
                table.skipped.append(Skipped(line, str(problem)))
            if len(table.updates) > MOST_EVENTS:
                raise FileError(f"{self._path}:{line}: more than {MOST_EVENTS} rows")
        return table

    def _row(self, row: Sequence[str]) -> TimedUpdate:
        place, column = self._columns["time"]
        cell = row[place] if place < len(row) else ""
        if cell.strip().casefold() in _EMPTY:
            raise TimeError("it has no time")
        if self._read_time is None:
            try:
                self._read_time = time_reader(
                    self._settings.time, column, cell, self._settings.frame_rate
                )
            except TimeError as problem:
                raise FileError(f"{self._path}: {problem}") from None
        time = self._read_time(cell)
        said = {
            name: row[place].strip()
            for name, place in self._needed.items()
            if place < len(row) and row[place].strip().casefold() not in _EMPTY
        }
        missing = [axis for axis in ("valence", "arousal") if axis in self._needed]
        if "emotion" not in said and (lacking := [axis for axis in missing if axis not in said]):
            raise UpdateError(f"it has no {' and no '.join(lacking)}")
        if "emotion" not in said and not missing:
            raise UpdateError("it has no emotion")
        message = self._reader.read(said, self._stream)
        update = message.update(self._last.get(message.stream, NEUTRAL), self._settings.dominance)
        self._last[message.stream] = update.target
        return TimedUpdate(time, update, self._path.name, " ".join(said.values()))


def _delimiter(header: str) -> str:
    return max("\t;,", key=header.count)


def _columns(
    path: Path, header: Sequence[str], named: Mapping[str, str]
) -> dict[str, tuple[int, str]]:
    """For each thing that the table says: the place and the name of its column.

    Raises:
        FileError: a column that is needed, or that a setting names, is not there.
    """
    places = {name.casefold(): place for place, name in reversed(list(enumerate(header)))}
    found: dict[str, tuple[int, str]] = {}
    for what, names in USUAL_NAMES.items():
        given = named.get(what)
        wanted = names if given is None else (given.strip(),)
        for name in wanted:
            if (place := places.get(name.casefold())) is not None:
                found[what] = (place, header[place])
                break
        else:
            if given is not None:
                raise FileError(f"{path}:1: no column {given!r}{_near(given, header)}")
    if "time" not in found:
        raise FileError(f"{path}:1: no column with times; {_expected(header, 'time')}")
    if not ({"valence", "arousal"} <= found.keys() or "emotion" in found):
        lacking = "valence" if "valence" not in found else "arousal"
        raise FileError(f"{path}:1: no column with {lacking}; {_expected(header, lacking)}")
    return found


def _near(given: str, header: Sequence[str]) -> str:
    near = difflib.get_close_matches(given.casefold(), [h.casefold() for h in header], n=1)
    if near:
        name = next(h for h in header if h.casefold() == near[0])
        return f"; did you mean {name!r}?"
    return f"; the file has {_listed(header)}"


def _expected(header: Sequence[str], what: str) -> str:
    return f"the file has {_listed(header)}; name it, as in `columns: {{{what}: …}}`"


def _listed(header: Sequence[str]) -> str:
    shown = ", ".join(name[:30] for name in header[:12])
    return shown + (", …" if len(header) > 12 else "")
