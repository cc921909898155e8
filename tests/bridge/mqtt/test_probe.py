"""What a port speaks is found out without saying anything secret."""

import asyncio
import socket
from typing import Any

import pytest

from bridge.mqtt import probe
from bridge.mqtt.probe import Speaks, what_speaks
from tests.bridge.brokers import ByHand, SilentBroker, free_port

SPEAK = {
    "mosquitto_broker": Speaks.MQTT,
    "amqtt_broker": Speaks.MQTT,
    "open_tls_broker": Speaks.TLS,
    "tls_broker": Speaks.TLS,
    "secure_websocket_broker": Speaks.TLS,
    "websocket_broker": Speaks.HTTP,
}


@pytest.fixture(params=SPEAK)
def known(request: pytest.FixtureRequest) -> tuple[int, Speaks]:
    """The port of a broker, and what it speaks."""
    broker: Any = request.getfixturevalue(request.param)
    return broker.port, SPEAK[request.param]


async def test_a_broker_is_recognised(
    known: tuple[int, Speaks], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "TIMEOUT", 1.0)
    port, speaks = known
    assert await what_speaks("127.0.0.1", port) is speaks


async def test_a_broker_that_refuses_strangers_is_recognised(guarded_broker: Any) -> None:
    assert await what_speaks("127.0.0.1", guarded_broker.port) is Speaks.MQTT


async def test_a_silent_port_is_left_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "TIMEOUT", 0.3)
    async with SilentBroker() as silent:
        assert await what_speaks("127.0.0.1", silent.port) is Speaks.NOTHING
        await asyncio.sleep(0.05)
        assert (silent.seen, silent.open) == (3, 0)


async def test_a_closed_port_and_an_unknown_host_speak_nothing() -> None:
    port = free_port(socket.SOCK_STREAM)
    assert await what_speaks("127.0.0.1", port) is Speaks.NOTHING
    assert await what_speaks("no-such-host.invalid", port) is Speaks.NOTHING


async def test_nothing_of_the_settings_is_sent() -> None:
    heard = bytearray()

    class Curious(ByHand):
        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.extend(await reader.read(4096))

    async with Curious() as curious:
        assert await what_speaks("127.0.0.1", curious.port) is Speaks.NOTHING
    assert b"affect-bridge-probe-" in heard
    assert b"studio" not in heard
