"""Feelings by MQTT, from real brokers: Mosquitto by MQTT 5, amqtt in this process by 3.1.1."""

import shutil
import signal
import subprocess

import paho.mqtt.client as paho
import pytest

from tests.end_to_end.brokers import Listener, assert_lost_and_found


def address(broker, options=""):
    version = "3.1.1" if broker.version == paho.MQTTv311 else "5"
    return f"mqtt://127.0.0.1:{broker.port}/affect/+/set?version={version}{options}"


def test_live_messages_of_every_spelling_steer_the_face(broker, face, avatar, eventually):
    bridge = face("--from", address(broker))
    eventually(lambda: bridge.logged("mqtt", "up"))
    for payload in ("happiness 1", "0.8 0.6 0.5", '{"emotion": "happiness"}'):
        broker.publish("affect/main/set", payload)
        eventually(lambda: avatar.weight("MouthSmileLeft") > 0.6)
        broker.publish("affect/main/set", "surprise 1")
        eventually(lambda: avatar.weight("MouthSmileLeft") < 0.2)
    assert bridge.stop() == 0


def test_a_retained_message_counts_on_connection(broker, face, avatar, eventually):
    broker.publish("affect/main/set", "happiness 1", retain=True)
    face("--from", address(broker))
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.6)


def test_the_topic_names_the_stream(broker, run_bridge, receive, eventually):
    alice, bob = receive(), receive()
    bridge = run_bridge(
        *("run", "--from", address(broker)),
        *("--to", f"vmc://127.0.0.1:{alice.port}?stream=alice"),
        *("--to", f"vmc://127.0.0.1:{bob.port}?stream=bob"),
    )
    eventually(lambda: bridge.logged("mqtt", "up"))
    broker.publish("affect/alice/set", "happiness 1")
    broker.publish("affect/bob/set", "surprise 1")
    eventually(lambda: alice.weight("MouthSmileLeft") > 0.6)
    eventually(lambda: bob.weight("JawOpen") > 0.3)
    assert bob.weight("MouthSmileLeft") < 0.1


def test_a_payload_without_meaning_is_warned_of_once(broker, face, avatar, eventually):
    bridge = face("--from", address(broker))
    eventually(lambda: bridge.logged("mqtt", "up"))
    for payload in (b"\xff\xfe\x00", "[1, 2", "wibble"):
        broker.publish("affect/main/set", payload)
    broker.publish("affect/main/set", "happiness 1")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.6)
    (warning,) = bridge.lines_with("refused")
    assert f"mqtt 127.0.0.1:{broker.port}" in warning


def test_frames_go_on_without_a_broker_and_updates_come_back_with_it(
    mosquitto, face, avatar, eventually
):
    bridge = face("--from", address(mosquitto))
    eventually(lambda: bridge.logged("mqtt", "up"))
    mosquitto.publish("affect/main/set", "happiness 1")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.6)

    mosquitto.kill()
    eventually(lambda: bridge.logged("WARNING", "no connection to the broker"))
    avatar.more_frames(40)
    assert avatar.weight("MouthSmileLeft") > 0.6  # the last word holds

    mosquitto.start()
    eventually(lambda: len([line for line in bridge.lines_with("mqtt") if "up" in line]) == 2)
    mosquitto.publish("affect/main/set", "surprise 1")
    eventually(lambda: avatar.weight("JawOpen") > 0.3)
    assert_lost_and_found(bridge.lines_with("mqtt"))

    times = [frame.time for frame in avatar.vmc]
    assert len(times) > 0.8 * 60 * (times[-1] - times[0])


def test_a_broker_that_comes_later_is_found(
    free_tcp_port, start_mosquitto, face, avatar, eventually
):
    bridge = face("--from", f"mqtt://127.0.0.1:{free_tcp_port}/affect/+/set")
    eventually(lambda: bridge.logged("no connection to the broker"))
    broker = start_mosquitto()
    eventually(lambda: bridge.logged("mqtt", "up"))
    broker.publish("affect/main/set", "happiness 1")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.6)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_retained_status_says_whether_the_bridge_is_there(mosquitto, face, eventually, end):
    bridge = face("--from", address(mosquitto, "&client_id=stage"))
    listener = Listener(mosquitto.port, "affect-bridge/stage/status")
    try:
        eventually(lambda: listener.payload == "online")
        bridge.signal(end)
        eventually(lambda: listener.payload == "offline")
    finally:
        listener.close()


