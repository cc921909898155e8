import math
import time

import pytest

from bridge.config.settings import Settings
from bridge.emotion.mixer import Mixer
from bridge.emotion.update import named_update
from bridge.inputs.chat import ChatInput
from bridge.inputs.demo import DemoInput
from bridge.inputs.from_settings import mailbox_for, source_from
from bridge.inputs.mqtt import MqttInput
from bridge.inputs.nats import NatsInput
from bridge.inputs.osc import OscInput
from bridge.inputs.source import Source
from bridge.inputs.stdin import StdinInput
from bridge.inputs.text import TextInput


def sources(mixer: Mixer, *addresses: str) -> list[Source]:
    settings = Settings.model_validate({"inputs": list(addresses)})
    return [source_from(section, mailbox_for(section, mixer)) for section in settings.inputs]


@pytest.mark.parametrize(
    ("address", "kind", "name"),
    [
        ("stdin", StdinInput, "stdin"),
        ("stdin:chat", ChatInput, "stdin:chat"),
        ("stdin:text", TextInput, "stdin:text"),
        ("demo", DemoInput, "demo"),
        ("osc://:9130", OscInput, "osc 127.0.0.1:9130"),
        ("mqtt://h/affect/+/set", MqttInput, "mqtt h:1883"),
        ("mqtts://h/affect/+/set", MqttInput, "mqtts h:8883"),
        ("nats://h/affect.*.set", NatsInput, "nats h:4222"),
    ],
)
async def test_each_address_becomes_its_input(address: str, kind: type[Source], name: str) -> None:
    [source] = sources(Mixer(), address)
    assert type(source) is kind
    assert source.name.startswith(name)
    assert source.complaints.source == source.name


def test_an_input_speaks_with_its_priority_and_hold() -> None:
    mixer = Mixer()
    low, high = sources(mixer, "osc://:1?priority=1", "osc://:2?priority=2&hold=5")
    now = time.monotonic()
    high.mailbox.post(named_update("fear"))
    low.mailbox.post(named_update("anger"))
    mixer.settle(now)
    assert mixer.label() == "fear 1"
    mixer.settle(now + 6)
    assert mixer.label() == "anger 1"
    mixer.settle(now + 1e9)
    assert mixer.label() == "anger 1"
    assert low.mailbox.let_end(math.inf)


def test_two_topics_of_one_broker_do_not_share_a_mailbox() -> None:
    mixer = Mixer()
    high, low = sources(
        mixer, "mqtt://h/a?priority=2&client_id=a", "mqtt://h/b?priority=1&client_id=b"
    )
    high.mailbox.post(named_update("fear"))
    low.mailbox.post(named_update("anger"))
    mixer.settle(time.monotonic())
    assert mixer.label() == "fear 1"
