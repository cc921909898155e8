"""Makes sources from settings: one case for each kind of input."""

from bridge.config.inputs import (
    DemoSection,
    FileSection,
    InputSection,
    MqttSection,
    OscInputSection,
    OverlaySection,
)
from bridge.emotion.mixer import Mailbox, Mixer
from bridge.face.overlay import OverlayFaces
from bridge.inputs.demo import DemoInput
from bridge.inputs.file import FileInput
from bridge.inputs.osc import OscInput
from bridge.inputs.overlay import OverlayInput
from bridge.inputs.source import Source
from bridge.inputs.stdin import StdinInput
from protocols.dialects import DIALECTS


def mailbox_for(section: InputSection, mixer: Mixer) -> Mailbox:
    """A mailbox for the input that `section` describes."""
    return mixer.mailbox(section.name, priority=section.priority, hold=section.hold_seconds)


def source_from(
    section: InputSection, mailbox: Mailbox, overlays: OverlayFaces | None = None
) -> Source:
    """The input that `section` describes. It posts to `mailbox`, and faces of other programs to
    `overlays`."""
    name = section.name
    match section:
        case OscInputSection():
            return OscInput(
                name,
                mailbox,
                section.address.host,
                section.address.port,
                section.allow,
                addresses=section.addresses,
                reading=section.reading,
            )
        case MqttSection():
            # Imported only here, so that a bridge without MQTT starts faster.
            from bridge.inputs.mqtt import MqttInput  # noqa: PLC0415

            return MqttInput(name, mailbox, section)
        case OverlaySection():
            return OverlayInput(
                *(name, mailbox, section.address.host, section.address.port, section.allow),
                dialect=DIALECTS[section.address.scheme],
                stream=section.stream,
                faces=OverlayFaces() if overlays is None else overlays,
            )
        case DemoSection():
            return DemoInput(name, mailbox)
        case FileSection():
            faces = OverlayFaces() if overlays is None else overlays
            return FileInput(section, mailbox, faces.played)
        case _:
            return StdinInput(name, mailbox, section.reading)
