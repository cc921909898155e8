"""Standard output as a real pipe."""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import NamedTuple, TextIO

import pytest

from bridge.inputs.stdout import MOST_WAITING, Stdout

Until = Callable[[Callable[[], object]], Awaitable[None]]

MUCH = b"x" * (1 << 20)
"""More than a pipe holds."""


class Pipe(NamedTuple):
    """A pipe whose writing end is standard output."""

    file: TextIO
    reading: int


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    ours, theirs = os.pipe()
    with os.fdopen(theirs, "w") as stdout:
        yield Pipe(stdout, ours)
    with contextlib.suppress(OSError):  # the test has closed it
        os.close(ours)


def read_all(descriptor: int) -> bytes:
    return b"".join(iter(lambda: os.read(descriptor, 65536), b""))


def waiting(call: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    return thread


def test_bytes_pass_as_they_are_and_the_end_is_seen_although_the_program_goes_on(
    pipe: Pipe,
) -> None:
    stdout = Stdout("stdin:chat", pipe.file)
    stdout.write(b"one\r\n")
    stdout.write(b"\xff\0two")
    stdout.finish()
    assert read_all(pipe.reading) == b"one\r\n\xff\0two"
    assert os.fstat(pipe.file.fileno())  # its number is not free for the next file


def test_a_pipe_that_is_not_read_holds_up_neither_writing_nor_anything_but_the_reader(
    pipe: Pipe,
) -> None:
    stdout = Stdout("stdin:chat", pipe.file)
    began = time.perf_counter()
    stdout.write(MUCH)
    assert time.perf_counter() - began < 0.5
    reader = waiting(stdout.wait_for_room)
    reader.join(0.1)
    assert reader.is_alive()
    received = b""
    while len(received) < len(MUCH):
        received += os.read(pipe.reading, 65536)
    reader.join(5)
    assert not reader.is_alive()
    assert received == MUCH


def test_a_little_text_waits_for_nobody(pipe: Pipe) -> None:
    stdout = Stdout("stdin:chat", pipe.file)
    stdout.write(b"x" * MOST_WAITING)
    reader = waiting(stdout.wait_for_room)
    reader.join(5)
    assert not reader.is_alive()


def test_a_pipe_that_another_program_made_non_blocking_loses_nothing(pipe: Pipe) -> None:
    os.set_blocking(pipe.file.fileno(), False)
    stdout = Stdout("stdin:chat", pipe.file)
    stdout.write(MUCH)
    finishing = waiting(stdout.finish)
    assert read_all(pipe.reading) == MUCH
    finishing.join(5)
    assert not finishing.is_alive()


async def test_a_reader_that_has_gone_is_logged_once_and_nobody_waits_for_it(
    pipe: Pipe, caplog: pytest.LogCaptureFixture, until: Until
) -> None:
    caplog.set_level(logging.INFO, "bridge")
    os.close(pipe.reading)
    stdout = Stdout("stdin:chat", pipe.file)
    for _ in range(3):
        stdout.write(MUCH)
        stdout.wait_for_room()
    stdout.finish()
    [line] = [record.getMessage() for record in caplog.records]
    assert line.startswith("stdin:chat: cannot write to stdout (")
    assert line.endswith("; the text is no longer passed on; the face continues")


def test_the_number_of_a_closed_file_is_not_written_to_when_another_file_has_it(
    pipe: Pipe, caplog: pytest.LogCaptureFixture
) -> None:
    stdout = Stdout("stdin:chat", pipe.file)
    ours, theirs = os.pipe()
    os.dup2(theirs, pipe.file.fileno())
    os.close(theirs)
    stdout.write(b"x")
    stdout.finish()
    assert "cannot write to stdout (it is not open)" in caplog.text
    os.write(pipe.file.fileno(), b"another's")
    assert os.read(ours, 100) == b"another's"
    os.close(ours)


def test_a_program_without_standard_output_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stdout = Stdout("stdin:chat", None)
    stdout.write(b"x")
    stdout.finish()
    assert "cannot write to stdout (it is not open)" in caplog.text
