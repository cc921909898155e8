"""Makes outputs from their settings: one case for each transport."""

from bridge.config.mqtt_output import MqttOutputSection
from bridge.config.output_section import OutputSection
from bridge.config.outputs import DialectSection, PushedSection, VRChatSection
from bridge.config.recording import RecordSection
from bridge.config.vtube_studio import VTubeStudioSection
from bridge.emotion.mixer import Mixer
from bridge.outputs.on_request import OnRequestOutput
from bridge.outputs.output import Output
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
        case RecordSection():
            from bridge.outputs.recorder import Recorder  # noqa: PLC0415 - rarely needed

            return Recorder(section, fps, mixer)
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
        case PushedSection():
            return UdpOutput(
                section.name,
                section.address.host,
                section.address.port,
                stream=section.stream,
                every=section.every,
                encoder_for=lambda stream: section.encoder(stream, fps),
                reach=section.reach,
                hops=section.hops,
                interface=section.interface,
            )
        case VTubeStudioSection():
            # aiohttp is slow to import, and most configurations do not need it.
            from bridge.outputs.vtube_studio import VTubeStudioOutput  # noqa: PLC0415

            return VTubeStudioOutput(section)
        case MqttOutputSection():
            from bridge.outputs.mqtt import MqttOutput  # noqa: PLC0415 - only this one needs aiomqtt

            return MqttOutput(section)
        case _:
            raise TypeError(f"no output is made from {type(section).__name__}")
