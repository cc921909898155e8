"""Writing to pipes and terminals that take everything, nothing, or are gone."""

import errno
import io
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from bridge.supervision import writer as writer_module
from bridge.supervision.writer import Writer

PATIENCE = 10.0


class Pipe:
    """A pipe whose writing end is a stream."""

    def __init__(self) -> None:
        self.reading, writing = os.pipe()
        self.stream = os.fdopen(writing, "w", encoding="utf-8")
        self.writer = Writer(self.stream)

    def fill(self) -> int:
        """Fill the pipe, so that the next write to it blocks. Returns how many bytes it took."""
        descriptor = self.stream.fileno()
        os.set_blocking(descriptor, False)
        size = 0
        try:
            while True:
                size += os.write(descriptor, b"#" * 512)
        except BlockingIOError:
            os.set_blocking(descriptor, True)
        return size

    def read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            data += os.read(self.reading, size - len(data))
        return data

    def close(self) -> None:
        os.close(self.reading)  # a write that waits fails now
        assert self.writer.flush(PATIENCE)
        self.stream.close()


@pytest.fixture
def pipe():
    made = Pipe()
    yield made
    made.close()


def test_texts_are_written_in_order(pipe):
    writer = pipe.writer
    for number in range(100):
        writer.write(f"line {number}\n")
    assert writer.flush(PATIENCE)
    assert os.read(pipe.reading, 65536).decode().splitlines() == [f"line {n}" for n in range(100)]


def test_a_stream_that_is_no_file_is_written_to():
    stream = io.StringIO()
    writer = Writer(stream)
    writer.write("a line\n")
    assert writer.flush(PATIENCE)
    assert stream.getvalue() == "a line\n"


def test_a_stream_that_takes_nothing_blocks_nobody(pipe):
    pipe.fill()
    writer = pipe.writer
    began = time.monotonic()
    for number in range(10_000):
        writer.write(f"line {number}\n")
    assert not writer.flush(0.1)
    assert time.monotonic() - began < 2.0


def test_when_the_queue_is_full_the_oldest_are_dropped_and_counted(pipe, monkeypatch):
    monkeypatch.setattr(writer_module, "MOST_WAITING", 10)
    size = pipe.fill()
    writer = pipe.writer
    writer.write("first\n")  # the thread takes it, and waits
    while writer._waiting:
        time.sleep(0.001)
    for number in range(100):
        writer.write(f"line {number}\n")
    pipe.read(size)
    assert writer.flush(PATIENCE)
    lines = os.read(pipe.reading, 65536).decode().splitlines()
    assert lines == ["first", "90 log lines were dropped", *(f"line {n}" for n in range(90, 100))]


def test_what_waits_is_written_once_the_stream_takes_it_again(pipe):
    size = pipe.fill()
    writer = pipe.writer
    writer.write("späte Zeile\n")
    pipe.read(size)
    assert writer.flush(PATIENCE)
    assert os.read(pipe.reading, 100).decode() == "späte Zeile\n"


def test_a_stream_that_another_program_made_non_blocking_loses_nothing(pipe):
    size = pipe.fill()
    os.set_blocking(pipe.stream.fileno(), False)  # as node does with a terminal that it shares
    writer = pipe.writer
    writer.write("x" * 100_000)
    time.sleep(0.1)
    pipe.read(size)
    assert pipe.read(100_000) == b"x" * 100_000


def test_a_stream_that_fails_is_no_end():
    class Terminal(io.StringIO):
        gone = True

        def write(self, text):
            if self.gone:
                raise OSError(errno.EIO, "Input/output error")
            return super().write(text)

    terminal = Terminal()
    writer = Writer(terminal)
    writer.write("nobody sees this\n")
    assert writer.flush(PATIENCE)
    terminal.gone = False
    writer.write("back\n")
    assert writer.flush(PATIENCE)
    assert terminal.getvalue() == "back\n"


def test_only_the_latest_drawing_is_drawn_and_after_the_texts(pipe):
    size = pipe.fill()
    writer = pipe.writer
    writer.write("first\n")
    while writer._waiting:
        time.sleep(0.001)
    threads = []
    for number in range(3):
        writer.draw(lambda n=number: threads.append(threading.current_thread()) or f"drawing {n}")
    writer.write("second\n")
    pipe.read(size)
    assert writer.flush(PATIENCE)
    assert os.read(pipe.reading, 100) == b"first\nsecond\ndrawing 2"
    assert [thread.name for thread in threads] == ["writer"]


def test_a_drawing_that_fails_is_logged_once_and_stops_no_line():
    stream = io.StringIO()
    writer = Writer(stream)
    for _ in range(3):
        writer.draw(lambda: str(1 / 0))
        assert writer.flush(PATIENCE)
    writer.write("a line\n")
    assert writer.flush(PATIENCE)
    problem, line = stream.getvalue().splitlines()
    assert "ZeroDivisionError" in problem
    assert line == "a line"


def test_what_the_encoding_cannot_say_is_escaped():
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="cp1252") as stream:
        writer = Writer(stream)
        writer.write("é 夜\n")
        assert writer.flush(PATIENCE)
        assert os.read(reading, 100) == b"\xe9 \\u591c\n"
    os.close(reading)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_a_signal_handler_may_write_and_flush_in_the_middle_of_a_write(pipe):
    writer = pipe.writer
    stop = threading.Event()
    before = signal.signal(
        signal.SIGALRM, lambda *_: writer.write("from the handler\n") or writer.flush(0.01)
    )
    reader = threading.Thread(target=_drain, args=(pipe.reading, stop), daemon=True)
    reader.start()
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    try:
        ends = time.monotonic() + 0.5
        while time.monotonic() < ends:
            writer.write("from the program\n")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert writer.flush(PATIENCE)
    stop.set()
    writer.write("the last\n")
    reader.join(PATIENCE)


def _drain(descriptor: int, stop: threading.Event) -> None:
    while not stop.is_set():
        os.read(descriptor, 65536)


def test_a_program_ends_while_its_standard_error_takes_nothing():
    """Python itself waits at its end for whoever is writing to the buffer of standard error."""
    program = (
        "import sys, time\n"
        "from bridge.supervision.writer import Writer\n"
        "writer = Writer(sys.stderr)\n"
        "for _ in range(500): writer.write('x' * 1000 + '\\n')\n"
        "print(writer.flush(0.1))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.wait(PATIENCE) == 0
        assert process.stdout.read().split() == [b"False"]
    finally:
        process.kill()
        process.communicate()
