"""Brokers that listen in other ways: over WebSocket, and with TLS."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.bridge.brokers import AmqttBroker, MosquittoBroker

ANYBODY = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}


@pytest.fixture
async def websocket_broker(quiet_amqtt: None) -> AsyncIterator[AmqttBroker]:
    broker = AmqttBroker(ANYBODY, type="ws")
    await broker.start()
    yield broker
    await broker.stop()


@pytest.fixture
async def secure_websocket_broker(
    quiet_amqtt: None, certificate: tuple[Path, Path]
) -> AsyncIterator[AmqttBroker]:
    pem, key = certificate
    broker = AmqttBroker(ANYBODY, type="ws", ssl=True, certfile=str(pem), keyfile=str(key))
    await broker.start()
    yield broker
    await broker.stop()


@pytest.fixture
async def open_tls_broker(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> AsyncIterator[MosquittoBroker]:
    """Mosquitto with TLS that wants no certificate of its clients."""
    pem, key = certificate
    broker = MosquittoBroker(tmp_path, f"allow_anonymous true\ncertfile {pem}\nkeyfile {key}")
    await broker.start()
    yield broker
    await broker.stop()


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What the MQTT client logged so far."""
    caplog.set_level("INFO", "bridge.mqtt")
    return lambda: [
        record.getMessage() for record in caplog.records if record.name == "bridge.mqtt.broker"
    ]
