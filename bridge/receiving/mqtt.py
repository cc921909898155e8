"""Faces in by MQTT, from whoever publishes them at a broker."""

import asyncio
import secrets
from collections.abc import Callable

from pydantic import ValidationError

from bridge.config.inputs import SCHEMES, MqttSection
from bridge.config.mqtt_output import TOPIC, with_topic
from bridge.config.reading import in_words
from bridge.config.section import from_address
from bridge.mqtt.broker import Broker, stream_level
from bridge.receiving.udp import Doubt, Hear
from protocols.face import DecodeError, Received
from protocols.facepayload import FacePayloadDecoder


def subscription(address: str) -> MqttSection:
    """What an address says of broker and topics; its options are those of an input by MQTT.

    Without a topic the faces of every stream are meant, as outputs publish them.

    Raises:
        ValueError: says what was wrong.
    """
    told = from_address("from", SCHEMES)(address)
    told["from"] = with_topic(told["from"].strip(), TOPIC.replace("{stream}", "+"))
    try:
        settings = MqttSection.model_validate(told)
    except ValidationError as problem:
        found = problem.errors()[0]
        where = "".join(f"{step}: " for step in found["loc"] if step != "from")
        unknown = found["type"] == "extra_forbidden"
        what = "no such setting" if unknown else in_words(found)
        raise ValueError(where + what) from None
    if "client_id" in settings.model_fields_set:
        return settings
    # The usual one would drop the input of a bridge on this machine, or another that listens.
    own = f"affect-bridge-listen-{secrets.token_hex(4)}"
    return settings.model_copy(update={"client_id": own})


def receive(settings: MqttSection, hear: Hear, doubt: Doubt, ready: Callable[[], None]) -> None:
    """Hear what is published until `hear` has heard enough. The sender of a face is its topic.
    `ready` is called once the broker has let us in.

    Raises:
        Unavailable: there is no broker, or no longer, or it refuses us.
    """
    # What aiomqtt needs is not in Windows' default loop.
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(_receive(settings, hear, doubt, ready))


async def _receive(
    settings: MqttSection, hear: Hear, doubt: Doubt, ready: Callable[[], None]
) -> None:
    broker = Broker(settings, announced=False)
    topics = settings.address.path
    level = stream_level(topics)
    decoder = FacePayloadDecoder()
    async with broker.connected() as client:
        await broker.subscribe(client, topics, settings.qos)
        await broker.announce(client, ready)
        async for message in client.messages:
            topic, payload = message.topic.value, message.payload
            if not isinstance(payload, bytes | bytearray) or not payload:
                continue  # how a retained message is deleted; it says nothing
            try:
                frames = decoder.feed(bytes(payload))
            except DecodeError as problem:
                doubt(topic, problem)
                continue
            for frame in frames:
                subject = topic if level is None else topic.split("/")[level]
                if not hear(topic, Received(frame.weights, {**frame.about, "subject": subject})):
                    return
