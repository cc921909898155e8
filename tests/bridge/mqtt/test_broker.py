"""The MQTT client that inputs and outputs share: how it connects, and how it leaves."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from bridge.config.inputs import MqttSection
from bridge.mqtt import broker as mqtt
from bridge.mqtt import probe
from bridge.mqtt.broker import Broker, NewestMessages
from bridge.supervision.supervised import Unavailable
from tests.bridge.brokers import ByHand, OustingBroker, SilentBroker, StuckBroker, client

Until = Callable[[Callable[[], object]], Awaitable[None]]

STATUS = "affect-bridge/studio/status"


def settings_for(broker: Any, **more: object) -> MqttSection:
    address = f"mqtt://127.0.0.1:{broker.port}/a"
    told = {"from": address, "client_id": "studio", "version": broker.version, **more}
    return MqttSection.model_validate(told)


@pytest.fixture
async def statuses(broker: Any) -> AsyncIterator[list[str]]:
    """What a watcher receives on the status topic."""
    heard: list[str] = []

    async def watch(watcher: Any) -> None:
        async for message in watcher.messages:
            heard.append(bytes(message.payload).decode())

    async with client(broker) as watcher:
        await watcher.subscribe(STATUS, qos=1)
        task = asyncio.create_task(watch(watcher))
        yield heard
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_offline_is_published_however_the_block_ends(
    broker: Any, statuses: list[str], until: Until
) -> None:
    found = Broker(settings_for(broker))
    ups: list[bool] = []
    async with found.connected() as connection:
        await found.announce(connection, lambda: ups.append(True))
        await until(lambda: statuses == ["online"])
    await until(lambda: statuses == ["online", "offline"])
    with pytest.raises(ZeroDivisionError):
        async with found.connected() as connection:
            await found.announce(connection, lambda: ups.append(True))
            raise ZeroDivisionError
    await until(lambda: statuses == ["online", "offline"] * 2)
    assert ups == [True, True]


async def test_an_unannounced_client_publishes_no_status_and_has_no_will(
    broker: Any, statuses: list[str], until: Until
) -> None:
    found = Broker(settings_for(broker), announced=False)
    async with found.connected() as connection:
        await found.announce(connection, lambda: None)
    with pytest.raises(Unavailable):
        async with found.connected() as connection:
            mqtt._cut(connection)
            await anext(aiter(connection.messages))
    async with client(broker) as stranger:
        await stranger.publish(STATUS, "a stranger", qos=1)
    await until(lambda: statuses)
    assert statuses == ["a stranger"]


async def test_a_connection_to_a_broker_that_never_answers_is_closed(
    monkeypatch: pytest.MonkeyPatch, until: Until
) -> None:
    monkeypatch.setattr(mqtt, "ANSWER_TIMEOUT", 0.2)
    async with SilentBroker() as silent:
        found = Broker(settings_for(silent))
        for _ in range(3):
            with pytest.raises(Unavailable, match=f"no connection .* 127.0.0.1:{silent.port}"):
                async with found.connected():
                    pass
        await until(lambda: silent.open == 0)


async def test_a_stop_while_the_broker_has_not_answered_closes_the_connection(
    until: Until,
) -> None:
    async def connect(found: Broker) -> None:
        async with found.connected():
            pass

    async with SilentBroker() as silent:
        task = asyncio.create_task(connect(Broker(settings_for(silent))))
        await until(lambda: silent.open == 1)
        task.cancel()
        await asyncio.wait_for(asyncio.wait([task]), 1)
        await until(lambda: silent.open == 0)


async def test_leaving_does_not_wait_for_a_stuck_broker() -> None:
    async with StuckBroker() as stuck:
        found = Broker(settings_for(stuck))
        clock = asyncio.get_running_loop().time
        async with found.connected() as connection:
            await found.announce(connection, lambda: None)
            began = clock()
        assert clock() - began < mqtt.ANSWER_TIMEOUT / 2
        assert connection._client.socket() is None


async def test_a_client_that_was_taken_over_says_so() -> None:
    async with OustingBroker() as ousting:
        found = Broker(settings_for(ousting))
        with pytest.raises(Unavailable, match="using the client id 'studio'") as problem:
            async with found.connected() as connection:
                await found.announce(connection, lambda: None)
                while True:  # what is published next fails for paho's own reason
                    await connection.publish("a", "b")
                    await asyncio.sleep(0.01)
    assert problem.value.hopeless


def test_a_full_queue_drops_its_oldest_messages() -> None:
    queue = NewestMessages(maxsize=3)
    for number in range(10):
        queue.put_nowait(number)
    assert [queue.get_nowait() for _ in range(queue.qsize())] == [7, 8, 9]


def section(broker: Any, scheme: str = "mqtt", **more: object) -> MqttSection:
    """Settings as somebody writes them who does not think of versions."""
    address = f"{scheme}://127.0.0.1:{broker.port}/a"
    return MqttSection.model_validate({"from": address, "client_id": "studio", **more})


@pytest.fixture
def impatient_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """amqtt does not answer to MQTT 5; do not wait long for that."""
    monkeypatch.setattr(mqtt, "ANSWER_TIMEOUT", 1.0)
    monkeypatch.setattr(probe, "TIMEOUT", 1.0)


async def echo(found: Broker) -> bytes:
    """A message that goes to the broker and comes back."""
    async with found.connected() as connection:
        await found.subscribe(connection, "a", 1)
        await connection.publish("a", "hello", qos=1)
        message = await asyncio.wait_for(anext(aiter(connection.messages)), 5)
    return bytes(message.payload)


@pytest.mark.usefixtures("impatient_client")
async def test_a_broker_that_speaks_only_3_1_1_is_spoken_to_in_3_1_1(
    amqtt_broker: Any, said: Callable[[], list[str]]
) -> None:
    found = Broker(section(amqtt_broker))
    assert await echo(found) == b"hello"
    assert await echo(found) == b"hello"
    place = f"127.0.0.1:{amqtt_broker.port}"
    assert said() == [f"the broker at {place} speaks MQTT 3.1.1, not 5"]  # asked once


async def test_a_broker_that_speaks_5_is_spoken_to_in_5(mosquitto_broker: Any) -> None:
    found = Broker(section(mosquitto_broker))
    async with found.connected() as connection:
        assert connection._client.protocol == aiomqtt.ProtocolVersion.V5.value


@pytest.mark.usefixtures("impatient_client")
async def test_a_version_that_was_chosen_is_kept(amqtt_broker: Any) -> None:
    with pytest.raises(Unavailable):
        await echo(Broker(section(amqtt_broker, version=5)))


class OldBroker(ByHand):
    """Drops without an answer who does not speak 3.1.1."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readexactly(2)
        body = await reader.readexactly(head[1])
        if body[6] == 4:
            writer.write(b"\x20\x02\x00\x00")
            await reader.read()


