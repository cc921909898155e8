"""Makes outputs from their settings: one case for each transport."""

from bridge.config.address import host_and_port
from bridge.config.lsl import LslOutputSection
from bridge.config.mqtt_output import MqttOutputSection
from bridge.config.nats_output import NatsOutputSection
from bridge.config.output_section import OutputSection
from bridge.config.outputs import DialectSection, PortsSection, VRChatSection
from bridge.config.recording import RecordSection
from bridge.config.vtube_studio import VTubeStudioSection
from bridge.emotion.mixer import Mixer
from bridge.outputs.on_request import OnRequestOutput
from bridge.outputs.output import Output
from bridge.outputs.ports import PortsOutput
from bridge.outputs.udp import UdpOutput
from protocols.dialect import Asking, Dialect


def output_from(
    section: OutputSection | RecordSection, fps: float, mixer: Mixer | None = None
) -> Output:
    """The output that `section` describes.

    Args:
        fps: frames a second that the daemon makes.
        mixer: where updates come in, for a recording of them.
    """
    match section:
        case DialectSection(dialect=Dialect(asking=Asking(read=read))):
            return OnRequestOutput(
                section.name,
                section.address.host,
                section.address.port,
                stream=section.stream,
                every=section.every,
                read=read,
                encoder_for=lambda **asked: section.encoder(section.stream, fps, **asked),
            )
        case VRChatSection():
            from bridge.outputs.vrchat import vrchat_output  # noqa: PLC0415 - rarely needed

            return vrchat_output(section, fps)
        case PortsSection():
            return _pushed(section, fps)
        case _:
            return _imported_late(section, fps, mixer)


def _pushed(section: PortsSection, fps: float) -> Output:
    def to_port(port: int, name: str) -> Output:
        return UdpOutput(
            name,
            section.address.host,
            port,
            stream=section.stream,
            every=section.every,
            encoder_for=lambda stream: section.encoder(stream, fps),
            crowd_for=section.dialect.crowd,
            reach=section.reach,
            hops=section.hops,
            interface=section.interface,
        )

    host, first = section.address.host, section.address.port
    if section.ports == 1:
        return to_port(first, section.name)
    scheme = section.address.scheme
    outputs = {
        port: to_port(port, f"{scheme} {host_and_port(host, port)}")
        for port in range(first, first + section.ports)
    }
    return PortsOutput(section.name, outputs, every=section.every)


def _imported_late(
    section: OutputSection | RecordSection, fps: float, mixer: Mixer | None
) -> Output:
    """Outputs whose libraries are slow to import, and that most configurations do not need."""
    match section:
        case RecordSection():
            from bridge.outputs.recorder import Recorder  # noqa: PLC0415

            return Recorder(section, fps, mixer)
        case VTubeStudioSection():
            from bridge.outputs.vtube_studio import VTubeStudioOutput  # noqa: PLC0415

            return VTubeStudioOutput(section)
        case MqttOutputSection():
            from bridge.outputs.mqtt import MqttOutput  # noqa: PLC0415

            return MqttOutput(section)
        case NatsOutputSection():
            from bridge.outputs.nats import NatsOutput  # noqa: PLC0415

            return NatsOutput(section)
        case LslOutputSection():
            from bridge.outputs.lsl import LslOutput  # noqa: PLC0415

            return LslOutput(section, fps)
        case _:
            raise TypeError(f"no output is made from {type(section).__name__}")
