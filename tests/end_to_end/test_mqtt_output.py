"""Faces over MQTT, received by a client that was written from the documentation."""

import json
import struct
import subprocess
from itertools import pairwise

import pytest
import yaml

from tests.end_to_end.brokers import Listener, assert_lost_and_found
from tests.end_to_end.conftest import COMMAND


@pytest.fixture
def follow():
    """Opens a client that receives faces from a broker."""
    opened = []

    def listen(broker, topic="affect/+/blendshapes"):
        opened.append(Listener(broker.port, topic, broker.version))
        assert opened[-1].ready.wait(9)
        return opened[-1]

    yield listen
    for listener in opened:
        listener.close()


def address(broker, options=""):
    version = "3.1.1" if broker.version == 4 else "5"
    return f"mqtt://127.0.0.1:{broker.port}?version={version}{options}"


def test_whole_faces_reach_who_follows_ten_times_a_second_and_the_last_is_neutral(
    broker, run_bridge, follow, eventually, shapes
):
    follower = follow(broker)
    bridge = run_bridge("run", "--to", address(broker))
    bridge.say("happiness 1")
    eventually(lambda: follower.heard and json.loads(follower.heard[-1][1])["valence"] > 0.7)
    assert bridge.stop() == 0
    eventually(lambda: not any(json.loads(follower.heard[-1][1])["weights"].values()))
    assert {topic for topic, _ in follower.heard} == {"affect/main/blendshapes"}
    faces = [json.loads(payload) for _, payload in follower.heard]
    assert {name[0].upper() + name[1:] for name in faces[0]["weights"]} == set(shapes)
    assert max(face["weights"]["mouthSmileLeft"] for face in faces) > 0.6
    frames = [face["frame"] for face in faces]
    assert all(earlier < later for earlier, later in pairwise(frames))
    # The last one comes when it comes; among the others each sixth frame's turn is taken.
    assert len(frames) - 1 <= (frames[-1] - frames[0]) / 6 + 1
    assert len(frames) >= 0.8 * (frames[-1] - frames[0]) / 6


def test_binary_faces_are_read_by_their_stated_layout(mosquitto, run_bridge, follow, eventually):
    follower = follow(mosquitto)
    bridge = run_bridge("run", "--to", address(mosquitto, "&format=binary&every=1"))
    bridge.say("happiness 1")
    layout = struct.Struct("<4sBBHddI3f52f")

    eventually(lambda: follower.heard and layout.unpack(follower.heard[-1][1])[7] > 0.75)
    magic, version, flags, count, timestamp, seconds, frame, *floats = layout.unpack(
        follower.heard[-1][1]
    )
    assert (magic, version, flags, count) == (b"ABFP", 1, 0, 52)
    assert timestamp > 1.7e9
    assert frame == pytest.approx(seconds * 60, abs=1)
    assert floats[3 + 43] > 0.6  # mouthSmileLeft, behind the feeling


@pytest.mark.parametrize(("kind", "size", "read"), [("bytes", 52, "52B"), ("half", 104, "<52e")])
def test_the_weights_alone_are_read_by_their_stated_layout(
    mosquitto, run_bridge, follow, eventually, kind, size, read
):
    follower = follow(mosquitto)
    bridge = run_bridge("run", "--to", address(mosquitto, f"&format={kind}&every=1"))
    bridge.say("happiness 1")
    full = 255 if kind == "bytes" else 1.0

    def smiles() -> bool:
        payload = follower.heard[-1][1] if follower.heard else bytes(size)
        assert len(payload) == size
        return struct.unpack(read, payload)[43] > 0.6 * full  # mouthSmileLeft

    eventually(smiles)


def test_every_stream_is_published_under_its_name(mosquitto, run_bridge, follow, eventually):
    follower = follow(mosquitto)
    bridge = run_bridge("run", "--to", address(mosquitto))
    bridge.say('{"emotion": "happiness", "stream": "あ"}')
    eventually(lambda: "affect/あ/blendshapes" in {topic for topic, _ in follower.heard})


def test_frames_go_on_without_a_broker_and_faces_come_back_with_it(
    mosquitto, face, avatar, follow, eventually
):
    follower = follow(mosquitto)
    bridge = face("--to", address(mosquitto))
    eventually(lambda: follower.heard)
    mosquitto.kill()
    eventually(lambda: bridge.logged("WARNING", "no connection to the broker"))
    avatar.more_frames(40)
    mosquitto.start()
    heard = len(follower.heard)
    eventually(lambda: len(follower.heard) > heard + 3, within=20)
    assert_lost_and_found(bridge.lines_with("mqtt"))
    times = [frame.time for frame in avatar.vmc]
    assert len(times) > 0.8 * 60 * (times[-1] - times[0])


