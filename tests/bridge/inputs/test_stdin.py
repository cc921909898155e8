import asyncio
import itertools
import logging
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.mixer import Mixer
from bridge.emotion.points import Vad
from bridge.emotion.reading import LONGEST_JSON
from bridge.inputs import demo
from bridge.inputs.source import Source
from bridge.inputs.stdin import LineSplitter, StdinInput

LONGEST = 8

Targets = Callable[[], dict[str, Vad]]
Start = Callable[[Source], Awaitable["asyncio.Task[None]"]]
Until = Callable[[Callable[[], object]], Awaitable[None]]
Said = Callable[[], list[str]]


@st.composite
def chunked(draw: st.DrawFn, longest_line: int) -> tuple[bytes, list[bytes]]:
    """A text of lines, and the same text in chunks."""
    line = st.lists(st.sampled_from(b"abc "), max_size=longest_line).map(bytes)
    end = st.sampled_from([b"\n", b"\r\n", b"\r"])
    text = b"".join([*draw(st.lists(st.builds(bytes.__add__, line, end), max_size=6)), draw(line)])
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    edges = [0, *cuts, len(text)]
    return text, [text[a:b] for a, b in itertools.pairwise(edges)]


def split(chunks: list[bytes]) -> tuple[list[bytes], int]:
    """The lines that came out, and how many were refused as too long."""
    too_long: list[bytes] = []
    splitter = LineSplitter(LONGEST, too_long.append)
    lines = [line for chunk in chunks for line in splitter.feed(chunk)]
    return [line for line in [*lines, *splitter.feed(b"\n")] if line], len(too_long)


def lines_of(text: bytes) -> list[bytes]:
    return [line for line in re.split(rb"[\r\n]", text) if line]


@given(chunked(longest_line=LONGEST))
def test_however_the_bytes_are_cut_the_lines_are_the_same(case: tuple[bytes, list[bytes]]) -> None:
    text, chunks = case
    assert split(chunks) == (lines_of(text), 0)


@given(chunked(longest_line=3 * LONGEST))
def test_a_line_that_is_too_long_is_left_out_however_the_bytes_are_cut(
    case: tuple[bytes, list[bytes]],
) -> None:
    text, chunks = case
    lines, too_long = split(chunks)
    assert lines == [line for line in lines_of(text) if len(line) <= LONGEST]
    assert too_long == sum(len(line) > LONGEST for line in lines_of(text))


