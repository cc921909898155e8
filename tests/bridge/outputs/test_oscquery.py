"""Discovery of and by VRChat, with mDNS and HTTP libraries of others on the loopback interface."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from time import perf_counter
from typing import Any

import numpy as np
import pytest

from bridge.config.settings import Settings
from bridge.outputs import oscquery
from bridge.outputs.from_settings import output_from
from bridge.outputs.vrchat import VRChatOutput
from protocols.face import Face
from tests.bridge.outputs.vrchat_stand_in import LOOPBACK, PARAMETERS, VRChat

Open = Callable[[VRChatOutput], Awaitable["asyncio.Task[None]"]]
Until = Callable[[Callable[[], object]], Awaitable[None]]
Said = Callable[[], list[str]]
Make = Callable[..., VRChatOutput]

JAW = "v2/JawOpen"


@pytest.fixture
def elsewhere() -> Iterator[socket.socket]:
    """A UDP port on all addresses of this machine, which is not the port of VRChat."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("", 0))
        opened.setblocking(False)
        yield opened


@pytest.fixture
def make(elsewhere: socket.socket) -> Make:
    """An output that looks for a VRChat on the loopback interface, and sends elsewhere until it
    has found it. It hears at VRChat's address, which tells it from what others test."""

    def make(vrchat: VRChat, **settings: Any) -> VRChatOutput:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind((vrchat.address, 0))
            port = free.getsockname()[1]
        section = {
            "to": f"vrchat://{vrchat.address}:{elsewhere.getsockname()[1]}",
            "discovery": True,
            "interface": LOOPBACK,
            "listen": f"{vrchat.address}:{port}",
            **settings,
        }
        output = output_from(Settings.model_validate({"outputs": [section]}).outputs[0], 60)
        assert isinstance(output, VRChatOutput)
        return output

    return make


@pytest.fixture
def show(until: Until) -> Callable[..., Awaitable[None]]:
    """Shows frames, one second of the face's time apart, until a condition holds."""
    frame = 0

    async def frames(output: VRChatOutput, condition: Callable[[], object]) -> None:
        def one() -> object:
            nonlocal frame
            frame += 1
            face = Face(weights=np.full(52, 0.5, np.float32), seconds=float(frame))
            output.send({"main": face}, frame, perf_counter())
            return condition()

        await until(one)

    return frames


def names(vrchat: VRChat) -> set[str]:
    """The names of the parameters that were set."""
    return {address.removeprefix(PARAMETERS) for address in vrchat.values()}


async def test_vrchat_finds_us_and_tells_us_of_avatars_at_a_port_of_our_own(
    make: Make, open_output: Open, until: Until
) -> None:
    async with VRChat() as vrchat:
        output = make(vrchat, listen="auto")
        await open_output(output)
        await until(lambda: vrchat.programs and len(vrchat.announced) >= 2)
        name, info = next(iter(vrchat.programs.items()))
        assert info["NAME"] == name.partition(".")[0]
        assert info["NAME"].startswith("AffectBridge-")
        assert info["OSC_IP"] == LOOPBACK
        assert info["OSC_PORT"] != 9001
        osc = f"{info['NAME']}._osc._udp.local."
        await until(lambda: vrchat.announced.get(osc) == (LOOPBACK, info["OSC_PORT"]))
        vrchat.load_avatar("avtr_1", {})
        await until(lambda: output.avatar_changes)


async def test_the_face_goes_to_the_port_that_vrchat_tells_and_has_the_parameters_that_it_lists(
    make: Make, open_output: Open, show: Callable[..., Awaitable[None]], lines_said: Said
) -> None:
    async with VRChat() as vrchat:
        vrchat.avatar = {
            f"some/where/{JAW}": "f",
            "FT/v2/JawX1": "T",
            "FT/v2/JawX2": "F",
            "v2/Unknown": "f",
            "LipTrackingActive": "T",
            "Hue": "f",
        }
        output = make(vrchat)
        await open_output(output)
        await show(output, vrchat.values)
        await show(output, lambda: len(vrchat.values()) == 4)
        assert names(vrchat) == {
            f"some/where/{JAW}",
            "FT/v2/JawX1",
            "FT/v2/JawX2",
            "LipTrackingActive",
        }
        assert vrchat.values()[f"{PARAMETERS}some/where/{JAW}"] == 0.5
        assert any(f"found {vrchat.name}" in line for line in lines_said())
        assert any(f"VRChat listens on port {vrchat.osc_port}" in line for line in lines_said())


async def test_parameters_that_are_left_to_others_are_not_set_where_they_are_listed(
    make: Make, open_output: Open, until: Until, show: Callable[..., Awaitable[None]]
) -> None:
    async with VRChat() as vrchat:
        vrchat.avatar = {JAW: "f", "FT/v2/MouthX1": "T", "v2/TongueOut": "f"}
        output = make(vrchat, leave=["jaw", "mouth"])
        await open_output(output)
        await until(lambda: vrchat.neighbours)
        await show(output, lambda: names(vrchat) == {"v2/TongueOut"})


