import io
import os
import re
from types import SimpleNamespace

import pytest

from bridge.daemon import status_line as status_module
from bridge.daemon.status_line import StatusBar, StatusReport
from bridge.emotion.mixer import Mixer
from bridge.emotion.update import named_update, point_update
from bridge.frames.clock import FrameClock, Tick
from bridge.frames.interpolation import Immediate
from bridge.frames.loop import FrameLoop
from bridge.frames.pipeline import Pipeline
from bridge.outputs.udp import UdpOutput
from bridge.supervision.supervised import State, Supervised
from bridge.supervision.writer import Writer


class Part:
    def __init__(self, name: str) -> None:
        self.name = name

    async def run(self, up) -> None:
        raise NotImplementedError


class Bridge:
    """The parts a status report reads, at rest; tests set their counters."""

    def __init__(self, engine, inputs=("stdin",), outputs=("vmc 127.0.0.1:39539",)) -> None:
        self.mixer = Mixer()
        self.pipeline = Pipeline(self.mixer, Immediate(), engine)
        self.frames = FrameLoop(FrameClock(60), self.pipeline, [], lambda: None)
        self.inputs = [Supervised(Part(name)) for name in inputs]
        self.outputs = [
            Supervised(UdpOutput(name, "127.0.0.1", 1, stream="main", every=1, encoder_for=None))
            for name in outputs
        ]
        for supervised in (*self.inputs, *self.outputs):
            supervised.state = State.UP
        self.pipeline.advance(Tick(0, 0.0, 0.0))

    def report(self) -> StatusReport:
        return StatusReport(self.mixer, self.pipeline, self.frames, self.inputs, self.outputs)

    def feel(self, *updates) -> None:
        for update in updates:
            self.mixer.mailbox("test").post(update)
        self.pipeline.advance(Tick(6, 0.1, 0.1))


@pytest.fixture
def time(monkeypatch):
    """The status report's own clock, which tests move."""
    time = SimpleNamespace(seconds=100.0)
    clock = SimpleNamespace(monotonic=lambda: time.seconds)
    monkeypatch.setattr(status_module, "time", clock)
    return time


# --- the line


def test_the_line_shows_the_emotion_s_name_and_point(engine):
    bridge = Bridge(engine)
    bridge.feel(named_update("happiness", 0.5))
    line = bridge.report().line()
    assert "happiness 0.5" in line
    assert "+0.40 +0.30 +0.25" in line


def test_a_feeling_without_a_name_is_shown_once(engine):
    bridge = Bridge(engine)
    bridge.feel(point_update(-0.1, 0.2, 0.3))
    assert bridge.report().line().count("-0.10 +0.20 +0.30") == 1


def test_before_the_first_update_the_line_says_neutral(engine):
    line = Bridge(engine).report().line()
    assert "neutral" in line
    assert "+0.00 +0.00 +0.00" in line


def test_the_main_stream_is_shown_and_the_others_counted(engine):
    bridge = Bridge(engine)
    bridge.feel(
        named_update("fear"), named_update("joy", stream="a"), named_update("joy", stream="b")
    )
    line = bridge.report().line()
    assert "fear 1" in line
    assert "+2 more" in line


def test_frames_a_second_are_counted_since_the_last_line(engine, time):
    bridge = Bridge(engine)
    bridge.frames.frames = 1000
    report = bridge.report()
    report.line()
    time.seconds += 2.0
    bridge.frames.frames += 119
    assert "59.5 fps" in report.line()
    time.seconds += 1.0
    assert "0.0 fps" in report.line()


def test_the_worst_lateness_since_the_last_line_is_shown_in_milliseconds(engine, time):
    bridge = Bridge(engine)
    report = bridge.report()
    bridge.frames.worst_lateness = 0.0123
    assert "12.3 ms" in report.line()
    assert "12.3 ms" not in report.line()


def test_each_output_shows_its_frames_per_second(engine, time):
    bridge = Bridge(engine, outputs=["vmc 127.0.0.1:39539", "livelink 127.0.0.1:11111"])
    report = bridge.report()
    vmc, livelink = [supervised.part for supervised in bridge.outputs]
    for frames, expected in [(0, ("120", "60")), (240, ("240", "0"))]:
        time.seconds += 1.0
        vmc.frames += frames or 120
        livelink.frames += 0 if frames else 60
        line = report.line()
        assert re.search(rf"vmc.* {expected[0]}/s.*livelink.* {expected[1]}/s", line)


def test_an_output_that_nobody_receives_says_so(engine):
    bridge = Bridge(engine)
    output = bridge.outputs[0].part
    report = bridge.report()
    assert "nobody listens" not in report.line()
    output.trouble = "nobody listens"
    assert "nobody listens" in report.line()


@pytest.mark.parametrize(
    ("state", "words"),
    [(State.STARTING, "starting"), (State.WAITING, "waiting to retry")],
)
def test_an_output_that_is_not_up_shows_its_state_instead_of_a_rate(engine, state, words):
    bridge = Bridge(engine)
    (supervised,) = bridge.outputs
    supervised.state = state
    line = bridge.report().line()
    assert f"vmc {words}" in line
    assert "/s" not in line


def test_each_input_shows_its_state(engine):
    bridge = Bridge(engine, inputs=["stdin", "osc 127.0.0.1:9130", "mqtt broker:1883"])
    for supervised, state in zip(
        bridge.inputs, (State.ENDED, State.UP, State.WAITING), strict=True
    ):
        supervised.state = state
    line = bridge.report().line()
    for words in ("stdin ended", "osc up", "mqtt waiting to retry"):
        assert words in line


def test_two_outputs_of_one_kind_are_shown_with_their_addresses(engine):
    bridge = Bridge(engine, outputs=["vmc 127.0.0.1:39539", "vmc 10.0.0.2:39539", "osc [::1]:1"])
    line = bridge.report().line()
    assert "vmc 127.0.0.1:39539 " in line
    assert "vmc 10.0.0.2:39539 " in line
    assert "osc 0" in line


def test_the_line_is_one_line(engine):
    bridge = Bridge(engine)
    bridge.feel(named_update("happiness+surprise"))
    assert bridge.report().line().isprintable()


# --- the bar


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

    def show(self, line) -> None:
        super().show(line)
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
    assert screen.rows[5] == "x" * 29


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
    assert drawn.count("x") == 100
