from bridge.emotion.mixer import Mixer
from bridge.frames.clock import FrameClock
from bridge.frames.interpolation import Immediate
from bridge.frames.loop import FrameLoop
from bridge.frames.pipeline import Pipeline
from bridge.health.condition import Condition
from bridge.health.vitals import Vitals


def test_a_report_says_what_is_wrong_without_a_health_port(engine):
    mixer, clock = Mixer(), FrameClock(60)
    pipeline = Pipeline(mixer, Immediate(), engine)
    frames = FrameLoop(clock, pipeline, [], lambda: None)
    condition = Condition(Vitals(mixer, pipeline, clock, frames, [], []))
    clock.start -= 3
    condition.look()
    told = condition.report()
    assert told["healthy"] is False
    assert any("no frame was sent for 3" in reason for reason in told["reasons"])
