"""Real MQTT brokers: Mosquitto by MQTT 5, amqtt in this process by 3.1.1; and who listens there."""

import asyncio
import getpass
import shutil
import signal
import socket
import subprocess
import threading

import paho.mqtt.client as paho
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

    def hang(self):
        """Keep every connection, and do nothing any more."""
        self._process.send_signal(signal.SIGSTOP)

    def wake(self):
        self._process.send_signal(signal.SIGCONT)

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
        # Whatever goes wrong with the broker must not keep the tests from ending.
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._broker = self._wait_for(self._make())
        self._wait_for(self._broker.start())
        (server,) = self._broker._servers.values()
        self.port = server.instance.sockets[0].getsockname()[1]

    def close(self):
        try:
            self._wait_for(self._broker.shutdown())
        finally:
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
    """Remembers what it hears on a topic, or on all that a filter means."""

    def __init__(self, port, topic, version=paho.MQTTv5):
        self.heard = []
        self.ready = threading.Event()
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=version)
        self._client.on_connect = lambda client, *_: client.subscribe(topic, qos=1)
        self._client.on_subscribe = lambda *_: self.ready.set()
        self._client.on_message = self._remember
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    @property
    def payload(self):
        """The latest one as text."""
        return self.heard[-1][1].decode() if self.heard else None

    def close(self):
        self._client.disconnect()
        self._client.loop_stop()

    def _remember(self, _client, _data, message):
        self.heard.append((message.topic, message.payload))


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def assert_lost_and_found(lines):
    """Up, away, up again: while it is away each cause is logged once, however many attempts."""
    assert "up" in lines[0]
    assert "up" in lines[-1]
    causes = [line.partition("WARNING")[2] for line in lines[1:-1]]
    assert all(causes)
    assert len(set(causes)) == len(causes) <= 2  # lost, then refused
