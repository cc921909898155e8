import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

from bridge.emotion.mixer import Mixer
from bridge.emotion.update import named_update
from bridge.frames.clock import FrameClock
from bridge.frames.interpolation import Immediate
from bridge.frames.loop import FrameLoop
from bridge.frames.pipeline import Pipeline

FPS = 120


class Sent(NamedTuple):
    frame: int
    now: float
    last: bool
    weights: dict[str, np.ndarray]
    seconds: float


class Recorder:
    """An output that keeps a copy of all it was given."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []

    def send(self, faces, frame, now, *, last=False) -> None:
        weights = {stream: face.weights.copy() for stream, face in faces.items()}
        seconds = max((face.seconds for face in faces.values()), default=0.0)
        self.sent.append(Sent(frame, now, last, weights, seconds))


class Broken(Recorder):
    def send(self, faces, frame, now, *, last=False) -> None:
        raise RuntimeError("broken on purpose")


class Loop:
    """A frame loop on the real clock, with its mixer and what it is watched by."""

    def __init__(self, engine, outputs) -> None:
        self.mixer = Mixer()
        self.pipeline = Pipeline(self.mixer, Immediate(), engine)
        self.ended = threading.Event()
        self.frames = FrameLoop(FrameClock(FPS), self.pipeline, outputs, self.ended.set)

    def end(self) -> None:
        self.frames.finish()
        assert self.ended.wait(10.0)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10.0
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)


@pytest.fixture
def output() -> Recorder:
    return Recorder()


@pytest.fixture
def loop(engine, output) -> Loop:
    return Loop(engine, [output])


def test_every_frame_reaches_every_output_in_order(engine):
    outputs = [Recorder(), Recorder()]
    loop = Loop(engine, outputs)
    loop.frames.start()
    wait_until(lambda: loop.frames.frames > 20)
    loop.end()
    assert loop.frames.failure is None
    for output in outputs:
        *frames, last = output.sent
        assert [sent.frame for sent in frames] == sorted({sent.frame for sent in frames})
        assert not any(sent.last for sent in frames)
        assert last.last
        assert len(frames) == loop.frames.frames


def test_a_frames_time_is_that_of_its_number_and_never_earlier(loop, output):
    loop.frames.start()
    wait_until(lambda: loop.frames.frames > 20)
    running = output.sent[:20]
    loop.end()
    for sent in running:
        assert sent.frame / FPS <= sent.seconds + 1e-9


def test_every_output_gets_the_moment_at_which_the_frame_began(engine):
    outputs = [Recorder(), Recorder()]
    loop = Loop(engine, outputs)
    loop.frames.start()
    wait_until(lambda: loop.frames.frames > 5)
    loop.end()
    start = loop.frames._clock.start
    for sent, other in zip(*(output.sent for output in outputs), strict=True):
        assert sent.now == other.now
        assert sent.now - start == pytest.approx(sent.seconds)


def test_it_ends_with_exactly_the_neutral_face_after_easing_there(loop, output):
    loop.mixer.mailbox("test").post(named_update("happiness"))
    loop.mixer.mailbox("test").post(named_update("anger", stream="bob"))
    loop.frames.start()
    wait_until(lambda: loop.frames.frames > 3)
    shown = {stream: face.weights.copy() for stream, face in loop.pipeline.faces.items()}
    loop.end()
    for stream in ("main", "bob"):
        assert shown[stream].max() > 0.4
        assert output.sent[-1].weights[stream].tolist() == [0.0] * 52
        # What came before was near neutral already, and came there by small steps.
        assert output.sent[-2].weights[stream].max() < 0.1
    assert output.sent[-1].last


def test_what_is_said_after_the_wish_to_stop_is_not_shown(loop, output):
    loop.frames.start()
    wait_until(lambda: loop.frames.frames > 3)
    loop.frames.finish()
    box = loop.mixer.mailbox("test")
    while not loop.ended.wait(0.02):
        box.post(named_update("happiness"))
    assert output.sent[-2].weights["main"].max() < 0.1
    assert output.sent[-1].weights["main"].tolist() == [0.0] * 52


def test_finishing_before_the_first_frame_is_no_failure(loop):
    loop.frames.finish()
    loop.frames.start()
    assert loop.ended.wait(10.0)
    assert loop.frames.failure is None


def test_finishing_twice_is_finishing_once(loop, output):
    loop.frames.start()
    wait_until(lambda: loop.frames.frames > 3)
    loop.frames.finish()
    loop.end()
    assert [sent.last for sent in output.sent].count(True) == 1


def test_a_failure_is_kept_and_the_end_is_told(engine):
    loop = Loop(engine, [Recorder(), Broken()])
    loop.frames.start()
    assert loop.ended.wait(10.0)
    assert str(loop.frames.failure) == "broken on purpose"


def test_the_worst_lateness_is_kept_until_somebody_sets_it_to_zero(engine):
    class Slow(Recorder):
        def send(self, faces, frame, now, *, last=False) -> None:
            if not self.sent:
                time.sleep(0.05)  # six frames
            super().send(faces, frame, now, last=last)

    loop = Loop(engine, [Slow()])
    loop.frames.start()
    wait_until(lambda: loop.frames.frames > 10)
    worst = loop.frames.worst_lateness
    loop.end()
    assert worst >= 0.05 - 1 / FPS - 1e-3


def test_a_slow_rate_stops_without_waiting_for_its_next_frame(engine, output):
    ended = threading.Event()
    clock = FrameClock(1 / 60)  # one frame a minute
    frames = FrameLoop(clock, Pipeline(Mixer(), Immediate(), engine), [output], ended.set)
    frames.start()
    wait_until(lambda: frames.frames == 1)
    frames.finish()
    assert ended.wait(10.0)
    assert output.sent[-1].weights["main"].tolist() == [0.0] * 52


def test_a_change_is_made_on_the_frame_thread_before_its_next_frame(loop, output):
    where, frames_then = [], []

    def change() -> None:
        where.append(threading.current_thread().name)
        frames_then.append(len(output.sent))

    loop.frames.start()
    wait_until(lambda: loop.frames.frames > 3)
    loop.frames.between_frames(change)
    loop.frames.between_frames(change)
    wait_until(lambda: len(where) == 2)
    loop.end()
    assert where == ["frames", "frames"]
    assert frames_then[0] == frames_then[1]


def test_a_look_is_taken_once_a_whole_frame_later_has_been_sent(loop, output):
    """What was posted before it is in it, and it costs no frame its punctuality."""
    looks = []

    def look() -> None:
        looks.append((threading.current_thread().name, loop.frames.frames, len(output.sent)))

    loop.frames.start()
    for _ in range(5):
        wait_until(lambda: loop.frames.frames > 3)
        before, taken = loop.frames.frames, len(looks)
        loop.frames.after_next_frame(look)
        wait_until(lambda taken=taken: len(looks) > taken)
        thread, frames, sent = looks[-1]
        assert (thread, frames) == ("frames", sent)
        assert frames > before
    loop.end()
    assert len(looks) == 5


def test_frames_go_to_whoever_is_named_now(loop, output):
    other = Recorder()
    loop.frames.start()
    wait_until(lambda: loop.frames.frames > 3)
    loop.frames.outputs = [other]
    wait_until(lambda: len(other.sent) > 3)
    gone = len(output.sent)
    loop.end()
    assert len(output.sent) == gone
    assert other.sent[0].frame == output.sent[-1].frame + 1


COARSE_CLOCKS = """
import math, time
now = 1000.0
def sleep(seconds):
    global now
    now += max(1e-6, seconds)
