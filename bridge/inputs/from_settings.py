"""From settings to sources: one case for each kind of input."""

from bridge.config.inputs import DemoSection, InputSection, MqttSection, OscInputSection
from bridge.inputs.demo import DemoInput
from bridge.inputs.osc import OscInput
from bridge.inputs.source import Source
from bridge.inputs.stdin import StdinInput
from bridge.mixer import Mixer


def source_from(section: InputSection, mixer: Mixer) -> Source:
    """The input that `section` describes, with a mailbox at `mixer`."""
    name, address = section.name, section.address
    mailbox = mixer.mailbox(name, priority=section.priority, hold=section.hold_seconds)
    match section:
        case OscInputSection():
            return OscInput(name, mailbox, address.host, address.port)
        case MqttSection():
            # Imported when it is wanted, for a quicker start without it.
            from bridge.inputs.mqtt import MqttInput  # noqa: PLC0415

            return MqttInput(name, mailbox, section)
        case DemoSection():
            return DemoInput(name, mailbox)
        case _:
            return StdinInput(name, mailbox)