async def test_a_new_avatar_gets_its_own_parameters(
    make: Make, open_output: Open, until: Until, show: Callable[..., Awaitable[None]]
) -> None:
    async with VRChat() as vrchat:
        vrchat.avatar = {JAW: "f"}
        output = make(vrchat)
        await open_output(output)
        await until(lambda: vrchat.neighbours)
        await show(output, lambda: names(vrchat) == {JAW})
        vrchat.load_avatar("avtr_2", {"FT/v2/TongueOut": "f"})
        await show(output, lambda: "FT/v2/TongueOut" in names(vrchat))
        vrchat.forget()
        await show(output, vrchat.values)
        assert names(vrchat) == {"FT/v2/TongueOut"}


async def test_parameters_that_are_listed_late_are_found_all_the_same(
    make: Make,
    open_output: Open,
    until: Until,
    show: Callable[..., Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(oscquery, "_READ_AGAIN_AFTER", 0.3)
    async with VRChat() as vrchat:
        vrchat.avatar = {JAW: "f"}
        output = make(vrchat)
        await open_output(output)
        await until(lambda: vrchat.neighbours)
        await show(output, lambda: names(vrchat) == {JAW})
        readings = vrchat.asked.count("/")
        vrchat.load_avatar("avtr_2", vrchat.avatar)
        await until(lambda: vrchat.asked.count("/") == readings + 1)
        vrchat.avatar = {"v2/TongueOut": "f"}
        await show(output, lambda: "v2/TongueOut" in names(vrchat))


async def test_an_avatar_without_parameters_of_ours_is_sent_to_blindly(
    make: Make, open_output: Open, show: Callable[..., Awaitable[None]]
) -> None:
    async with VRChat() as vrchat:
        vrchat.avatar = {"Hue": "f"}
        output = make(vrchat, prefix="FT")
        await open_output(output)
        await show(output, lambda: f"FT/{JAW}" in names(vrchat))


async def test_a_vrchat_on_another_machine_is_left_alone(
    make: Make, open_output: Open, until: Until, elsewhere: socket.socket
) -> None:
    async with VRChat(says_it_is_at="192.0.2.1") as vrchat:
        output = make(vrchat)
        await open_output(output)
        await until(lambda: vrchat.neighbours)  # it has found us, so that we have heard of it
        output.send({"main": Face()}, 1, perf_counter())
        assert elsewhere.recv(2000)
        assert vrchat.asked == []


async def test_a_vrchat_that_answers_nonsense_is_sent_to_and_asked_again(
    make: Make,
    open_output: Open,
    until: Until,
    elsewhere: socket.socket,
    show: Callable[..., Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(oscquery, "_TRY_AGAIN_AFTER", 0.1)
    async with VRChat() as vrchat:
        vrchat.answers_nonsense = True
        output = make(vrchat)
        await open_output(output)
        await until(lambda: len(vrchat.asked) >= 2)
        output.send({"main": Face()}, 1, perf_counter())
        assert elsewhere.recv(2000)
        vrchat.answers_nonsense = False
        await show(output, vrchat.values)


async def test_a_vrchat_that_starts_again_elsewhere_is_found_again(
    make: Make, open_output: Open, show: Callable[..., Awaitable[None]]
) -> None:
    first = VRChat()
    second = VRChat(first.address)
    output = make(first)
    await open_output(output)
    for vrchat in (first, second):
        async with vrchat:
            await show(output, vrchat.values)


async def test_an_output_that_ends_says_goodbye_in_time(
    make: Make, open_output: Open, until: Until
) -> None:
    async with VRChat() as vrchat:
        running = await open_output(make(vrchat))
        await until(lambda: vrchat.neighbours)
        running.cancel()
        # as long as the daemon waits for an output
        _, unfinished = await asyncio.wait([running], timeout=0.6)
        assert not unfinished
        await until(lambda: not vrchat.neighbours)


async def test_without_a_network_to_announce_in_the_output_says_so_once_and_tries_again(
    until: Until, lines_said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oscquery, "_OPEN_AGAIN_AFTER", 0.05)
    asked = []

    async def found(port: int, listed: object) -> None:
        asked.append(port)

    discovery = oscquery.OscQueryDiscovery("vrchat there", host=LOOPBACK, interface="192.0.2.1")
    running = asyncio.create_task(discovery.run((LOOPBACK, 9010), found))
    await until(lines_said)
    await asyncio.sleep(0.2)  # several tries
    assert not running.done()
    running.cancel()
    [line] = lines_said()
    assert line.startswith("vrchat there: discovery failed: ")
    assert asked == []