def test_a_line_without_end_takes_no_more_memory_than_the_longest_line() -> None:
    splitter = LineSplitter(LONGEST, lambda start: None)
    for _ in range(1000):
        splitter.feed(b"x" * 100)
        assert len(splitter._rest) <= LONGEST
    assert splitter.feed(b"x\nfear\n") == [b"fear"]


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[BinaryIO]:
    """The writing end of a real pipe whose reading end is standard input."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin, os.fdopen(writing, "wb", buffering=0) as pipe:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield pipe


@pytest.fixture
def stdin(mixer: Mixer) -> StdinInput:
    return StdinInput("stdin", mixer.mailbox("stdin"))


@pytest.mark.parametrize(
    ("line", "stream", "target"),
    [
        (b"0.8 0.6 0.5\n", "main", (0.8, 0.6, 0.5)),
        (b"-0.8,0.6, 0.5\r\n", "main", (-0.8, 0.6, 0.5)),
        (b"happiness 0.5\n", "main", (0.4, 0.3, 0.25)),
        (b"  Happiness+Surprise 1 \n", "main", (0.55, 0.75, 0.35)),
        (b'{"vad": [0.1, 0.2, 0.3], "stream": "bob"}\n', "bob", (0.1, 0.2, 0.3)),
        (b'{"valence": 1, "arousal": 0, "dominance": -1}\n', "main", (1, 0, -1)),
        (b"\xef\xbb\xbf0.1 0.1 0.1\n", "main", (0.1, 0.1, 0.1)),
    ],
)
async def test_a_line_through_a_pipe_is_felt(
    pipe: BinaryIO,
    stdin: StdinInput,
    targets: Targets,
    start: Start,
    until: Until,
    line: bytes,
    stream: str,
    target: tuple[float, ...],
) -> None:
    reading = await start(stdin)
    pipe.write(line)
    await until(lambda: targets().get(stream) == target)
    pipe.close()
    await reading


async def test_a_line_counts_as_soon_as_it_ends_and_not_before(
    pipe: BinaryIO,
    stdin: StdinInput,
    targets: Targets,
    start: Start,
    until: Until,
) -> None:
    reading = await start(stdin)
    pipe.write(b"0.1 0.2 0.3\n0.4 0.")
    await until(lambda: targets()["main"] == (0.1, 0.2, 0.3))
    pipe.write(b"5 0.6\n")
    await until(lambda: targets()["main"] == (0.4, 0.5, 0.6))
    pipe.close()
    await reading


async def test_the_input_ends_with_its_pipe_and_the_last_line_needs_no_end(
    pipe: BinaryIO,
    stdin: StdinInput,
    targets: Targets,
    start: Start,
) -> None:
    reading = await start(stdin)
    pipe.write(b"fear\n0.7 0.7 0.7")
    pipe.close()
    await asyncio.wait_for(reading, 5)
    assert targets()["main"] == (0.7, 0.7, 0.7)


async def test_an_empty_line_is_ignored(
    pipe: BinaryIO, stdin: StdinInput, start: Start, warnings_said: Said
) -> None:
    reading = await start(stdin)
    pipe.write(b"\n  \n\r\n")
    pipe.close()
    await asyncio.wait_for(reading, 5)
    assert warnings_said() == []
    assert stdin.complaints.refused == 0


@pytest.mark.parametrize(
    "nonsense", [b"blah\n", b"\xfe\xfe\x00\n", b"{\n", b"1 2\n", b"x" * (2 * LONGEST_JSON) + b"\n"]
)
async def test_a_line_that_is_no_update_is_refused_and_the_next_one_is_used(
    pipe: BinaryIO,
    stdin: StdinInput,
    targets: Targets,
    start: Start,
    until: Until,
    warnings_said: Said,
    nonsense: bytes,
) -> None:
    reading = await start(stdin)
    pipe.write(nonsense + b"0.2 0.2 0.2\n")
    await until(lambda: targets()["main"] == (0.2, 0.2, 0.2))
    [warning] = warnings_said()
    assert warning.startswith("stdin: refused ")
    assert "Expected a name" in warning
    pipe.close()
    await reading


async def test_a_program_without_standard_input_just_has_nothing_to_read(
    stdin: StdinInput, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    await asyncio.wait_for(stdin.run(lambda: None), 5)


# --- a terminal


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Types a line at a real terminal that is standard input."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield lambda line: os.write(ours, f"{line}\n".encode()) and None
        os.write(ours, b"\x04")  # the end, so that the reader ends too
    os.close(ours)


@pytest.fixture
def answers(caplog: pytest.LogCaptureFixture) -> Said:
    caplog.set_level(logging.INFO, "bridge")
    return lambda: [r.getMessage().removeprefix("stdin: ") for r in caplog.records]


async def test_a_person_is_answered_each_line_at_once(
    stdin: StdinInput, terminal: Callable[[str], None], start: Start, until: Until, answers: Said
) -> None:
    await start(stdin)
    for line in ("joy 0.5", "hapy", "hapy", "sadness"):
        count = len(answers())
        terminal(line)
        await until(lambda count=count: len(answers()) == count + 1)
    joy, *refused, sadness = answers()
    assert joy.startswith("joy 0.5 until you type another")
    assert all('did you mean "happy"' in answer for answer in refused)
    assert len(refused) == 2
    assert sadness == "sadness 1"


async def test_help_says_what_can_be_typed(
    stdin: StdinInput, terminal: Callable[[str], None], start: Start, until: Until, answers: Said
) -> None:
    await start(stdin)
    terminal("?")
    await until(lambda: len(answers()) == 5)
    assert stdin.complaints.refused == 0


async def test_demo_plays_until_something_is_typed(
    stdin: StdinInput,
    terminal: Callable[[str], None],
    start: Start,
    until: Until,
    targets: Targets,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(demo, "TOUR", [("fear", 1.0, 0.005), ("anger", 1.0, 0.005)])
    await start(stdin)
    terminal("demo")
    await until(lambda: stdin.mailbox.updates > 5)
    terminal("0.1 0.2 0.3")
    await until(lambda: targets()["main"] == (0.1, 0.2, 0.3))
    updates = stdin.mailbox.updates
    await asyncio.sleep(0.05)
    assert stdin.mailbox.updates == updates


async def test_quit_does_what_control_c_does(
    stdin: StdinInput,
    terminal: Callable[[str], None],
    start: Start,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interrupted: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: interrupted.append(number))
    try:
        await start(stdin)
        terminal("quit")
        await until(lambda: interrupted == [signal.SIGINT])
    finally:
        signal.signal(signal.SIGINT, before)


async def test_commands_are_no_commands_in_a_pipe(
    pipe: BinaryIO, stdin: StdinInput, start: Start
) -> None:
    reading = await start(stdin)
    pipe.write(b"quit\ndemo\nhelp\n")
    pipe.close()
    await asyncio.wait_for(reading, 5)
    assert stdin.complaints.refused == 3


async def test_the_bytes_of_another_file_are_not_read_after_standard_input_was_closed(
    pipe: BinaryIO, stdin: StdinInput, start: Start
) -> None:
    """The system gives the number of a closed file to the next one."""
    number = sys.stdin.fileno()
    os.set_blocking(number, False)
    reading = await start(stdin)
    await asyncio.sleep(0.1)  # it waits
    ours, theirs = os.pipe()
    os.set_blocking(ours, False)
    os.dup2(ours, number)
    os.write(theirs, b"happiness 1\n")
    await asyncio.wait([reading], timeout=5)
    assert reading.done()
    assert os.read(ours, 100) == b"happiness 1\n"
    os.close(ours)
    os.close(theirs)
