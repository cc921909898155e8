"""What an avatar in VRChat receives from the installed command, read by oscpy."""

import asyncio
import json
import socket
import time

import pytest

from tests.bridge.outputs.vrchat_stand_in import LOOPBACK, VRChat

HERE = "/avatar/parameters/"
SMILE = f"{HERE}v2/SmileFrownLeft"
SWITCHES = [f"{HERE}{what}TrackingActive" for what in ("Eye", "Expression", "Lip")]


@pytest.fixture
def avatar(receive):
    return receive()


@pytest.fixture
def start(run_bridge, avatar, eventually):
    """Starts a bridge to the avatar, and waits for a whole face."""

    def begin(*arguments, settings="listen=off"):
        bridge = run_bridge(
            "run", "--to", f"vrchat://127.0.0.1:{avatar.port}?{settings}", *arguments
        )
        eventually(lambda: SMILE in shown(avatar))
        return bridge

    return begin


def shown(avatar):
    """What every parameter was set to last."""
    return {address: arguments[0] for address, _, arguments in avatar.osc}


def test_an_emotion_arrives_as_unified_expressions(start, avatar, eventually):
    bridge = start()
    bridge.say("joy 1")
    eventually(lambda: shown(avatar)[SMILE] > 0.3)
    bridge.say("sadness 1")
    eventually(lambda: shown(avatar)[SMILE] < 0)
    addresses = {address for address, _, _ in avatar.osc}
    assert {f"{HERE}v2/{name}" for name in ("JawOpen", "EyeLeftX", "EyeLidRight")} <= addresses
    assert {tags for _, tags, _ in avatar.osc} == {"f", "T"}
    assert all(len(datagram) <= 1400 for datagram in avatar.datagrams)


def test_a_face_that_stands_still_is_sent_whole_once_a_second_and_not_else(
    start, avatar, eventually
):
    bridge = start("--still")
    bridge.say("joy 1")
    eventually(lambda: shown(avatar)[SMILE] > 0.3)

    def messages_of_the_last_second():
        refreshes = [n for n, (address, _, _) in enumerate(avatar.osc) if address == SWITCHES[0]]
        return refreshes[-1] - refreshes[-2] if len(refreshes) > 1 else 0

    whole = len(shown(avatar))
    eventually(lambda: messages_of_the_last_second() == whole)


def test_the_last_frame_is_neutral_and_ends_the_tracking(start, avatar, eventually):
    bridge = start()
    bridge.say("joy 1")
    eventually(lambda: shown(avatar)[SMILE] > 0.3)
    bridge.stop()
    last = shown(avatar)
    assert last[SMILE] == 0
    assert last[f"{HERE}v2/EyeOpenLeft"] == 1
    assert [last[switch] for switch in SWITCHES] == [False] * 3


def test_a_new_avatar_gets_the_whole_face_at_once(start, avatar, free_udp_port, eventually):
    bridge = start(settings=f"listen={free_udp_port}")
    bridge.say("joy 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as vrchat:
        told = []
        for _ in range(5):
            before = len(avatar.osc)
            began = time.monotonic()
            vrchat.sendto(b"/avatar/change\0\0,s\0\0avtr_1\0\0", ("127.0.0.1", free_udp_port))
            eventually(lambda before=before: SWITCHES[0] in {a for a, _, _ in avatar.osc[before:]})
            told.append(time.monotonic() - began)
    assert min(told) < 0.3  # without being told it takes a second


def test_a_port_that_vrcfacetracking_has_is_said_and_nothing_else_is_lost(
    start, receive, avatar, eventually
):
    vrcfacetracking = receive()
    bridge = start(settings=f"listen={vrcfacetracking.port}")
    bridge.say("joy 1")
    eventually(lambda: shown(avatar)[SMILE] > 0.3)
    assert bridge.logged("WARNING", f"UDP port {vrcfacetracking.port}", "VRCFaceTracking")


def test_our_own_listener_shows_what_an_avatar_would(run_bridge, free_udp_port, eventually):
    listener = run_bridge("listen", f"vrchat://127.0.0.1:{free_udp_port}", "--json", "--count", "3")
    eventually(lambda: listener.logged("listening for vrchat"))
    run_bridge("run", "--from", "demo", "--to", f"vrchat://127.0.0.1:{free_udp_port}?listen=off")
    assert listener.ends(within=8) == 0
    for line in listener.printed.splitlines():
        frame = json.loads(line)
        assert len(frame["weights"]) == 141
        assert frame["EyeTrackingActive"] is True
        assert frame["weights"]["EyeOpen"] > 0.5


async def test_discovery_finds_vrchat_its_port_and_its_avatars_parameters(
    run_bridge, free_udp_port
):
    async with VRChat() as vrchat:
        vrchat.avatar = {"FT/v2/SmileFrownLeft": "f", "FT/v2/JawX1": "T", "Hue": "f"}
        to = f"vrchat://{vrchat.address}:9"  # not where VRChat hears
        settings = f"discovery=true&interface={LOOPBACK}&listen={vrchat.address}:{free_udp_port}"
        bridge = run_bridge("run", "--to", f"{to}?{settings}")
        await until(lambda: vrchat.neighbours and vrchat.values())
        bridge.say("joy 1")
        await until(lambda: vrchat.values().get(f"{HERE}FT/v2/SmileFrownLeft", 0) > 0.3)
        assert vrchat.values().keys() == {f"{HERE}FT/v2/SmileFrownLeft", f"{HERE}FT/v2/JawX1"}
        vrchat.load_avatar("avtr_2", {"v2/SmileFrownLeft": "f"})
        await until(lambda: SMILE in vrchat.values())
        await asyncio.to_thread(bridge.stop)
        assert vrchat.values()[SMILE] == 0
        await until(lambda: not vrchat.neighbours)


async def until(condition):
    deadline = time.monotonic() + 9
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.02)
