"""The messages of a collection from public trackers, through a pipe and through real brokers."""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable

import pytest

from bridge.config.inputs import MqttSection
from bridge.emotion.mixer import Mixer
from bridge.inputs.mqtt import MqttInput
from bridge.inputs.source import Source
from bridge.inputs.stdin import StdinInput
from tests.bridge.brokers import AnyBroker, client
from tests.cases import Case, said
from tests.cases.meaning import check

Start = Callable[[Source], Awaitable["asyncio.Task[None]"]]
Until = Callable[[Callable[[], object]], Awaitable[None]]

A_MOMENT = 0.06
"""Seconds after which a label is a message of its own."""


async def say_all(
    source: Source, mixer: Mixer, until: Until, say: Callable[[str], Awaitable[None]]
) -> None:
    """Say each message, and look at the feeling or at the refusal after it."""
    for case in said():
        await asyncio.sleep(A_MOMENT)
        updates, refused = source.mailbox.updates, source.complaints.refused
        await say(case.sent)
        await until(
            lambda before=updates + refused: (
                source.mailbox.updates + source.complaints.refused > before
            )
        )
        was_refused = source.complaints.refused > refused
        assert was_refused == bool(case.refused), case.sent
        if not was_refused:
            mixer.settle(time.perf_counter())
            check_goal(mixer, case)


def check_goal(mixer: Mixer, case: Case) -> None:
    [goal] = [goal for goal in mixer.goals if goal.stream == case.stream]
    check(goal.parts, case)


def test_the_collection_has_26_messages_of_which_4_mean_nothing() -> None:
    assert len(said()) == 26
    assert len([case for case in said() if case.refused]) == 4


async def test_what_people_really_say_is_understood_on_standard_input(
    mixer: Mixer, start: Start, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = StdinInput("stdin", mixer.mailbox("stdin"))
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin, os.fdopen(writing, "wb", buffering=0) as pipe:
        monkeypatch.setattr(sys, "stdin", stdin)
        running = await start(source)

        async def say(text: str) -> None:
            pipe.write(text.encode() + b"\n")

        await say_all(source, mixer, until, say)
        pipe.close()
        await running


async def test_what_people_really_say_is_understood_by_mqtt(
    broker: AnyBroker, mixer: Mixer, start: Start, until: Until
) -> None:
    section = MqttSection.model_validate(
        {"from": f"mqtt://127.0.0.1:{broker.port}/affect/+/set", "version": broker.version}
    )
    source = MqttInput("mqtt", mixer.mailbox("mqtt"), section)
    await start(source)
    async with client(broker) as stranger:

        async def say(text: str) -> None:
            await stranger.publish("affect/main/set", text, qos=1)

        await say_all(source, mixer, until, say)
