"""From settings to outputs: one case for each dialect."""

import socket
import uuid
from collections.abc import Callable
from fractions import Fraction

from bridge.config.outputs import LiveLinkSection, OscOutputSection, OutputSection, VmcSection
from bridge.outputs.udp import UdpOutput
from protocols.arkit import spelled
from protocols.face import Encoder
from protocols.livelink import LiveLinkEncoder
from protocols.oscblendshapes import OscBlendshapesEncoder
from protocols.vmc import VmcEncoder

_FINEST_RATE = 1001  # the denominator of 30000/1001 and its like


def output_from(section: OutputSection, fps: float) -> UdpOutput:
    """The output that `section` describes, in a daemon that makes `fps` frames a second."""
    return UdpOutput(
        section.name,
        section.address.host,
        section.address.port,
        stream=section.stream,
        every=section.every,
        encoder_for=_encoder_for(section, Fraction(fps).limit_denominator(_FINEST_RATE)),
    )


def _encoder_for(section: OutputSection, rate: Fraction) -> Callable[[str], Encoder]:
    """How to make the encoder of one stream."""
    match section:
        case VmcSection():
            names = spelled(section.names)
            return lambda stream: VmcEncoder(names, bundled=section.bundle)
        case LiveLinkSection():
            return lambda stream: LiveLinkEncoder(
                section.subject.replace("{stream}", stream),
                device_id(section.subject, stream),
                rate / section.every,
                frame_divisor=section.every,
            )
        case OscOutputSection():
            return lambda stream: OscBlendshapesEncoder(
                section.osc_address,
                layout=section.layout,
                names=spelled(section.names),
                scale=section.scale,
                stream=stream,
                bundled=section.bundle,
            )
        case _:
            raise TypeError(f"no dialect for {section!r}")


def device_id(subject: str, stream: str) -> str:
    """A UUID that stays the same for this machine, subject and stream, and differs from others."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{socket.gethostname()}/{subject}/{stream}"))
