"""Receives faces over MQTT, from any program that publishes them."""

import asyncio
import secrets
from collections.abc import Callable

from pydantic import ValidationError

from bridge.config.files import with_full_paths
from bridge.config.input_section import SCHEMES
from bridge.config.inputs import MqttSection
from bridge.config.mqtt_output import TOPIC, with_topic
from bridge.config.reading import in_words
from bridge.config.section import from_address
from bridge.mqtt.broker import Broker
from bridge.receiving.udp import OnError, OnFrame
from protocols.face import DecodeError, Received
from protocols.facepayload import FacePayloadDecoder


def subscription(address: str) -> MqttSection:
    """The broker and topics of an address. Its options are those of an MQTT input.

    Without a topic, it is the topic under which outputs publish, for all streams.

    Raises:
        ValueError: the address or an option is not valid. The message says why.
    """
    values = from_address("from", SCHEMES)(address)
    values["from"] = with_topic(values["from"].strip(), TOPIC.replace("{stream}", "+"))
    try:
        settings = with_full_paths(MqttSection.model_validate(values), None)
    except ValidationError as problem:
        found = problem.errors()[0]
        where = "".join(f"{step}: " for step in found["loc"] if step != "from")
        unknown = found["type"] == "extra_forbidden"
        what = "unknown setting" if unknown else in_words(found)
        raise ValueError(where + what) from None
    if "client_id" in settings.model_fields_set:
        return settings
    # The default one would disconnect an input of this machine, or another `listen`.
    own = f"affect-bridge-listen-{secrets.token_hex(4)}"
    return settings.model_copy(update={"client_id": own})


def receive(
    settings: MqttSection, on_frame: OnFrame, on_error: OnError, ready: Callable[[], None]
) -> None:
    """Receive what is published until `on_frame` returns False. The sender of a face is its topic.
    `ready` is called once the broker has accepted the connection.

    Raises:
        Unavailable: the broker cannot be reached, is lost, or refuses the connection.
    """
    # aiomqtt needs a loop that is not the default on Windows.
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(_receive(settings, on_frame, on_error, ready))


async def _receive(
    settings: MqttSection, on_frame: OnFrame, on_error: OnError, ready: Callable[[], None]
) -> None:
    broker = Broker(settings, announced=False)
    topics, level = settings.topics
    decoder = FacePayloadDecoder()
    async with broker.connected() as client:
        await broker.subscribe(client, topics, settings.qos)
        await broker.announce(client, ready)
        async for message in client.messages:
            topic, payload = message.topic.value, message.payload
            if not isinstance(payload, bytes | bytearray) or not payload:
                continue  # an empty message deletes a retained one
            try:
                frames = decoder.feed(bytes(payload))
            except DecodeError as problem:
                on_error(topic, problem)
                continue
            for frame in frames:
                subject = topic if level is None else topic.split("/")[level]
                if not on_frame(
                    topic, Received(frame.weights, {**frame.about, "subject": subject})
                ):
                    return