def coarse():
    return math.floor(now / 0.015625) * 0.015625
time.perf_counter, time.sleep = lambda: now, sleep
time.monotonic = time.time = coarse

from bridge.emotion.mixer import Mixer
from bridge.frames.clock import FrameClock
from bridge.frames.interpolation import Immediate
from bridge.frames.loop import FrameLoop
from bridge.frames.pipeline import Pipeline
from bridge.model import checkpoint
from bridge.model.engine import Engine

class Output:
    def send(self, faces, *_, last=False):
        print(now, faces["main"].seconds, faces["main"].timestamp)
        lines.append(1)
        if len(lines) == 200:
            loop.finish()

lines = []
pipeline = Pipeline(Mixer(), Immediate(), Engine(checkpoint.load(checkpoint.BUILTIN)[0]))
loop = FrameLoop(FrameClock({fps}), pipeline, [Output()], ended=lambda: None)
loop._run()
if loop.failure:
    raise loop.failure
"""
"""A frame loop in a program whose clocks are those of Windows before Python 3.13, where
`time.monotonic` and `time.time` advance by 15.6 ms at a time (cpython#88494). Time is virtual: it
passes while the loop sleeps, and only then."""


@pytest.mark.parametrize("fps", [60, 120])
def test_frames_are_even_where_every_clock_but_perf_counter_is_coarse(fps):
    program = COARSE_CLOCKS.replace("{fps}", str(fps))
    ran = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    rows = [[float(number) for number in line.split()] for line in ran.stdout.splitlines()[:200]]
    for column in zip(*rows, strict=True):  # when it was sent, its seconds, its timestamp
        gaps = [after - before for before, after in itertools.pairwise(column)]
        assert gaps == pytest.approx([1 / fps] * 199, abs=1e-4)


def test_the_time_from_an_update_to_its_first_frame_is_counted(loop):
    loop.frames.start()
    wait_until(lambda: loop.frames.frames > 3)
    assert sum(loop.frames.response.counts) == 0
    loop.mixer.mailbox("test").post(named_update("happiness"))
    wait_until(lambda: sum(loop.frames.response.counts) == 1)
    loop.end()
    assert 0.0 < loop.frames.response.sum < 1.0
