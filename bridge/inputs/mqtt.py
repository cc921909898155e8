"""Updates by MQTT 5 or 3.1.1."""

from collections.abc import Callable

from bridge.config.inputs import MqttSection
from bridge.emotion.mixer import Mailbox
from bridge.emotion.streams import MAIN_STREAM
from bridge.inputs.retained import Retained
from bridge.inputs.source import Source
from bridge.mqtt.broker import Broker


class MqttInput(Source):
    """One subscription to one broker."""

    def __init__(self, name: str, mailbox: Mailbox, settings: MqttSection) -> None:
        super().__init__(name, mailbox, settings.reading)
        self._broker = Broker(settings)
        self._topics, self._stream_level = settings.subscriptions, settings.topics.stream_level
        self._qos = settings.qos
        self._apply_retained = settings.retained == "apply"
        self._retained = Retained()

    async def run(self, up: Callable[[], None]) -> None:
        async with self._broker.connected() as client:
            for topics in self._topics:
                await self._broker.subscribe(
                    client, topics, self._qos, retained=self._apply_retained
                )
            self._retained.subscribed(marked=self._broker.marks_retained)
            await self._broker.announce(client, up)
            if self._stream_level is None:
                self.complaints.note(
                    "one_stream",
                    f"all updates are for the stream {MAIN_STREAM} unless they name another; to "
                    "take the stream from a level of the topic, write + or {stream} there",
                )
            async for message in client.messages:
                self.read_message(message.topic.value, message.payload, retained=message.retain)

    def read_message(self, topic: str, payload: object, *, retained: bool = False) -> None:
        """Read one message. A level of its topic may name the stream.

        Args:
            retained: the broker retains it. While a broker speaks MQTT 3.1.1, this is only known
                of messages that it had before the subscription.
        """
        if not payload:  # a retained message was deleted
            return
        sent = payload if isinstance(payload, bytes) else str(payload).encode()
        if not self._is_news(topic, sent, retained):
            self.complaints.note("retained", "ignoring retained messages that were received before")
            return
        stream = MAIN_STREAM
        if self._stream_level is not None:
            stream = topic.split("/")[self._stream_level]
        self.read_text(sent, stream=stream, sender=topic)

    def _is_news(self, topic: str, sent: bytes, retained: bool) -> bool:
        if not self._apply_retained:  # in MQTT 5 the broker does not send what it had before
            return self._broker.marks_retained or not retained
        return self._retained.is_news(topic, sent, retained=retained)
