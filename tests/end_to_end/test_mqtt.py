"""Feelings by MQTT, from real brokers: Mosquitto by MQTT 5, amqtt in this process by 3.1.1."""

import asyncio
import getpass
import shutil
import signal
import socket
import subprocess
import threading

import paho.mqtt.client as paho
import pytest
from amqtt.broker import Broker
from paho.mqtt import publish

# Debian keeps it where only administrators look.
MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


class Mosquitto:
    """A broker of one's own that can be killed and started again on the same port."""

    version = paho.MQTTv5

    def __init__(self, port, folder, settings="allow_anonymous true"):
        self.port = port
        self._config = folder / "mosquitto.conf"
        self._config.write_text(
            f"listener {port} 127.0.0.1\n{settings}\npersistence false\n"
            f"user {getpass.getuser()}\n"  # started by root, it would become somebody else
        )
        self.start()

    def start(self):
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self._config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self):
        self._process.kill()
        self._process.wait()

    def publish(self, topic, payload, retain=False):
        publish.single(
            topic,
            payload,
            qos=1,
            retain=retain,
            hostname="127.0.0.1",
            port=self.port,
            protocol=self.version,
        )


class Amqtt:
    """A broker on a thread of the test process."""

    version = paho.MQTTv311
    publish = Mosquitto.publish

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._broker = self._wait_for(self._make())
        self._wait_for(self._broker.start())
        (server,) = self._broker._servers.values()
        self.port = server.instance.sockets[0].getsockname()[1]

    def close(self):
        self._wait_for(self._broker.shutdown())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _make(self):
        return Broker(
            {
                "listeners": {"default": {"type": "tcp", "bind": "127.0.0.1:0"}},
                "plugins": {
                    "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}
                },
            }
        )

    def _wait_for(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(9.0)


class Listener:
    """Remembers the latest payload of one topic."""

    def __init__(self, port, topic):
        self.payload = None
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.on_connect = lambda client, *_: client.subscribe(topic, qos=1)
        self._client.on_message = self._remember
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def close(self):
        self._client.disconnect()
        self._client.loop_stop()

    def _remember(self, _client, _data, message):
        self.payload = message.payload.decode()


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def start_mosquitto(free_tcp_port, tmp_path, eventually):
    if MOSQUITTO is None:
        pytest.skip("the executable mosquitto is not installed")
    started = []

    def start(**settings):
        started.append(Mosquitto(free_tcp_port, tmp_path, **settings))
        eventually(lambda: is_open(free_tcp_port))
        return started[-1]

    yield start
    for broker in started:
        broker.kill()


@pytest.fixture
def mosquitto(start_mosquitto):
    return start_mosquitto()


@pytest.fixture
def amqtt_broker():
    broker = Amqtt()
    yield broker
    broker.close()


@pytest.fixture(params=["mosquitto", "amqtt_broker"])
def broker(request):
    """The one, then the other."""
    return request.getfixturevalue(request.param)


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
    # One line per change of state, however many attempts there were.
    assert len(bridge.lines_with("mqtt")) == 3

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
    told = "is there a second one with the client id 'studio'"
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
