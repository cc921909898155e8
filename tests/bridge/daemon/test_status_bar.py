"""The status line on a terminal's last row."""

import io
import os
import re

import pytest

from bridge.daemon.status_bar import StatusBar
from bridge.supervision.writer import Writer


class Screen:
    """The part of a terminal that the bar uses: save and restore, a scroll region, movement.

    A line feed also returns to the left edge, because the terminal's driver makes `\\n` into
    `\\r\\n` on the way; an index (ESC D) or vertical tab does not.
    """

    SEQUENCE = re.compile(r"\x1b(?:([78])|\[([\d;]*)([A-Za-z]))|(\n|\x0b|\x1bD)|([^\x1b\n\x0b])")

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.height = columns, rows
        self.rows = [""] * rows
        self.row = self.column = 0
        self.region = (0, rows - 1)
        self.saved = (0, 0)

    def feed(self, text: str) -> None:
        assert self.SEQUENCE.sub("", text) == ""
        for save, numbers, final, feed, character in self.SEQUENCE.findall(text):
            if save == "7":
                self.saved = (self.row, self.column)
            elif save == "8":
                self.row, self.column = self.saved
            elif final:
                self.control(final, [int(n) for n in numbers.split(";") if n])
            elif feed:
                self.line_feed()
                self.column = 0 if feed == "\n" else self.column
            else:
                assert self.column < self.columns, "it would wrap"
                self.put(character)

    def control(self, final: str, numbers: list[int]) -> None:
        match final:
            case "r":
                top, bottom = numbers or (1, self.height)
                self.region = (top - 1, bottom - 1)
                self.row = self.column = 0
            case "H":
                self.row, self.column = (n - 1 for n in numbers)
            case "A":
                self.row = max(0, self.row - numbers[0])
            case "K":
                assert numbers == [2]
                self.rows[self.row] = ""
            case "m":
                pass
            case _:
                raise AssertionError(f"an unknown sequence: {final!r}")

    def line_feed(self) -> None:
        top, bottom = self.region
        if self.row == bottom:
            self.rows[top : bottom + 1] = [*self.rows[top + 1 : bottom + 1], ""]
        else:
            self.row = min(self.row + 1, self.height - 1)

    def put(self, character: str) -> None:
        before = self.rows[self.row].ljust(self.column)
        self.rows[self.row] = before[: self.column] + character + before[self.column + 1 :]
        self.column += 1

    def type(self, text: str) -> None:
        """Typed text or log text: its lines begin at the left edge."""
        for n, line in enumerate(text.split("\n")):
            if n:
                self.line_feed()
                self.column = 0
            for character in line:
                self.put(character)