def test_a_refused_password_is_called_that_and_never_shown(
    start_mosquitto, face, avatar, eventually, monkeypatch
):
    monkeypatch.setenv("AFFECT_BRIDGE_MQTT_PASSWORD", "correct-horse")
    broker = start_mosquitto(settings="allow_anonymous false")
    bridge = face("--from", f"mqtt://ann@127.0.0.1:{broker.port}/affect/+/set")
    eventually(lambda: bridge.logged("refused the user name or password of ann"))
    avatar.more_frames()
    assert bridge.stop() == 0
    assert "correct-horse" not in bridge.log


def test_two_bridges_with_one_client_id_are_told_instead_of_fighting(
    mosquitto, face, run_bridge, eventually
):
    """Debian's Mosquitto drops the older of the two without a reason."""
    shared = address(mosquitto, "&client_id=studio")
    bridges = [face("--from", shared), run_bridge("run", "--from", shared)]
    told = "using the client id 'studio'"
    eventually(lambda: any(bridge.logged(told) for bridge in bridges), within=20)


def test_a_password_from_the_environment_lets_it_in(
    start_mosquitto, face, tmp_path, eventually, monkeypatch
):
    secrets = tmp_path / "passwords"
    secrets.touch(mode=0o600)
    hasher = shutil.which("mosquitto_passwd")
    if hasher is None:
        pytest.skip("the executable mosquitto_passwd is not installed")
    subprocess.run([hasher, "-b", str(secrets), "ann", "correct-horse"], check=True)
    broker = start_mosquitto(settings=f"allow_anonymous false\npassword_file {secrets}")
    monkeypatch.setenv("STAGE_DOOR", "correct-horse")
    bridge = face(
        "--from", f"mqtt://ann@127.0.0.1:{broker.port}/affect/+/set?password_env=STAGE_DOOR"
    )
    eventually(lambda: bridge.logged("mqtt", "up"))


def test_two_subscriptions_at_one_broker_are_two_sources(mosquitto, face, avatar, eventually):
    broker = f"mqtt://127.0.0.1:{mosquitto.port}"
    bridge = face(
        *("--from", f"{broker}/crowd/+/set?client_id=crowd"),
        *("--from", f"{broker}/director/+/set?client_id=director&priority=10"),
    )
    eventually(lambda: len([line for line in bridge.lines_with("mqtt") if "up" in line]) == 2)
    mosquitto.publish("director/main/set", "happiness 1")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.6)
    mosquitto.publish("crowd/main/set", "surprise 1")
    avatar.more_frames(40)
    assert avatar.weight("MouthSmileLeft") > 0.6


def test_what_is_far_too_large_stays_at_a_broker_that_can_keep_it(
    mosquitto, face, avatar, eventually
):
    bridge = face("--from", address(mosquitto))
    eventually(lambda: bridge.logged("mqtt", "up"))
    mosquitto.publish("affect/main/set", "x" * 60_000)
    eventually(lambda: bridge.logged("60000 characters; the limit is 4096"))
    mosquitto.publish("affect/main/set", "x" * 1_000_000)
    mosquitto.publish("affect/main/set", "happiness 1")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.6)
    assert bridge.stop() == 0
    assert not bridge.logged("1000000 characters")
    assert not bridge.logged("refused 1 more")


def test_a_broker_that_speaks_only_3_1_1_needs_no_setting(amqtt_broker, face, avatar, eventually):
    bridge = face("--from", f"mqtt://127.0.0.1:{amqtt_broker.port}/affect/+/set")
    eventually(lambda: bridge.logged("speaks MQTT 3.1.1, not 5"), within=20)
    eventually(lambda: bridge.logged("mqtt", "up"))
    amqtt_broker.publish("affect/main/set", "happiness 1")
    eventually(lambda: avatar.weight("MouthSmileLeft") > 0.6)
    assert not bridge.lines_with("no connection")


def test_tls_spoken_to_a_plain_port_is_said(mosquitto, face, avatar, eventually):
    bridge = face("--from", f"mqtts://127.0.0.1:{mosquitto.port}/affect/+/set")
    eventually(lambda: bridge.logged("WARNING", "speaks MQTT without TLS"), within=20)
    avatar.more_frames()
