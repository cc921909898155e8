"""Faces received from a real broker."""

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiomqtt
import numpy as np
import pytest

from bridge.receiving import mqtt
from bridge.supervision.supervised import Unavailable
from protocols.face import DecodeError, Face, Received
from protocols.facepayload import BinaryFaceEncoder, JsonFaceEncoder
from tests.bridge.brokers import client

Until = Callable[[Callable[[], object]], Awaitable[None]]


class Listener:
    """`affect-bridge listen` on a thread, for so many frames."""

    def __init__(self, address: str, frames: int) -> None:
        self.frames: list[tuple[str, Received]] = []
        self.doubts: list[tuple[str, str]] = []
        self.ready = threading.Event()
        self.failure: Exception | None = None
        self._address, self._wanted = address, frames
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def hear(self, sender: str, frame: Received) -> bool:
        self.frames.append((sender, frame))
        return len(self.frames) < self._wanted

    def doubt(self, sender: str, problem: DecodeError) -> None:
        self.doubts.append((sender, str(problem)))

    def _run(self) -> None:
        try:
            settings = mqtt.subscription(self._address)
            mqtt.receive(settings, self.hear, self.doubt, self.ready.set)
        except Unavailable as problem:
            self.failure = problem


@pytest.fixture
async def listen(
    broker: Any, until: Until
) -> AsyncIterator[Callable[[str, int], Awaitable[Listener]]]:
    listeners: list[Listener] = []

    async def start(topic: str, frames: int) -> Listener:
        address = f"mqtt://127.0.0.1:{broker.port}{topic}?version={broker.version}"
        listeners.append(Listener(address, frames))
        await until(listeners[-1].ready.is_set)
        return listeners[-1]

    yield start
    await broker.stop()  # ends those that still wait
    for listener in listeners:
        await asyncio.to_thread(listener.thread.join)


@pytest.fixture
async def publish(broker: Any) -> AsyncIterator[Callable[..., Awaitable[None]]]:
    async with client(broker) as stranger:

        async def say(topic: str, payload: Any) -> None:
            await stranger.publish(topic, bytes(payload), qos=1)

        yield say


FACE = Face(np.full(52, 0.5, np.float32), frame=7)


async def test_both_payloads_are_heard_and_the_subject_is_the_stream_in_the_topic(
    listen: Any, publish: Any, until: Until
) -> None:
    listener = await listen("/affect/+/blendshapes", 2)
    await publish("affect/bob/blendshapes", JsonFaceEncoder("somebody").encode(FACE)[0])
    await publish("affect/あ/blendshapes", BinaryFaceEncoder().encode(FACE)[0])
    await until(lambda: not listener.thread.is_alive())
    (first_sender, first), (second_sender, second) = listener.frames
    assert (first_sender, first.about["subject"]) == ("affect/bob/blendshapes", "bob")
    assert (second_sender, second.about["subject"]) == ("affect/あ/blendshapes", "あ")
    assert first.about["frame"] == second.about["frame"] == 7
    assert first.weights == second.weights
    assert listener.failure is None


async def test_without_a_topic_every_stream_is_heard(
    listen: Any, publish: Any, until: Until
) -> None:
    listener = await listen("", 1)
    await publish("affect/bob/blendshapes", BinaryFaceEncoder().encode(FACE)[0])
    await until(lambda: not listener.thread.is_alive())
    assert listener.frames[0][1].about["subject"] == "bob"


async def test_what_is_no_face_is_doubted_and_the_next_one_heard(
    listen: Any, publish: Any, until: Until
) -> None:
    listener = await listen("/#", 1)
    await publish("affect/main/set", b"happiness 1")
    await publish("affect/main/gone", b"")  # how a retained message is deleted
    await publish("the/face", BinaryFaceEncoder().encode(FACE)[0])
    await until(lambda: not listener.thread.is_alive())
    [(sender, problem)] = listener.doubts
    assert sender == "affect/main/set"
    assert "expected a face" in problem
    assert listener.frames[0][1].about["subject"] == "the/face"


async def test_the_end_of_the_broker_is_told(listen: Any, broker: Any, until: Until) -> None:
    listener = await listen("", 1)
    await broker.stop()
    await until(lambda: not listener.thread.is_alive())
    assert f"no connection to the broker at 127.0.0.1:{broker.port}" in str(listener.failure)


async def test_listening_is_announced_to_nobody(broker: Any, listen: Any, publish: Any) -> None:
    async with client(broker) as watcher:
        await watcher.subscribe("#", qos=1)
        await listen("/affect/+/blendshapes", 1)
        await publish("affect/main/blendshapes", BinaryFaceEncoder().encode(FACE)[0])
        message: aiomqtt.Message = await asyncio.wait_for(anext(aiter(watcher.messages)), 5)
    assert message.topic.value == "affect/main/blendshapes"


def test_several_may_listen_at_once_and_none_drops_a_bridge() -> None:
    ids = {mqtt.subscription("mqtt://h").client_id for _ in range(20)}
    assert len(ids) == 20
    assert all(own.startswith("affect-bridge-listen-") for own in ids)
    assert mqtt.subscription("mqtt://h?client_id=me").client_id == "me"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("mqtt://me:hunter2@h", "use password_env or password_file"),
        ("mqtt://h/a+b", "must each be a whole level of the topic"),
        ("mqtt://h?vresion=5", "vresion: unknown setting"),
        ("mqtt://h?version=4", "version: expected 'auto', '5' or '3.1.1'"),
        ("mqtt://h?tls_ca=/no/such/file", "starts with mqtts://"),
        ("mqtt:h", "expected a host and port"),
    ],
)
def test_an_address_that_cannot_be_listened_to_is_refused_with_the_reason(
    address: str, expected: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(expected)) as refused:
        mqtt.subscription(address)
    assert "hunter2" not in str(refused.value)


def test_a_file_in_the_home_directory_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for home in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(home, str(tmp_path))
    assert mqtt.subscription("mqtts://h?tls_ca=~/ca.pem").tls_ca == tmp_path / "ca.pem"
