"""Updates by MQTT 5 or 3.1.1."""

from collections.abc import Callable

from bridge.config.inputs import MqttSection
from bridge.emotion.mixer import Mailbox
from bridge.emotion.streams import MAIN_STREAM
from bridge.inputs.source import Source
from bridge.mqtt.broker import Broker, stream_level


class MqttInput(Source):
    """One subscription to one broker."""

    def __init__(self, name: str, mailbox: Mailbox, settings: MqttSection) -> None:
        super().__init__(name, mailbox)
        self._broker = Broker(settings)
        self._topics, self._qos = settings.address.path, settings.qos
        self._stream_level = stream_level(self._topics)

    async def run(self, up: Callable[[], None]) -> None:
        async with self._broker.connected() as client:
            await self._broker.subscribe(client, self._topics, self._qos)
            await self._broker.announce(client, up)
            async for message in client.messages:
                self.read_message(message.topic.value, message.payload)

    def read_message(self, topic: str, payload: object) -> None:
        """Read one message. The level of the topic at the `+` of the filter names the stream."""
        stream = MAIN_STREAM
        if self._stream_level is not None:
            stream = topic.split("/")[self._stream_level]
        if not payload:  # a retained message was deleted
            return
        sent = payload if isinstance(payload, bytes) else str(payload)
        self.read_text(sent, stream=stream, sender=topic)
