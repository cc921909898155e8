"""An output to VRChat, which also receives from VRChat."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from time import perf_counter
from typing import Any

import numpy as np
import oscpy.parser
import pytest
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.udp_client import SimpleUDPClient

from bridge.config.settings import Settings
from bridge.outputs.from_settings import output_from
from bridge.outputs.vrchat import MOST_CHANGES, VRChatOutput
from protocols.face import Face

Open = Callable[[VRChatOutput], Awaitable["asyncio.Task[None]"]]
Until = Callable[[Callable[[], object]], Awaitable[None]]
Said = Callable[[], list[str]]
Make = Callable[..., VRChatOutput]

HERE = "/avatar/parameters/"


@pytest.fixture
def ear() -> Iterator[socket.socket]:
    """A UDP port of this machine that is in use."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken


@pytest.fixture
def free_port(ear: socket.socket) -> int:
    """A UDP port that is free again."""
    port: int = ear.getsockname()[1]
    ear.close()
    return port


@pytest.fixture
def make(receiver: Any) -> Make:
    def make(**settings: Any) -> VRChatOutput:
        section = {"to": f"vrchat://127.0.0.1:{receiver.port}", "listen": "off", **settings}
        read = Settings.model_validate({"outputs": [section]})
        output = output_from(read.outputs[0], 60)
        assert isinstance(output, VRChatOutput)
        return output

    return make


def show(output: VRChatOutput, frame: int = 0, *, last: bool = False, **about: Any) -> None:
    output.send({"main": Face(**{"seconds": 5.0, **about})}, frame, perf_counter(), last=last)


def values(receiver: Any) -> dict[str, Any]:
    """What arrived, by address, as oscpy reads it."""
    return {
        address.decode(): arguments[0]
        for datagram in receiver.payloads()
        for address, _, arguments, _ in oscpy.parser.read_packet(datagram)
    }


async def test_the_settings_reach_the_avatar(make: Make, open_output: Open, receiver: Any) -> None:
    output = make(prefix="FT/", floats=False, bits=2, eye_look="native")
    await open_output(output)
    show(output)
    said = values(receiver)
    assert said[f"{HERE}FT/v2/JawOpen2"] is False
    assert f"{HERE}FT/v2/JawOpen" not in said
    assert f"{HERE}FT/v2/JawOpen4" not in said
    assert said["/tracking/eye/EyesClosedAmount"] == 0.0


async def test_a_still_face_is_sent_once(make: Make, open_output: Open, receiver: Any) -> None:
    output = make()
    await open_output(output)
    show(output, 1)
    assert len(values(receiver)) == 3 + 141
    show(output, 2)
    assert values(receiver) == {}


async def test_a_new_avatar_gets_the_whole_face_with_the_next_frame(
    make: Make, open_output: Open, receiver: Any, free_port: int, until: Until
) -> None:
    output = make(listen=f"127.0.0.1:{free_port}")
    await open_output(output)
    show(output, 1)
    whole = values(receiver)
    show(output, 2)
    assert values(receiver) == {}
    SimpleUDPClient("127.0.0.1", free_port).send_message("/avatar/change", "avtr_1")
    await until(lambda: output.avatar_changes)
    show(output, 3)
    assert values(receiver) == whole
    show(output, 4)
    assert values(receiver) == {}


async def test_nonsense_and_chatter_at_the_port_change_nothing(
    make: Make, open_output: Open, receiver: Any, free_port: int, until: Until
) -> None:
    output = make(listen=free_port)
    running = await open_output(output)
    show(output, 1)
    receiver.payloads()
    client = SimpleUDPClient("127.0.0.1", free_port)
    client._sock.sendto(b"", ("127.0.0.1", free_port))
    client._sock.sendto(b"/avatar/change\0\0,s\0", ("127.0.0.1", free_port))
    client._sock.sendto(bytes(range(256)) * 200, ("127.0.0.1", free_port))
    client.send_message(f"{HERE}VelocityX", 0.5)
    client.send_message("/avatar/change", "avtr_1")
    await until(lambda: output.avatar_changes)
    assert output.avatar_changes == 1
    assert not running.done()


async def test_a_flood_of_avatars_makes_no_flood_of_whole_faces(make: Make) -> None:
    output = make()
    change = OscMessageBuilder("/avatar/change")
    change.add_arg("avtr_1")
    datagram = change.build().dgram
    began = perf_counter()
    for _ in range(1000):
        output.receive(datagram)
    allowed = MOST_CHANGES * (1 + perf_counter() - began)
    assert 1 <= output.avatar_changes <= allowed + 1


async def test_a_taken_port_is_said_once_and_the_output_goes_on_without_it(
    make: Make, open_output: Open, receiver: Any, ear: socket.socket, until: Until, lines_said: Said
) -> None:
    output = make(listen=ear.getsockname()[1])
    for frame in range(2):
        running = await open_output(output)
        show(output, frame)
        assert f"{HERE}v2/JawOpen" in values(receiver)
        running.cancel()
        await until(running.done)
    [line] = [line for line in lines_said() if "cannot listen" in line]
    assert f"UDP port {ear.getsockname()[1]} of 127.0.0.1" in line
    assert "VRCFaceTracking" in line


@pytest.mark.parametrize("off", ["off", False])
async def test_off_listens_nowhere(
    make: Make, open_output: Open, receiver: Any, off: object, lines_said: Said
) -> None:
    output = make(listen=off)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as vrcfacetracking:
        vrcfacetracking.bind(("127.0.0.1", 9001))
        await open_output(output)
    show(output)
    assert values(receiver)
    assert not [line for line in lines_said() if "listen" in line]


async def test_the_port_is_given_back_when_the_output_ends(
    make: Make, open_output: Open, free_port: int, until: Until
) -> None:
    running = await open_output(make(listen=free_port))
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
        pytest.raises(OSError, match="in use"),
    ):
        other.bind(("127.0.0.1", free_port))
    running.cancel()
    await until(running.done)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", free_port))


async def test_the_last_frame_is_whole_neutral_and_ends_the_tracking(
    make: Make, open_output: Open, receiver: Any
) -> None:
    output = make()
    await open_output(output)
    show(output, 1, weights=np.full(52, 0.0005, np.float32))
    first = values(receiver)
    show(output, 2, last=True)
    last = values(receiver)
    assert last.keys() == first.keys()
    assert last[f"{HERE}v2/TongueOut"] == 0
    switches = [on for address, on in last.items() if address.endswith("Active")]
    assert switches == [False] * 3


async def test_an_output_that_starts_again_begins_with_the_whole_face(
    make: Make, open_output: Open, receiver: Any, until: Until
) -> None:
    output = make()
    for frame in (1, 2):
        running = await open_output(output)
        show(output, frame)
        assert len(values(receiver)) == 3 + 141
        running.cancel()
        await until(running.done)


async def test_a_receiver_that_is_gone_and_back_gets_the_whole_face_within_a_second(
    make: Make, open_output: Open, receiver: Any, until: Until
) -> None:
    output = make()
    await open_output(output)
    show(output, 1)
    receiver.leave()
    show(output, 2, seconds=6.0)
    await until(lambda: output.trouble)
    receiver.come_back()
    for frame in range(3, 64):
        show(output, frame, seconds=6.0 + frame / 60)
    assert len(values(receiver)) == 3 + 141
