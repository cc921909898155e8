"""A file that is written at its end only, packed or not, and bounded in size.

It is flushed so that what a killed program leaves can be read to its last whole line.
"""

import contextlib
import os
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zlib import _Compress

_FAST = 1
"""zlib's level: a face takes some 5 µs, and the file is a third larger than at the default."""
_GZIP_WINDOW = 31
_WORTH_KEEPING = 65536  # bytes
_PRIVATE = 0o600
"""A recording has what people wrote."""


class RotatingFile:
    """Text lines into a file. Used by one thread."""

    def __init__(self, path: Path, suffix: str, most_bytes: float, keep: int, header: str) -> None:
        """Open a new file; one that exists gets the name of an earlier one.

        Args:
            suffix: the end of the name that earlier ones have too; packed if it ends in .gz.
            most_bytes: the size at which the next file begins.
            keep: how many earlier files are kept.
            header: the first line of each file.

        Raises:
            OSError: the file cannot be created.
        """
        self._path, self._suffix, self._most_bytes, self._keep = path, suffix, most_bytes, keep
        self._header = header
        self.bytes = 0
        """Written so far, to all files."""
        self._size = 0
        self._descriptor = -1
        self._zlib: _Compress | None = None
        self._open()

    def write(self, text: str) -> None:
        """Write whole lines.

        Raises:
            OSError: the disk is full, for example.
        """
        self._put(text.encode("utf-8", "replace"))
        if self._size >= self._most_bytes:
            self.close()
            self._open()

    def flush(self) -> None:
        """Hand everything to the system, in a state that can be read."""
        if self._zlib is not None:
            self._raw(self._zlib.flush(zlib.Z_SYNC_FLUSH))

    def close(self) -> None:
        """Close the file. It is closed even if this raises.

        Raises:
            OSError: the last bytes could not be written.
        """
        try:
            if self._zlib is not None:
                self._raw(self._zlib.flush(zlib.Z_FINISH))
        finally:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)

    def give_up(self) -> None:
        """Close the file after an error. It is deleted if it has hardly anything: while a disk is
        full, new attempts must not push out the earlier files."""
        self._zlib = None
        with contextlib.suppress(OSError):
            self.close()
        if self._size < _WORTH_KEEPING:
            with contextlib.suppress(OSError):
                self._path.unlink()

    def _open(self) -> None:
        self._make_room()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._descriptor = os.open(self._path, flags, _PRIVATE)
        self._size = 0
        packed = self._suffix.endswith(".gz")
        self._zlib = zlib.compressobj(_FAST, zlib.DEFLATED, _GZIP_WINDOW) if packed else None
        try:
            self._put(f"{self._header}\n".encode())
            self.flush()
        except OSError:
            self.give_up()
            raise

    def _make_room(self) -> None:
        """Rename what is there: the latest of the earlier files has the number 1."""
        if not self._path.exists():
            return
        self._earlier(self._keep).unlink(missing_ok=True)
        for number in range(self._keep - 1, -1, -1):
            if self._earlier(number).exists():
                self._earlier(number).replace(self._earlier(number + 1))

    def _earlier(self, number: int) -> Path:
        stem = self._path.name[: -len(self._suffix)]
        return self._path.with_name(f"{stem}.{number}{self._suffix}") if number else self._path

    def _put(self, data: bytes) -> None:
        self._raw(data if self._zlib is None else self._zlib.compress(data))

    def _raw(self, data: bytes) -> None:
        while data:
            written = os.write(self._descriptor, data)
            self._size += written
            self.bytes += written
            data = data[written:]