async def test_a_broker_that_drops_who_speaks_5_is_spoken_to_in_3_1_1() -> None:
    async with OldBroker() as old:
        found = Broker(section(old), announced=False)
        for connections in (2, 3):
            async with found.connected() as connection:
                assert connection._client.protocol == aiomqtt.ProtocolVersion.V311.value
            assert old.seen == connections


async def test_a_broker_that_drops_everybody_is_not_waited_for() -> None:
    class Closing(ByHand):
        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1024)

    async with Closing() as closing:
        clock = asyncio.get_running_loop().time
        began = clock()
        with pytest.raises(Unavailable, match="it closed the connection without an answer"):
            await echo(Broker(section(closing)))
        assert clock() - began < mqtt.ANSWER_TIMEOUT / 2


@pytest.mark.usefixtures("impatient_client")
async def test_a_refused_anonymous_client_is_told_how_to_give_a_user(guarded_broker: Any) -> None:
    with pytest.raises(Unavailable) as refused:
        await echo(Broker(section(guarded_broker)))
    place = f"127.0.0.1:{guarded_broker.port}"
    assert str(refused.value) == (
        f"the broker at {place} refused a client without a user name; give one in the address "
        f"(mqtt://USER@{place}/…) and its password in the environment variable "
        "AFFECT_BRIDGE_MQTT_PASSWORD"
    )
    assert refused.value.hopeless


async def test_plain_mqtt_to_a_port_that_speaks_tls_is_recognised(
    open_tls_broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt, "ANSWER_TIMEOUT", 0.5)
    with pytest.raises(Unavailable) as refused:
        await echo(Broker(section(open_tls_broker)))
    place = f"127.0.0.1:{open_tls_broker.port}"
    assert str(refused.value) == (
        f"the broker at {place} speaks TLS; start the address with mqtts://"
    )
    assert refused.value.hopeless


async def test_what_a_port_spoke_is_forgotten_when_it_is_closed(
    open_tls_broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt, "ANSWER_TIMEOUT", 0.5)
    found = Broker(section(open_tls_broker))
    with pytest.raises(Unavailable, match="speaks TLS"):
        await echo(found)
    await open_tls_broker.stop()
    with pytest.raises(Unavailable, match=r"no connection to the broker .* refused"):
        await echo(found)


async def test_tls_to_a_port_that_speaks_plain_mqtt_is_recognised(mosquitto_broker: Any) -> None:
    with pytest.raises(Unavailable, match="speaks MQTT without TLS; use its port for TLS") as why:
        await echo(Broker(section(mosquitto_broker, "mqtts")))
    assert why.value.hopeless