class Terminal(io.StringIO):
    """A stream whose flushed text appears on a screen."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self.screen = screen

    def flush(self) -> None:
        self.screen.feed(self.getvalue())
        self.seek(0)
        self.truncate()


class Bar(StatusBar):
    """A bar that has drawn when `show` returns."""

    def __init__(self, terminal) -> None:
        self._drawing = Writer(terminal)
        super().__init__(self._drawing)

    def show(self, *segments) -> None:
        super().show(segments)
        assert self._drawing.flush(10)


def size(monkeypatch, columns: int, rows: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", str(rows))


@pytest.fixture
def screen(monkeypatch) -> Screen:
    size(monkeypatch, 30, 6)
    return Screen(30, 6)


@pytest.mark.parametrize("lines_before", [0, 2, 5, 9])
def test_the_bar_takes_the_last_row_and_leaves_the_typing_where_it_was(screen, lines_before):
    screen.type("".join(f"line {n}\n" for n in range(lines_before)) + "happin")
    typed_on = min(lines_before, 4)  # the bar has the sixth row
    bar = Bar(Terminal(screen))
    for line in ("neutral 60 fps", "happiness"):
        bar.show(line)
        assert screen.rows[5] == line
        assert screen.rows[typed_on] == "happin"
        assert (screen.row, screen.column) == (typed_on, 6)


def test_what_is_written_later_scrolls_above_the_bar(screen):
    bar = Bar(Terminal(screen))
    bar.show("the bar")
    screen.type("".join(f"line {n}\n" for n in range(20)))
    bar.show("the bar again")
    assert screen.rows == ["line 16", "line 17", "line 18", "line 19", "", "the bar again"]


def test_the_line_is_cut_to_the_width_of_the_terminal(screen):
    Bar(Terminal(screen)).show("x" * 200)
    assert screen.rows[5] == "x" * 28 + "…"


def test_a_terminal_that_does_not_know_its_size_is_taken_for_one_of_80_by_24():
    pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")
    ours, theirs = pty.openpty()  # 0 by 0
    with os.fdopen(theirs, "w") as terminal:
        Bar(terminal).show("neutral", "60.0 fps")
        drawn = os.read(ours, 4096).decode()
    os.close(ours)
    assert "\x1b[24;1H\x1b[2K\x1b[7mneutral | 60.0 fps\x1b[0m" in drawn


def test_what_the_terminal_cannot_show_counts_as_wide_as_it_is_written(screen):
    class OldTerminal(Terminal):
        encoding = "cp1252"

    Bar(OldTerminal(screen)).show("neutral", "夜夜", "é", "夜")
    assert screen.rows[5] == "neutral | \\u591c\\u591c | é"


def test_a_terminal_of_one_row_has_no_bar(monkeypatch):
    size(monkeypatch, 30, 1)
    terminal = io.StringIO()
    Bar(terminal).show("neutral")
    assert terminal.getvalue() == ""


def test_segments_that_do_not_fit_are_left_out(screen):
    bar = Bar(Terminal(screen))
    bar.show("joy 1 from stdin", "60.0 fps", "vmc 60/s")
    assert screen.rows[5] == "joy 1 from stdin | 60.0 fps"


def test_a_shorter_line_leaves_nothing_of_the_longer_one(screen):
    bar = Bar(Terminal(screen))
    bar.show("a long line")
    bar.show("short")
    assert screen.rows[5] == "short"


def test_after_it_is_removed_the_whole_terminal_scrolls_again(screen):
    screen.type("happin")
    bar = Bar(Terminal(screen))
    bar.show("the bar")
    bar.remove()
    assert screen.rows[5] == ""
    assert screen.region == (0, 5)
    assert (screen.row, screen.column) == (0, 6)


def test_a_bar_that_was_never_shown_leaves_no_trace():
    terminal = io.StringIO()
    bar = Bar(terminal)
    bar.remove()
    assert terminal.getvalue() == ""


def test_removing_twice_writes_once(screen):
    terminal = io.StringIO()
    bar = Bar(terminal)
    bar.show("the bar")
    bar.remove()
    written = terminal.getvalue()
    bar.remove()
    assert terminal.getvalue() == written


def test_the_region_is_set_once_and_again_when_the_terminal_is_resized(screen, monkeypatch):
    terminal = io.StringIO()
    bar = Bar(terminal)
    bar.show("one")
    bar.show("two")
    assert terminal.getvalue().count("\x1b[1;5r") == 1
    size(monkeypatch, 30, 9)
    bar.show("three")
    assert terminal.getvalue().count("\x1b[1;8r") == 1
    assert terminal.getvalue().endswith("\x1b[9;1H\x1b[2K\x1b[7mthree\x1b[0m\x1b8")


def test_the_bar_measures_the_terminal_it_draws_on_not_another(monkeypatch):
    """Standard output may go to a file while standard error, the bar's, is a terminal."""
    termios = pytest.importorskip("termios", reason="there are no pseudo-terminals here")
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("LINES", raising=False)
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (37, 101))
    with os.fdopen(theirs, "w") as terminal:
        Bar(terminal).show("x" * 200)
        drawn = os.read(ours, 4096).decode()
    os.close(ours)
    assert "\x1b[37;1H" in drawn
    assert drawn.count("x") == 99