def test_frames_go_on_while_the_broker_hangs(mosquitto, face, avatar, follow, eventually):
    follower = follow(mosquitto)
    bridge = face("--to", address(mosquitto, "&every=1"))
    eventually(lambda: follower.heard)
    mosquitto.hang()
    try:
        avatar.more_frames(90)
    finally:
        mosquitto.wake()
    times = [frame.time for frame in avatar.vmc]
    assert len(times) > 0.8 * 60 * (times[-1] - times[0])
    heard = len(follower.heard)
    eventually(lambda: len(follower.heard) > heard + 3)
    assert bridge.stop() == 0


def test_a_stop_does_not_wait_for_a_broker_that_hangs(mosquitto, face, follow, eventually):
    follower = follow(mosquitto)
    bridge = face("--to", address(mosquitto))
    eventually(lambda: follower.heard)
    mosquitto.hang()
    try:
        assert bridge.stop() == 0  # within three seconds
    finally:
        mosquitto.wake()


def test_its_status_is_beside_that_of_the_input(mosquitto, face, follow, eventually):
    follower = follow(mosquitto, "affect-bridge/+/status")
    bridge = face(
        *("--from", f"mqtt://127.0.0.1:{mosquitto.port}/affect/+/set?client_id=ears"),
        *("--to", address(mosquitto, "&client_id=mouth")),
    )
    eventually(lambda: len(follower.heard) == 2)
    assert sorted(follower.heard) == [
        ("affect-bridge/ears/status", b"online"),
        ("affect-bridge/mouth/status", b"online"),
    ]
    assert bridge.stop() == 0
    eventually(lambda: len(follower.heard) == 4)
    assert {payload for _, payload in follower.heard[2:]} == {b"offline"}


def test_a_refused_password_is_called_that_and_never_shown(
    start_mosquitto, face, avatar, eventually, monkeypatch
):
    monkeypatch.setenv("AFFECT_BRIDGE_MQTT_PASSWORD", "correct-horse")
    broker = start_mosquitto(settings="allow_anonymous false")
    bridge = face("--to", f"mqtt://ann@127.0.0.1:{broker.port}")
    eventually(lambda: bridge.logged("refused the user name or password of ann"))
    avatar.more_frames()
    assert bridge.stop() == 0
    assert "correct-horse" not in bridge.log


def test_check_prints_the_output_whole_and_no_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("STAGE_DOOR", "correct-horse")
    secret = tmp_path / "secret"
    secret.write_text("battery-staple")
    config = tmp_path / "bridge.yaml"
    config.write_text(
        "outputs:\n"
        "  - {to: mqtt://ann@127.0.0.1, password_env: STAGE_DOOR}\n"
        f"  - {{to: mqtts://bob@127.0.0.1/x, password_file: '{secret}'}}\n"
    )
    done = subprocess.run(
        [COMMAND, "check", str(config)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    first, second = yaml.safe_load(done.stdout)["outputs"]
    assert (first["to"], first["every"]) == (
        "mqtt://ann@127.0.0.1/affect/{stream}/blendshapes",
        6,
    )
    assert second["password_file"] == str(secret)
    for word in ("correct-horse", "battery-staple"):
        assert word not in done.stdout + done.stderr


def test_listen_prints_what_is_published(mosquitto, face, run_bridge, eventually):
    bridge = face("--to", address(mosquitto, "&format=binary"))
    bridge.say("happiness 1")
    listening = run_bridge(
        *("listen", f"mqtt://127.0.0.1:{mosquitto.port}", "--json", "--count", "3")
    )
    assert listening.ends(9) == 0
    frames = [json.loads(line) for line in listening.printed.splitlines()]
    assert [frame["subject"] for frame in frames] == ["main"] * 3
    assert {frame["from"] for frame in frames} == {"affect/main/blendshapes"}
    assert len(frames[0]["weights"]) == 52
    assert not bridge.logged("WARNING", "mqtt")


def test_listen_says_that_there_is_no_broker(run_bridge, free_tcp_port):
    listening = run_bridge("listen", f"mqtt://127.0.0.1:{free_tcp_port}")
    assert listening.ends(9) == 1
    assert listening.logged("cannot listen: no connection to the broker at 127.0.0.1")


def test_a_topic_that_the_broker_does_not_allow_is_logged_once(
    start_mosquitto, tmp_path, face, avatar, eventually
):
    rules = tmp_path / "acl"
    rules.touch(mode=0o600)
    rules.write_text("topic readwrite affect-bridge/#\n")
    broker = start_mosquitto(settings=f"allow_anonymous true\nacl_file {rules}")
    bridge = face("--to", f"mqtt://127.0.0.1:{broker.port}?every=1")
    told = "does not let this client publish to affect/main/blendshapes (not authorized, 135)"
    eventually(lambda: bridge.logged("WARNING", told))
    avatar.more_frames(60)
    assert len(bridge.lines_with(told)) == 1
