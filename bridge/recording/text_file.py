"""Text files as other programs leave them: packed by gzip or not, cut short, in any encoding."""

import codecs
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31  # zlib's number for a stream with gzip's header
_CHUNK = 1 << 16
_LONGEST_LINE = 1 << 20
"""Characters. A line of a recording has about a thousand."""
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class FileError(ValueError):
    """A file that cannot be read. The message has its path, and the line where there is one."""


def open_text(path: Path) -> TextIO:
    """Open a file for reading. A packed file that is cut short ends where its bytes end.

    Raises:
        FileError: there is no such file, or it cannot be opened.
    """
    try:
        file: BinaryIO = path.open("rb")
    except OSError as problem:
        raise FileError(f"{path}: {(problem.strerror or str(problem)).lower()}") from None
    start = file.read(3)
    file.seek(0)
    if start[:2] == _GZIP:
        file = io.BufferedReader(_Unpacked(file, path), _CHUNK)
        start = file.peek(3)[:3]
    encoding = next((e for mark, e in _MARKS.items() if start.startswith(mark)), "utf-8")
    return io.TextIOWrapper(file, encoding, errors="replace", newline="")


MOST_EVENTS = 5_000_000
"""Rows, updates or faces of one file: a day of one face at 60 frames a second."""


def bounded_lines(file: TextIO, path: Path) -> Iterator[str]:
    """The lines of a file, with their ends.

    Raises:
        FileError: a line is too long to be of any of our files.
    """
    while line := file.readline(_LONGEST_LINE):
        if len(line) >= _LONGEST_LINE:
            raise FileError(f"{path}: a line is longer than {_LONGEST_LINE} characters")
        yield line


def whole_lines(file: TextIO) -> Iterator[tuple[int, str]]:
    """The number and the text of each line that has an end: a program that was killed while it
    wrote leaves half a line."""
    number = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        if not line.endswith("\n"):
            return
        if text := line.strip():
            yield number, text


class _Unpacked(io.RawIOBase):
    """The bytes in a gzip file, up to where it is cut or damaged."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file, self.name = file, str(path)
        self._zlib = zlib.decompressobj(_GZIP_WINDOW)
        self._packed = b""

    def readable(self) -> bool:
        return True

    def readinto(self, into: bytearray | memoryview) -> int:  # type: ignore[override]
        while True:
            if not self._packed:
                self._packed = self._file.read(_CHUNK)
            if not self._packed:
                return 0
            if self._zlib.eof:  # one part has ended, another follows
                self._zlib = zlib.decompressobj(_GZIP_WINDOW)
            try:
                data = self._zlib.decompress(self._packed, len(into))
            except zlib.error:
                return 0
            self._packed = self._zlib.unconsumed_tail or self._zlib.unused_data
            if data:
                into[: len(data)] = data
                return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()
