import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bridge.emotion.mixer import Mixer
from bridge.emotion.points import Vad
from bridge.emotion.update import named_update
from bridge.inputs import demo
from bridge.inputs.demo import TOUR, DemoInput
from bridge.inputs.source import Source

Targets = Callable[[], dict[str, Vad]]
Start = Callable[[Source], Awaitable["asyncio.Task[None]"]]
Until = Callable[[Callable[[], object]], Awaitable[None]]


def test_every_stop_of_the_tour_is_a_known_emotion_that_stays_for_a_while() -> None:
    for name, intensity, seconds in TOUR:
        assert named_update(name, intensity).clamped == ""
        assert seconds >= 1


def test_the_tour_visits_all_basic_emotions() -> None:
    shown = {name for name, _, _ in TOUR}
    assert shown >= {
        "neutral",
        "happiness",
        "surprise",
        "sadness",
        "anger",
        "disgust",
        "fear",
        "contempt",
    }


async def test_the_demo_speaks_at_once(
    mixer: Mixer, targets: Targets, start: Start, until: Until
) -> None:
    source = DemoInput("demo", mixer.mailbox("demo"))
    await start(source)
    await until(lambda: any(targets()["main"]))


async def test_the_demo_goes_round_and_round(
    mixer: Mixer,
    start: Start,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(demo, "TOUR", [("fear", 1.0, 0.005), ("neutral", 1.0, 0.005)])
    source = DemoInput("demo", mixer.mailbox("demo"))
    await start(source)
    await until(lambda: source.mailbox.updates >= 6)
