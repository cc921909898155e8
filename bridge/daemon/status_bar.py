"""The status line on the last row of a terminal."""

import os
import shutil
from collections.abc import Sequence

from bridge.daemon.status_line import laid_out
from bridge.supervision.writer import Writer

_PATIENCE = 0.1
"""Seconds that the end waits for the terminal to take the last of the status line."""


class StatusBar:
    """Keeps the last row of a terminal for the status line. Everything else scrolls above it.

    Only the writer's thread looks at the terminal, right before it draws.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._rows = 0
        if os.name == "nt":
            os.system("")  # noqa: S605, S607 - turns on escape sequences in Windows' console

    def show(self, segments: Sequence[str]) -> None:
        """Draw the segments of a status line, the most important first, as many as fit."""
        self._writer.draw(lambda: self._drawn(segments))

    def remove(self) -> None:
        """Clear the line and let the whole terminal scroll again. A terminal that holds its output
        is not waited for."""
        self._writer.draw(self._erased)
        self._writer.flush(_PATIENCE)

    def _drawn(self, segments: Sequence[str]) -> str:
        if not self._in_front():
            return ""
        columns, rows = self._size()
        if rows < 2:  # there is no room for anything else
            return ""
        line = laid_out([self._writer.as_written(s) for s in segments], columns - 1)
        text = ""
        if rows != self._rows:
            if self._rows:  # resized: clear the old last row
                text += f"\x1b7\x1b[r\x1b[{min(self._rows, rows)};1H\x1b[2K\x1b8"
            # Make room by one row, then let only the rows above the last one scroll. ESC D is a
            # line feed that the terminal driver does not turn into carriage return + line feed.
            text += f"\x1bD\x1b7\x1b[1;{rows - 1}r\x1b8\x1b[1A"
            self._rows = rows
        return f"{text}\x1b7\x1b[{rows};1H\x1b[2K\x1b[7m{line}\x1b[0m\x1b8"

    def _erased(self) -> str:
        rows, self._rows = self._rows, 0
        return f"\x1b7\x1b[r\x1b[{rows};1H\x1b[2K\x1b8" if rows else ""

    def _in_front(self) -> bool:
        """Whether this process is in the foreground: a background job must not draw."""
        try:
            return os.tcgetpgrp(self._writer.stream.fileno()) == os.getpgrp()
        except (AttributeError, OSError, ValueError):  # Windows, or no terminal at all
            return True

    def _size(self) -> os.terminal_size:
        try:
            size = os.get_terminal_size(self._writer.stream.fileno())
        except (OSError, ValueError):
            return shutil.get_terminal_size()
        # A terminal on a serial line, or one that a program made, may not know its size.
        return size if size.columns and size.lines else os.terminal_size((80, 24))
