"""What outputs keep of a stream, and for how long."""

import asyncio
import gc
import weakref
from collections.abc import Awaitable, Callable
from fractions import Fraction
from time import perf_counter
from typing import Any

import numpy as np
import pytest

from bridge.config.settings import Settings
from bridge.outputs import mqtt, vrchat
from bridge.outputs.encoders import Encoders
from bridge.outputs.from_settings import output_from
from bridge.outputs.latest import LatestFaces
from bridge.outputs.udp import UdpOutput
from protocols.face import Encoder, Face
from protocols.livelink import LiveLinkDecoder, LiveLinkEncoder
from protocols.vrchat.encoder import VRChatEncoder
from protocols.vrchat.layout import Layout
from tests.bridge.brokers import client

Open = Callable[[Any], Awaitable["asyncio.Task[None]"]]
Until = Callable[[Callable[[], object]], Awaitable[None]]

STREAMS = 1000
AT_ONCE = 4


class Living:
    """Makes real encoders and counts those that still exist."""

    def __init__(self, make: Callable[[str], Encoder]) -> None:
        self._make = make
        self._seen: weakref.WeakSet[Any] = weakref.WeakSet()
        self.made = 0

    def __call__(self, stream: str, *_: object) -> Encoder:
        encoder = self._make(stream)
        self._seen.add(encoder)
        self.made += 1
        return encoder

    @property
    def count(self) -> int:
        gc.collect()
        return len(self._seen)


def live_link(stream: str) -> LiveLinkEncoder:
    return LiveLinkEncoder(stream, "12345678-9abc-4def-8012-3456789abcde", Fraction(60))


def passing(streams: int = STREAMS) -> list[dict[str, Face]]:
    """The faces of each frame while streams come and end, `AT_ONCE` of them at a time."""
    return [
        {f"viewer{n}": Face(frame=frame) for n in range(frame, frame + AT_ONCE)}
        for frame in range(streams)
    ]


async def test_a_udp_output_drops_the_encoders_of_1000_streams_that_end(
    open_output: Open, receiver: Any
) -> None:
    living = Living(live_link)
    output = UdpOutput("all", "127.0.0.1", receiver.port, stream="*", every=1, encoder_for=living)
    await open_output(output)
    subjects = set()
    for frame, faces in enumerate(passing()):
        output.send(faces, frame, perf_counter())
        for datagram in receiver.payloads():
            (read,) = LiveLinkDecoder().feed(datagram)
            subjects.add(read.about["subject"])
    assert living.made == len(subjects) == STREAMS + AT_ONCE - 1  # none was made twice
    assert living.count == AT_ONCE
    output.send({}, STREAMS, perf_counter())
    assert living.count == 0


async def test_a_stream_that_comes_back_is_shown_again(open_output: Open, receiver: Any) -> None:
    output = UdpOutput(
        "all", "127.0.0.1", receiver.port, stream="*", every=1, encoder_for=live_link
    )
    await open_output(output)
    for frame, streams in enumerate((["a", "b"], ["b"], ["b", "a"])):
        output.send({stream: Face() for stream in streams}, frame, perf_counter())
    subjects = [LiveLinkDecoder().feed(d)[0].about["subject"] for d in receiver.payloads()]
    assert subjects == ["a", "b", "b", "b", "a"]


async def test_a_vrchat_output_drops_the_encoders_of_1000_streams_that_end(
    open_output: Open, receiver: Any
) -> None:
    living = Living(lambda _: VRChatEncoder(Layout(floats=(("/avatar/parameters/v2/X", "JawX"),))))
    output = vrchat.VRChatOutput(
        "all",
        "127.0.0.1",
        receiver.port,
        stream="*",
        every=1,
        encoder_for=living,
        listens_at=None,
    )
    await open_output(output)
    for frame, faces in enumerate(passing()):
        output.send(faces, frame, perf_counter())
        receiver.payloads()
    assert living.count == AT_ONCE
    output.avatar_changes += 1
    output.send(faces, STREAMS, perf_counter())
    assert len(receiver.payloads()) == AT_ONCE  # those that stay still get the whole face


async def test_an_mqtt_output_drops_the_encoders_of_1000_streams_that_end(
    broker: Any, open_output: Open, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = mqtt.encoder
    living = Living(lambda stream: make("binary", stream))
    monkeypatch.setattr(mqtt, "encoder", lambda _, stream, __: living(stream))
    section = {
        "to": f"mqtt://127.0.0.1:{broker.port}/stage/{{stream}}",
        "version": getattr(broker, "version", "3.1.1"),
        "every": 1,
    }
    output = output_from(Settings.model_validate({"outputs": [section]}).outputs[0], 60)
    await open_output(output)
    frames = passing(200)
    for frame, faces in enumerate(frames):
        before = output.packets
        output.send(faces, frame, perf_counter())
        await until(lambda before=before: output.packets == before + AT_ONCE)
    assert living.made == len(frames) + AT_ONCE - 1
    await until(lambda: living.count == AT_ONCE)


async def test_a_stream_that_has_ended_is_published_no_more(
    broker: Any, open_output: Open, until: Until
) -> None:
    section = {
        "to": f"mqtt://127.0.0.1:{broker.port}/stage/{{stream}}",
        "version": getattr(broker, "version", "3.1.1"),
        "every": 1,
    }
    output = output_from(Settings.model_validate({"outputs": [section]}).outputs[0], 60)
    await open_output(output)
    topics = []
    async with client(broker) as follower:
        await follower.subscribe("stage/#")
        for frame, streams in enumerate((["main", "guest"], ["main"], ["main"])):
            output.send({stream: Face() for stream in streams}, frame, perf_counter())
            for _ in streams:
                message = await anext(aiter(follower.messages))
                topics.append(message.topic.value.removeprefix("stage/"))
    assert sorted(topics) == ["guest", "main", "main", "main"]


class Taken(LatestFaces):
    """Faces for a connection that the test itself plays."""

    async def run(self, up: Callable[[], None]) -> None:
        raise NotImplementedError


async def test_of_streams_that_end_before_a_slow_connection_takes_them_nothing_is_kept() -> None:
    output = Taken("slow", stream="*", every=1)
    output.open()
    for frame, faces in enumerate(passing()):
        output.send(faces, frame, perf_counter())
    taken = await output.next()
    assert list(taken) == [f"viewer{n}" for n in range(STREAMS - 1, STREAMS - 1 + AT_ONCE)]
    output.send({"viewer1001": Face(frame=STREAMS)}, STREAMS, perf_counter())
    assert {name: face.frame for name, face in (await output.next()).items()} == {
        "viewer1001": STREAMS
    }


async def test_a_taken_face_is_a_copy_that_later_frames_leave_alone() -> None:
    output = Taken("slow", stream="*", every=1)
    output.open()
    face = Face(np.full(52, 0.5, np.float32))
    output.send({"main": face}, 0, perf_counter())
    taken = await output.next()
    face.weights[:] = 1.0
    output.send({"main": face}, 1, perf_counter())
    assert set(taken["main"].weights.tolist()) == {0.5}


def test_each_stream_has_one_encoder_until_it_ends() -> None:
    encoders = Encoders(live_link)
    first = encoders.of("a")
    assert encoders.of("a") is first
    other = encoders.of("b")
    encoders.keep(["b"])
    assert ("a" in encoders, "b" in encoders) == (False, True)
    assert encoders.of("b") is other
    assert encoders.of("a") is not first
    encoders.clear()
    assert list(encoders) == []
