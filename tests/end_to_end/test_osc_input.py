"""Feelings by OSC over UDP, built by python-osc and by hand."""

import functools
import json
import math
import socket
import struct
import subprocess
import time

import pytest
import yaml
from pythonosc.osc_bundle_builder import OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.udp_client import SimpleUDPClient

from tests.cases import scripts
from tests.end_to_end.conftest import COMMAND

IN_FAR_FUTURE = 2_080_000_000.0  # Unix seconds; OSC's own clock ends in 2036


@pytest.fixture
def fader(face, at_once, free_udp_port, eventually):
    """A program with faders, connected to a bridge that listens to nothing else."""
    bridge = face(at_once, "--from", f"osc://127.0.0.1:{free_udp_port}")
    eventually(lambda: bridge.logged(f"osc 127.0.0.1:{free_udp_port}: up"))
    client = SimpleUDPClient("127.0.0.1", free_udp_port)
    client.bridge = bridge
    return client


def test_every_spelling_of_happiness_smiles(fader, avatar, eventually):
    for address, arguments in (
        ("/vad", [0.8, 0.6, 0.5]),
        ("/vad/main", [0.8, 0.6, 0.5]),
        ("/main/vad", [0.8, 0.6, 0.5]),
        ("/emotion", ["happiness"]),
        ("/emotion", ["happiness", 1]),
        ("/emotion/happiness", [1.0]),
        ("/main/emotion/happiness", [1.0]),
    ):
        fader.send_message(address, arguments)
        eventually(lambda: avatar.weight("MouthSmileLeft") > 0.6)
        fader.send_message("/emotion", "surprise")
        eventually(lambda: avatar.weight("MouthSmileLeft") < 0.2)


def test_single_axes_add_up_to_a_feeling(fader, avatar, eventually):
    fader.send_message("/valence", 0.8)
    fader.send_message("/arousal", 0.6)
    fader.send_message("/dominance", 0.5)
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.5)
    fader.send_message("/neutral", [])
    eventually(lambda: avatar.weight("MouthSmileLeft") < 0.05)


def test_ints_and_doubles_are_accepted_where_a_float_is_meant(fader, avatar, eventually):
    message = OscMessageBuilder("/vad")
    message.add_arg(1, "i")
    message.add_arg(0.6, "d")
    message.add_arg(0.5, "f")
    fader.send(message.build())
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.5)


def test_a_bundle_dated_into_the_future_counts_at_once(fader, avatar, eventually):
    bundle = OscBundleBuilder(IN_FAR_FUTURE)
    message = OscMessageBuilder("/emotion")
    message.add_arg("happiness")
    bundle.add_content(message.build())
    fader.send(bundle.build())
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.5)


def test_packets_without_meaning_are_warned_of_once_and_stop_nothing(fader, avatar, eventually):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.connect(("127.0.0.1", fader._port))
        for size in range(0, 600, 7):
            stranger.send(bytes((31 * i + size) % 256 for i in range(size)))
            stranger.send(b"/vad\0\0\0\0,fff\0\0\0\0" + bytes(size % 12))
            stranger.send(b"#bundle\0" + bytes(7) + b"\1" + struct.pack(">i", size))
        origin = stranger.getsockname()[1]

    def smiles():
        fader.send_message("/emotion/happiness", 1.0)  # again: a full buffer drops what comes
        return avatar.weight("MouthSmileLeft") > 0.5

    eventually(smiles)
    (warning,) = fader.bridge.lines_with("refused")
    assert f"127.0.0.1:{origin}" in warning
    assert "Traceback" not in fader.bridge.log


# --- what controllers and scripts send (tests/cases/osc.yaml)


@functools.cache
def predicted(like):
    """The weights that the command predicts for an emotion, a mixture or a point."""
    first, *rest = like.split()
    numbers = first.lstrip("-")[:1].isdigit()
    feeling = ["--vad", first, *rest] if numbers else ["--emotion", first]
    intensity = [] if numbers or not rest else ["--intensity", *rest]
    done = subprocess.run(
        [COMMAND, "predict", *feeling, *intensity, "--enforce-symmetry", "--json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    weights = json.loads(done.stdout)["weights"]
    return {name[0].upper() + name[1:]: weight for name, weight in weights.items()}


def apart(one, other):
    """How far two faces are apart: the length of their difference."""
    return math.sqrt(sum((one[name] - other[name]) ** 2 for name in other))


@pytest.fixture
def controller(face, tmp_path, free_udp_port, eventually):
    """Starts a bridge with settings of its OSC input, and a controller that sends to it."""

    def start(settings):
        config = tmp_path / "controller.yaml"
        source = {"from": f"osc://127.0.0.1:{free_udp_port}", **settings}
        release = {"onset": 0.12, "release": 0.12}
        still = {"still": True}  # a face that moves by itself would differ
        config.write_text(
            yaml.safe_dump({"inputs": [source], "interpolation": release, "face": still})
        )
        bridge = face(str(config))
        eventually(lambda: bridge.logged(f"osc 127.0.0.1:{free_udp_port}: up"))
        return SimpleUDPClient("127.0.0.1", free_udp_port)

    return start


@pytest.mark.parametrize("settings", [{}, *(s.settings for s in scripts() if s.settings)], ids=str)
def test_what_a_controller_sends_gives_its_face_after_a_second(
    controller, avatar, settings, eventually
):
    sender = controller(settings)
    for script in scripts():
        if script.settings != settings:
            continue
        for address, *arguments in script.sent:
            sender.send_message(address, arguments)
        after_a_second = time.monotonic() + 1.0
        expected = predicted(script.like)
        time.sleep(max(0.0, after_a_second - time.monotonic()))
        shown = avatar.vmc[-1].weights
        size = math.sqrt(sum(weight**2 for weight in expected.values()))
        assert apart(shown, expected) < 0.05 + 0.05 * size, script.origin
        sender.send_message("/neutral", [])
        eventually(lambda: max(avatar.vmc[-1].weights.values()) < 0.01)