@pytest.mark.parametrize(
    ("scheme", "told"),
    [
        ("mqtt", "speaks HTTP; for MQTT over WebSocket, start the address with ws://"),
        ("wss", "speaks WebSocket without TLS"),
    ],
)
async def test_a_websocket_port_is_recognised(
    websocket_broker: Any, monkeypatch: pytest.MonkeyPatch, scheme: str, told: str
) -> None:
    monkeypatch.setattr(mqtt, "ANSWER_TIMEOUT", 0.5)
    with pytest.raises(Unavailable, match=told):
        await echo(Broker(section(websocket_broker, scheme)))


async def test_websocket_to_a_port_that_speaks_plain_mqtt_is_recognised(
    mosquitto_broker: Any,
) -> None:
    with pytest.raises(Unavailable, match="without WebSocket; start the address with mqtt://"):
        await echo(Broker(section(mosquitto_broker, "ws")))


@pytest.mark.usefixtures("impatient_client")
async def test_mqtt_over_websocket_works(websocket_broker: Any) -> None:
    assert await echo(Broker(section(websocket_broker, "ws"))) == b"hello"


@pytest.mark.usefixtures("impatient_client")
async def test_mqtt_over_websocket_with_tls_works(
    secure_websocket_broker: Any, certificate: tuple[Path, Path]
) -> None:
    pem, _ = certificate
    found = Broker(section(secure_websocket_broker, "wss", tls_ca=pem))
    assert await echo(found) == b"hello"


async def test_the_path_of_the_websocket_endpoint_is_a_setting(until: Until) -> None:
    asked: list[bytes] = []

    class Web(ByHand):
        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(await reader.readline())
            writer.write(b"HTTP/1.1 404 Not Found\r\n\r\n")

    async with Web() as web:
        for more in ({}, {"websocket_path": "/ws/mqtt"}):
            with pytest.raises(Unavailable, match="WebSocket handshake error"):
                await echo(Broker(section(web, "ws", **more)))
    paths = [line.split()[1] for line in asked if line.startswith(b"GET")]
    assert [path for path in paths if path != b"/"] == [b"/mqtt", b"/ws/mqtt"]


@pytest.mark.usefixtures("impatient_client")
async def test_a_websocket_connection_to_a_silent_broker_is_closed(
    monkeypatch: pytest.MonkeyPatch, until: Until
) -> None:
    monkeypatch.setattr(mqtt, "ANSWER_TIMEOUT", 0.3)
    async with SilentBroker() as silent:
        with pytest.raises(Unavailable):
            await echo(Broker(section(silent, "ws")))
        await until(lambda: silent.open == 0)


async def test_a_certificate_that_nobody_vouches_for_names_tls_ca(open_tls_broker: Any) -> None:
    with pytest.raises(Unavailable) as refused:
        await echo(Broker(section(open_tls_broker, "mqtts")))
    told = str(refused.value)
    assert told.startswith(
        f"the certificate of the broker at 127.0.0.1:{open_tls_broker.port} is not trusted: self"
    )
    assert told.endswith("; give the certificate of its authority with tls_ca")
    assert refused.value.hopeless


async def test_a_certificate_of_another_authority_than_tls_ca_is_said(
    open_tls_broker: Any, make_certificate: Callable[[str], tuple[Path, Path]]
) -> None:
    other, _ = make_certificate("other")
    with pytest.raises(Unavailable, match=f"tls_ca {other} does not vouch for it"):
        await echo(Broker(section(open_tls_broker, "mqtts", tls_ca=other)))


async def test_a_certificate_for_another_name_is_said(
    open_tls_broker: Any, certificate: tuple[Path, Path]
) -> None:
    pem, _ = certificate
    address = f"mqtts://localhost:{open_tls_broker.port}/a"
    told = {"from": address, "client_id": "studio", "tls_ca": pem}
    with pytest.raises(Unavailable, match="is not valid: Hostname mismatch"):
        await echo(Broker(MqttSection.model_validate(told)))


async def test_a_publish_that_is_not_allowed_is_logged_once_with_its_topic(
    listed_broker: Any, said: Callable[[], list[str]], until: Until
) -> None:
    found = Broker(section(listed_broker), announced=False)
    for _ in range(2):
        async with found.connected() as connection:
            for _ in range(3):
                found.publish_watched(connection, "forbidden/a", b"1")
                found.publish_watched(connection, "allowed/a", b"1")
            await connection.publish("forbidden/b", "1", qos=1)
    assert said() == [
        f"the broker at 127.0.0.1:{listed_broker.port} does not let this client publish to "
        f"forbidden/{topic} (not authorized, 135); nothing will arrive there"
        for topic in "ab"
    ]


async def test_a_status_topic_that_is_not_allowed_is_logged_and_the_client_stays(
    listed_broker: Any, said: Callable[[], list[str]]
) -> None:
    found = Broker(section(listed_broker))
    async with found.connected() as connection:
        await found.announce(connection, lambda: None)
        await connection.publish("allowed/a", "1", qos=1)
    assert len(said()) == 1
    assert STATUS in said()[0]
