"""Faces over MQTT to real brokers, and to brokers that do not work."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from time import perf_counter
from typing import Any, NamedTuple

import aiomqtt
import numpy as np
import pytest

from bridge.config.settings import Settings
from bridge.outputs import published
from bridge.outputs.from_settings import output_from
from bridge.outputs.mqtt import MqttOutput
from bridge.supervision.supervised import State, Supervised, Unavailable
from protocols.face import Face
from protocols.facepayload import FacePayloadDecoder
from tests.bridge.brokers import SilentBroker, StuckBroker, client

Open = Callable[[Any], Awaitable["asyncio.Task[None]"]]
Until = Callable[[Callable[[], object]], Awaitable[None]]
Said = Callable[[], list[str]]
Supervise = Callable[[MqttOutput], Supervised[MqttOutput]]

USUAL = "affect/{stream}/blendshapes"


def make(broker: Any, topic: str = USUAL, **settings: object) -> MqttOutput:
    """An output to a broker, or to a cable to one."""
    user = f"{settings.pop('user')}@" if "user" in settings else ""
    told = {
        "to": f"mqtt://{user}127.0.0.1:{broker.port}/{topic}",
        "version": getattr(broker, "version", "3.1.1"),
        "client_id": "studio",
        "every": 1,
        **settings,
    }
    output = output_from(Settings.model_validate({"outputs": [told]}).outputs[0], 60)
    assert isinstance(output, MqttOutput)
    return output


def face(frame: int, weight: float = 0.5) -> Face:
    return Face(np.full(52, weight, np.float32), frame=frame, seconds=frame / 60)


class Heard(NamedTuple):
    """One message as a client received it."""

    topic: str
    payload: bytes
    qos: int = 0

    @property
    def frame(self) -> object:
        (read,) = FacePayloadDecoder().feed(self.payload)
        return read.about["frame"]


@pytest.fixture
async def followed(broker: Any) -> AsyncIterator[list[Heard]]:
    """What a follower of everything hears, as it comes."""
    heard: list[Heard] = []

    async def follow(follower: aiomqtt.Client) -> None:
        async for message in follower.messages:
            heard.append(Heard(message.topic.value, bytes(message.payload), message.qos))

    async with client(broker) as follower:
        await follower.subscribe("#", qos=1)
        task = asyncio.create_task(follow(follower))
        yield heard
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def faces_in(heard: list[Heard]) -> list[Heard]:
    return [message for message in heard if not message.topic.endswith("/status")]


async def test_a_face_is_published_as_json(
    broker: Any, open_output: Open, followed: list[Heard], until: Until
) -> None:
    output = make(broker)
    await open_output(output)
    output.send({"main": face(7)}, 7, perf_counter())
    await until(lambda: faces_in(followed))
    (message,) = faces_in(followed)
    assert message.topic == "affect/main/blendshapes"
    said = json.loads(message.payload)
    assert (said["stream"], said["frame"], said["weights"]["jawOpen"]) == ("main", 7, 0.5)
    assert (output.packets, output.bytes) == (1, len(message.payload))


async def test_only_the_first_face_of_a_topic_asks_for_an_answer(
    mosquitto_broker: Any, open_output: Open, until: Until
) -> None:
    heard: list[tuple[str, int]] = []

    async def follow(follower: aiomqtt.Client) -> None:
        async for message in follower.messages:
            heard.append((message.topic.value.split("/")[1], message.qos))

    output = make(mosquitto_broker)
    async with client(mosquitto_broker) as follower:
        await follower.subscribe("affect/#", qos=1)
        task = asyncio.create_task(follow(follower))
        await open_output(output)
        for frame in range(3):
            output.send({"main": face(frame), "bob": face(frame)}, frame, perf_counter())
            await until(lambda frame=frame: len(heard) == 2 * (frame + 1))
        task.cancel()
    assert [qos for stream, qos in heard if stream == "main"] == [1, 0, 0]
    assert [qos for stream, qos in heard if stream == "bob"] == [1, 0, 0]


async def test_a_topic_that_is_not_allowed_is_logged_once(
    listed_broker: Any, open_output: Open, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    output = make(listed_broker, client_id="allowed")
    await open_output(output)
    for frame in range(5):
        output.send({"main": face(frame)}, frame, perf_counter())
        await until(lambda frame=frame: output.packets == frame + 1)
    told = "does not let this client publish to affect/main/blendshapes (not authorized, 135)"
    await until(lambda: told in caplog.text)
    assert caplog.text.count(told) == 1


async def test_a_face_is_not_retained(
    broker: Any, open_output: Open, followed: list[Heard], until: Until
) -> None:
    output = make(broker)
    await open_output(output)
    output.send({"main": face(7)}, 7, perf_counter())
    await until(lambda: faces_in(followed))
    async with client(broker) as late, client(broker) as stranger:
        await late.subscribe("#")
        await stranger.publish("affect/stranger/blendshapes", "later", qos=1)
        heard = [message.topic.value async for message in _up_to("stranger", late)]
    assert "affect/main/blendshapes" not in heard


async def _up_to(word: str, follower: aiomqtt.Client) -> AsyncIterator[aiomqtt.Message]:
    async with asyncio.timeout(5):
        async for message in follower.messages:
            yield message
            if word in message.topic.value:
                return


async def test_a_face_is_published_in_binary_when_told_so(
    broker: Any, open_output: Open, followed: list[Heard], until: Until
) -> None:
    output = make(broker, format="binary")
    await open_output(output)
    output.send({"main": face(7)}, 7, perf_counter())
    await until(lambda: faces_in(followed))
    assert [len(message.payload) for message in faces_in(followed)] == [248]
    assert faces_in(followed)[0].frame == 7


async def test_every_stream_has_its_own_topic(
    broker: Any, open_output: Open, followed: list[Heard], until: Until
) -> None:
    output = make(broker, "stage/{stream}")
    await open_output(output)
    output.send({"main": face(0), "あ": face(0, 1.0), "bob": face(0)}, 0, perf_counter())
    await until(lambda: len(faces_in(followed)) == 3)
    weights = {
        message.topic: json.loads(message.payload)["weights"]["jawOpen"]
        for message in faces_in(followed)
    }
    assert weights == {"stage/main": 0.5, "stage/あ": 1.0, "stage/bob": 0.5}
    await until(lambda: output.packets == 3)
    assert output.frames == 1


async def test_shapes_that_are_left_to_others_are_not_published(
    broker: Any, open_output: Open, followed: list[Heard], until: Until
) -> None:
    output = make(broker, leave=["jaw"])
    await open_output(output)
    output.send({"main": face(0)}, 0, perf_counter())
    await until(lambda: faces_in(followed))
    weights = json.loads(faces_in(followed)[0].payload)["weights"]
    assert len(weights) == 48
    assert "jawOpen" not in weights


async def test_one_stream_may_have_a_topic_without_a_placeholder(
    broker: Any, open_output: Open, followed: list[Heard], until: Until
) -> None:
    output = make(broker, "the/face", stream="bob")
    await open_output(output)
    output.send({"main": face(0), "bob": face(3)}, 0, perf_counter())
    await until(lambda: faces_in(followed))
    assert [(message.topic, message.frame) for message in faces_in(followed)] == [("the/face", 3)]


async def test_it_has_a_rate_of_its_own(
    broker: Any, open_output: Open, followed: list[Heard], until: Until
) -> None:
    output = make(broker, every=6)
    await open_output(output)
    for frame in range(18):
        output.send({"main": face(frame)}, frame, perf_counter())
        if frame % 6 == 0:
            await until(lambda count=frame // 6 + 1: len(faces_in(followed)) == count)
    assert [message.frame for message in faces_in(followed)] == [0, 6, 12]


async def test_of_faces_that_come_faster_than_they_can_go_the_newest_is_sent(
    broker: Any, open_output: Open, followed: list[Heard], until: Until
) -> None:
    output = make(broker)
    await open_output(output)
    for frame in range(1000):  # the event loop has no time for any of them in between
        output.send({"main": face(frame)}, frame, perf_counter())
    await until(lambda: faces_in(followed))
    assert [message.frame for message in faces_in(followed)] == [999]


async def test_a_stop_publishes_the_last_face_before_it_says_offline(
    broker: Any, open_output: Open, followed: list[Heard], until: Until
) -> None:
    output = make(broker)
    task = await open_output(output)
    await until(lambda: [message.payload for message in followed] == [b"online"])
    output.send({"main": face(99, 0.0)}, 99, perf_counter(), last=True)
    task.cancel()
    await asyncio.wait([task])
    await until(lambda: len(followed) == 3)
    _, last, status = followed
    assert last.frame == 99
    assert (status.topic, status.payload) == ("affect-bridge/studio/status", b"offline")


@pytest.mark.usefixtures("impatient")
async def test_a_broker_that_dies_is_found_again_and_frames_go_on_meanwhile(
    broker: Any, supervise: Supervise, until: Until, changes_said: Said
) -> None:
    output = make(broker)
    supervised = supervise(output)
    await until(lambda: supervised.state is State.UP)
    await broker.stop()
    frame = 0

    def failed_often() -> bool:
        nonlocal frame
        frame += 1
        output.send({"main": face(frame)}, frame, perf_counter())
        return supervised.failures >= 3

    await until(failed_often)
    await broker.start()
    await until(lambda: supervised.state is State.UP)
    async with client(broker) as follower:
        await follower.subscribe("affect/+/blendshapes")
        output.send({"main": face(10_000)}, 10_000, perf_counter())
        message = await asyncio.wait_for(anext(aiter(follower.messages)), 5)
    assert Heard(message.topic.value, bytes(message.payload)).frame == 10_000  # none from before
    up, lost, *_, up_again = changes_said()
    assert up == up_again == f"{output.name}: up"
    assert f"no connection to the broker at 127.0.0.1:{broker.port}" in lost


async def test_the_end_of_the_connection_is_noticed_without_a_face_to_publish(
    broker: Any, open_output: Open
) -> None:
    task = await open_output(make(broker))
    await broker.stop()
    with pytest.raises(Unavailable, match="no connection to the broker"):
        await asyncio.wait_for(task, 5)


async def test_a_broker_that_says_nothing_holds_up_no_frame(until: Until) -> None:
    async with SilentBroker() as silent:
        output = make(silent)
        task = asyncio.create_task(output.run(lambda: None))
        await until(lambda: silent.open == 1)
        assert longest_send(output, 1000) < 0.1
        assert (output.packets, output._fresh) == (0, {})  # nobody wants them yet
        task.cancel()
        await asyncio.wait([task])
        await until(lambda: silent.open == 0)


async def test_a_broker_that_takes_no_more_holds_up_no_frame_and_is_given_up(
    monkeypatch: pytest.MonkeyPatch, open_output: Open, until: Until
) -> None:
    monkeypatch.setattr(published, "PUBLISH_TIMEOUT", 0.5)
    async with StuckBroker() as stuck:
        output = make(stuck)
        task = await open_output(output)
        frame, longest = 0, 0.0

        def given_up() -> bool:
            nonlocal frame, longest
            frame += 1
            longest = max(longest, longest_send(output, 1, frame))
            return task.done()

        await until(given_up)
        with pytest.raises(Unavailable, match=r"has accepted nothing for \d s"):
            task.result()
        assert longest < 0.1
        assert output.errors == 1
        # What the systems of both ends hold is all that is under way.
        assert output.bytes < 500_000
        await until(lambda: stuck.seen == 1)


async def test_a_slow_broker_is_called_slow_and_gets_fewer_faces_instead_of_old_ones(
    broker: Any,
    monkeypatch: pytest.MonkeyPatch,
    open_output: Open,
    followed: list[Heard],
    until: Until,
) -> None:
    monkeypatch.setattr(published, "_SLOW", 0.0)
    output = make(broker)
    await open_output(output)
    output.send({"main": face(1)}, 1, perf_counter())
    await until(lambda: output.trouble == "slow")
    monkeypatch.setattr(published, "_SLOW", 1.0)
    output.send({"main": face(2)}, 2, perf_counter())
    await until(lambda: output.trouble == "")
    await until(lambda: [message.frame for message in faces_in(followed)] == [1, 2])


async def test_a_wrong_password_is_called_that_and_never_shown(
    guarded_broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "wrong-horse")
    output = make(guarded_broker, user="me", password_env="SECRET")
    with pytest.raises(Unavailable, match="refused the user name or password of me") as refused:
        await output.run(lambda: None)
    assert refused.value.hopeless
    assert "wrong-horse" not in str(refused.value)


async def test_the_right_password_lets_it_in(
    guarded_broker: Any, monkeypatch: pytest.MonkeyPatch, open_output: Open
) -> None:
    monkeypatch.setenv("SECRET", "right")
    await open_output(make(guarded_broker, user="me", password_env="SECRET"))


async def test_a_crash_on_the_frame_thread_is_raised_where_it_is_supervised(
    broker: Any, monkeypatch: pytest.MonkeyPatch, open_output: Open
) -> None:
    monkeypatch.setattr(published, "_LOOK_EVERY", 0.05)
    output = make(broker)
    task = await open_output(output)
    output.send({"main": None}, 1, perf_counter())  # type: ignore[dict-item]
    with pytest.raises(AttributeError):
        await asyncio.wait_for(task, 5)


def longest_send(output: MqttOutput, frames: int, first: int = 1) -> float:
    longest = 0.0
    for frame in range(first, first + frames):
        began = time.perf_counter()
        output.send({"main": face(frame)}, frame, perf_counter())
        longest = max(longest, time.perf_counter() - began)
    return longest
