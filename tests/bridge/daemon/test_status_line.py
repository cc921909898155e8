"""What the status line says, and in which order."""

import re
from types import SimpleNamespace

import pytest

from bridge.daemon import status_line as status_module
from bridge.daemon.status_line import StatusReport, laid_out
from bridge.emotion.mixer import Mixer
from bridge.emotion.update import named_update, point_update
from bridge.frames.clock import FrameClock, Tick
from bridge.frames.interpolation import Immediate
from bridge.frames.loop import FrameLoop
from bridge.frames.pipeline import Pipeline
from bridge.outputs.udp import UdpOutput
from bridge.supervision.supervised import State, Supervised


class Part:
    def __init__(self, name: str, progress: str = "") -> None:
        self.name, self.progress = name, progress

    async def run(self, up) -> None:
        raise NotImplementedError


class Report(StatusReport):
    """A report as one line, as long as it is."""

    def line(self) -> str:
        return " | ".join(self.segments())


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

    def report(self) -> "Report":
        return Report(self.mixer, self.pipeline, self.frames, self.inputs, self.outputs)

    def feel(self, *updates, source="stdin") -> None:
        for update in updates:
            self.mixer.mailbox(source).post(update)
        self.pipeline.advance(Tick(6, 0.1, 0.1))


@pytest.fixture
def time(monkeypatch):
    """The status report's own clock, which tests move."""
    time = SimpleNamespace(seconds=100.0)
    clock = SimpleNamespace(perf_counter=lambda: time.seconds)
    monkeypatch.setattr(status_module, "time", clock)
    return time


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


def test_how_far_a_file_has_come_stands_after_the_feeling(engine):
    bridge = Bridge(engine)
    bridge.inputs = [Supervised(Part("file show.jsonl", "show.jsonl 0:12 of 3:20 (6 %)"))]
    line = bridge.report().line()
    assert " | show.jsonl 0:12 of 3:20 (6 %) | " in line


def test_the_line_is_one_line(engine):
    bridge = Bridge(engine)
    bridge.feel(named_update("happiness+surprise"))
    assert bridge.report().line().isprintable()


# --- whose feeling, and in which order


def test_the_line_begins_with_whose_feeling_it_is(engine):
    bridge = Bridge(engine, inputs=["stdin", "osc 127.0.0.1:9130"])
    bridge.feel(named_update("joy"), source="osc 127.0.0.1:9130")
    assert bridge.report().line().startswith("joy 1 from osc | ")


def test_when_only_another_stream_has_an_update_it_is_shown_by_its_name(engine):
    bridge = Bridge(engine)
    bridge.feel(named_update("anger", 0.5, stream="alice"))
    assert bridge.report().line().startswith("alice: anger 0.5 from stdin (+1 more streams) | ")


def test_a_part_with_a_problem_comes_before_those_without(engine):
    bridge = Bridge(
        engine, inputs=["stdin", "mqtt b:1883"], outputs=["vmc a:1", "livelink b:2", "osc c:3"]
    )
    bridge.inputs[1].state = State.WAITING
    bridge.outputs[1].part.trouble = "unheard"
    names = [segment.split()[0] for segment in bridge.report().segments()]
    assert names[:7] == ["neutral", "0.0", "livelink", "mqtt", "vmc", "osc", "stdin"]


def test_twice_the_same_output_is_shown_twice(engine):
    bridge = Bridge(engine, outputs=["vmc a:1", "vmc a:1"])
    line = bridge.report().line()
    assert "vmc a:1 0/s" in line
    assert "vmc a:1 (2) 0/s" in line


SEGMENTS = ["joy 1 from stdin", "60.0 fps", "livelink 60/s (unheard)", "vmc 60/s", "stdin up"]


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (200, "joy 1 from stdin | 60.0 fps | livelink 60/s (unheard) | vmc 60/s | stdin up"),
        (66, "joy 1 from stdin | 60.0 fps | livelink 60/s (unheard) | vmc 60/s"),
        (50, "joy 1 from stdin | 60.0 fps | vmc 60/s | stdin up"),
        (27, "joy 1 from stdin | 60.0 fps"),
        (26, "joy 1 from stdin"),
        (9, "joy 1 fr…"),
        (0, ""),
    ],
)
def test_as_much_is_shown_as_fits_and_nothing_is_cut_in_half(width, expected):
    assert laid_out(SEGMENTS, width) == expected


def test_an_ideograph_takes_two_columns():
    assert laid_out(["夜夜夜", "60.0 fps"], 17) == "夜夜夜 | 60.0 fps"
    assert laid_out(["夜夜夜", "60.0 fps"], 16) == "夜夜夜"
