"""What visitors see of a running bridge."""

import asyncio

import numpy as np
import pytest
import yaml

from bridge.config.settings import Settings
from bridge.daemon.visible import Visible
from bridge.emotion.mixer import Mixer
from bridge.emotion.update import named_update
from bridge.frames.clock import FrameClock
from bridge.frames.interpolation import Immediate
from bridge.frames.loop import FrameLoop
from bridge.frames.pipeline import Pipeline
from bridge.inputs.views import NoViews


@pytest.fixture
def running(engine):
    mixer = Mixer()
    pipeline = Pipeline(mixer, Immediate(), engine)
    frames = FrameLoop(FrameClock(60), pipeline, [], lambda: None)
    frames.start()
    yield mixer, pipeline, frames
    frames.finish()


async def test_a_look_shows_what_was_posted_before_it(running):
    mixer, pipeline, frames = running
    visible = Visible(mixer, pipeline, lambda: frames)
    mailbox = mixer.mailbox("me")
    for step in range(20):
        mailbox.post(named_update("joy", step / 20))
        look = await asyncio.wait_for(visible.look(["main", "nobody"]), 5)
        felt = np.frombuffer(look.feelings, np.float32).reshape(-1, 3)
        assert felt[0] == pytest.approx(named_update("joy", step / 20).target, abs=1e-6)
        assert visible.state("main").label == f"joy {step / 20:g}"
        assert list(look.faces) == ["main"]


async def test_a_bridge_that_has_stopped_shows_nothing(running):
    mixer, pipeline, _ = running
    for views in (Visible(mixer, pipeline, lambda: None), NoViews()):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(views.look([]), 0.1)
        assert views.state("nobody").source == ""


def test_who_has_gone_meanwhile_does_not_stop_the_frames(running):
    """The event loop may end between the question and the frame."""
    mixer, pipeline, frames = running

    async def ask_and_go():
        asking = asyncio.ensure_future(Visible(mixer, pipeline, lambda: frames).look([]))
        await asyncio.sleep(0)
        asking.cancel()

    for _ in range(20):
        asyncio.run(ask_and_go())
    number = frames.frames
    while frames.frames < number + 3:
        assert frames.failure is None


def test_a_change_of_a_control_is_put_in_force_and_told():
    in_force = [Settings.model_validate({})]
    visible = Visible(
        *(Mixer(), None, lambda: None), settings=lambda: in_force[-1], adjust=in_force.append
    )
    told = visible.controls({"gaze": True})
    assert in_force[-1].face.gaze is True
    assert yaml.safe_load(told["yaml"]) == {"face": {"gaze": True}}
    refused = visible.controls({"gaze": 3})
    assert refused["error"].startswith("gaze")
    assert len(in_force) == 2
    assert "gaze: true" in visible.settings()
