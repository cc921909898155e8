"""Makes sources from settings: one case for each kind of input."""

import sys
from typing import assert_never

from bridge.config.inputs import (
    AnySource,
    DemoSection,
    FileSection,
    MqttSection,
    OscInputSection,
    OverlaySection,
)
from bridge.config.lsl import LslInputSection
from bridge.config.nats_input import NatsInputSection
from bridge.config.standard_input import ChatSection, StdinSection, TextSection
from bridge.config.web import WebSection
from bridge.emotion.mixer import Mailbox, Mixer
from bridge.face.overlay import OverlayFaces
from bridge.inputs.demo import DemoInput
from bridge.inputs.file import FileInput
from bridge.inputs.osc import OscInput
from bridge.inputs.overlay import OverlayInput
from bridge.inputs.source import Source
from bridge.inputs.stdin import StdinInput
from bridge.inputs.views import NoViews, Views
from protocols.dialects import DIALECTS


def mailbox_for(section: AnySource, mixer: Mixer) -> Mailbox:
    """A mailbox for the input that `section` describes."""
    return mixer.mailbox(section.name, priority=section.priority, hold=section.hold_seconds)


def source_from(
    section: AnySource,
    mailbox: Mailbox,
    overlays: OverlayFaces | None = None,
    views: Views | None = None,
) -> Source:
    """The input that `section` describes. It posts to `mailbox`, and faces of other programs to
    `overlays`. Visitors of the HTTP interface see `views`."""
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
        case WebSection():
            # Imported only here, so that a bridge without it starts faster.
            from bridge.inputs.web import WebInput  # noqa: PLC0415

            return WebInput(name, mailbox, section, NoViews() if views is None else views)
        case FileSection():
            faces = OverlayFaces() if overlays is None else overlays
            return FileInput(section, mailbox, faces.played)
        case _:
            return _plain(section, mailbox)


def _plain(
    section: NatsInputSection
    | LslInputSection
    | ChatSection
    | TextSection
    | DemoSection
    | StdinSection,
    mailbox: Mailbox,
) -> Source:
    # What is not always needed is imported only where it is used, so that the others start faster.
    match section:
        case LslInputSection():
            from bridge.inputs.lsl import LslInput  # noqa: PLC0415 - rarely needed

            return LslInput(section, mailbox)
        case NatsInputSection():
            from bridge.inputs.nats import NatsInput  # noqa: PLC0415 - rarely needed

            return NatsInput(section.name, mailbox, section)
        case ChatSection():
            from bridge.inputs.chat import ChatInput  # noqa: PLC0415

            return ChatInput(section.name, mailbox, section, sys.stdout)
        case TextSection():
            from bridge.inputs.text import TextInput  # noqa: PLC0415

            return TextInput(section.name, mailbox, section)
        case DemoSection():
            return DemoInput(section.name, mailbox)
        case StdinSection():
            return StdinInput(section.name, mailbox, section.reading)
        case _:
            assert_never(section)
