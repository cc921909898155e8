"""Makes the receivers of triggers from their settings."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from bridge.config.output_section import OutputSection
from bridge.config.trigger_section import TriggerSection
from bridge.config.triggers import MqttTrigger, OscTrigger, VRChatTrigger, VTubeStudioTrigger
from bridge.config.vtube_studio import VTubeStudioSection
from bridge.outputs.messages import Messages
from bridge.outputs.output import Output
from bridge.supervision.running import Running
from bridge.supervision.supervised import Supervised
from bridge.triggers.receiver import Receiver


class Place(NamedTuple):
    """The program that a trigger acts on, and how it is connected. Triggers with equal places share
    one receiver, also after a reload that changed other settings of the output."""

    scheme: str
    address: str
    connection: str
    """What else tells connections apart: the stream of an output, or the settings of a client."""


def place_of(trigger: TriggerSection, outputs: Sequence[OutputSection]) -> Place:
    """Where a trigger acts. `outputs`: the settings of the outputs."""
    match trigger:
        case VTubeStudioTrigger() | VRChatTrigger():
            output = trigger.output_among(outputs)
            if output is None:
                return Place(trigger.scheme, trigger.address.place, "its own")
            return Place(trigger.scheme, output.address.place, f"of {output.stream}")
        case MqttTrigger():
            return Place("mqtt", trigger.address.place, repr(trigger.connection))
        case _:
            return Place(trigger.address.scheme, trigger.address.place, "its own")


def receiver_from(
    trigger: TriggerSection,
    outputs: Sequence[OutputSection],
    running: Iterable[Supervised[Output]],
) -> Receiver[Any]:
    """The receiver of a trigger.

    Args:
        outputs: the settings of the outputs.
        running: the outputs that run. It is iterated again each time: a reload may change it.
    """
    match trigger:
        case VTubeStudioTrigger():
            # aiohttp is slow to import, and most configurations do not need it.
            from bridge.outputs.vtube_studio import VTubeStudioOutput  # noqa: PLC0415
            from bridge.triggers.vtube_studio import VTubeStudioReceiver  # noqa: PLC0415

            output = trigger.output_among(outputs)
            if output is not None:
                return VTubeStudioReceiver(_finder(output, running, VTubeStudioOutput))
            section = VTubeStudioSection.model_validate({"to": trigger.to, "parameters": "none"})
            connection = Running(section, VTubeStudioOutput(section))
            return VTubeStudioReceiver(lambda: connection.part, connection)
        case VRChatTrigger() | OscTrigger():
            from bridge.triggers.osc import OscReceiver  # noqa: PLC0415 - as above

            if isinstance(trigger, VRChatTrigger) and (output := trigger.output_among(outputs)):
                from bridge.outputs.vrchat import VRChatOutput  # noqa: PLC0415 - as above

                return OscReceiver(_finder(output, running, VRChatOutput))
            address = trigger.address
            name = f"{address.scheme} {address.place} triggers"
            messages = Running(trigger, Messages(name, address.host, address.port))
            return OscReceiver(lambda: messages.part, messages)
        case MqttTrigger():
            from bridge.triggers.mqtt import MqttReceiver  # noqa: PLC0415 - only this needs aiomqtt

            return MqttReceiver(trigger)
        case _:
            raise TypeError(f"no receiver is made for {type(trigger).__name__}")


def _finder(
    section: OutputSection, running: Iterable[Supervised[Output]], kind: type[Any]
) -> Callable[[], Any]:
    """Finds the output that runs at the same address for the same stream."""

    def find() -> Any:
        for supervised in running:
            part = supervised.part
            if isinstance(part, kind) and (part.section.address, part.section.stream) == (
                section.address,
                section.stream,
            ):
                return part
        return None

    return find
