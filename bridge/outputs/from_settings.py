"""From settings to outputs."""

from bridge.config.outputs import OutputSection
from bridge.outputs.udp import UdpOutput


def output_from(section: OutputSection, fps: float) -> UdpOutput:
    """The output that `section` describes, in a daemon that makes `fps` frames a second."""
    return UdpOutput(
        section.name,
        section.address.host,
        section.address.port,
        stream=section.stream,
        every=section.every,
        encoder_for=lambda stream: section.encoder(stream, fps),
    )
