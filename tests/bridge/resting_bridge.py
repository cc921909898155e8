"""A bridge at rest, whose counters tests set."""

import time

import pytest

from bridge.config.settings import Settings
from bridge.emotion.mixer import Mixer
from bridge.frames.clock import FrameClock, Tick
from bridge.frames.interpolation import Immediate
from bridge.frames.loop import FrameLoop
from bridge.frames.pipeline import Pipeline
from bridge.health.vitals import RecentFrames, Vitals
from bridge.inputs.from_settings import mailbox_for, source_from
from bridge.outputs.from_settings import output_from
from bridge.supervision.supervised import State, Supervised
from bridge.triggers.from_settings import place_of, receiver_from
from bridge.triggers.trigger import Trigger
from bridge.triggers.triggers import RunningTrigger


class Bridge:
    """The parts of a bridge, none of them running: every one says that it is up, and that the
    latest frame left just now."""

    def __init__(
        self,
        engine,
        inputs=("osc://127.0.0.1:9130", "demo"),
        outputs=("vmc://127.0.0.1:39539", "osc://127.0.0.1:8000"),
        fps=60,
        triggers=(),
    ) -> None:
        settings = Settings.model_validate(
            {
                "inputs": list(inputs),
                "outputs": list(outputs),
                "triggers": list(triggers),
                "fps": fps,
            }
        )
        self.now = time.perf_counter()
        self.mixer = Mixer()
        self.pipeline = Pipeline(self.mixer, Immediate(), engine)
        self.clock = FrameClock(fps)
        self.frames = FrameLoop(self.clock, self.pipeline, [], lambda: None)
        self.inputs = [
            Supervised(source_from(section, mailbox_for(section, self.mixer)))
            for section in settings.inputs
        ]
        self.outputs = [Supervised(output_from(section, fps)) for section in settings.outputs]
        self.triggers = [
            RunningTrigger(
                Trigger(section),
                place_of(section, settings.outputs),
                receiver_from(section, settings.outputs, self.outputs),
            )
            for section in settings.triggers
        ]
        for part in (*self.inputs, *self.outputs):
            part.state = State.UP
        self.frames.latest = self.now
        self.pipeline.advance(Tick(0, 0.0, 0.0))
        self.recent = RecentFrames(self.clock, self.frames, lambda: self.now)

    @property
    def vitals(self) -> Vitals:
        return Vitals(
            self.mixer,
            self.pipeline,
            self.clock,
            self.frames,
            self.inputs,
            self.outputs,
            self.triggers,
        )

    def feel(self, update) -> None:
        """A word from the first input, and the frame that shows it."""
        self.inputs[0].part.mailbox.post(update)
        self.pipeline.advance(Tick(6, 0.1, 0.1))

    def frames_for(self, seconds, each_second) -> None:
        """Let frames leave, with a look at them twice a second."""
        for _ in range(int(seconds * 2)):
            self.now += 0.5
            self.frames.frames += int(each_second / 2)
            self.frames.latest = self.now
            self.recent.look()


@pytest.fixture
def make_bridge(engine):
    """Makes a bridge at rest: `make_bridge(inputs=[…], outputs=[…], fps=60)`."""
    return lambda **told: Bridge(engine, **told)


@pytest.fixture
def bridge(make_bridge):
    return make_bridge()


@pytest.fixture
def part_in():
    """Puts a part into a state for so many seconds before `bridge.now`."""

    def put(bridge, part, state, seconds, problem="") -> None:
        part.state, part.since, part.problem = state, bridge.now - seconds, problem

    return put
