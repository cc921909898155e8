"""The usual way to make a frame: PyTorch in eager mode, python-osc's builders, struct.

It does less than affect-bridge: no interpolation, no symmetry, and no splitting of bundles that a
network would fragment. `python -m benchmarks.reference PORT` runs it as a daemon.
"""

import socket
import struct
import sys
import time
from collections.abc import Sequence

import torch
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder
from safetensors.torch import load_file

from bridge.model.checkpoint import BUILTIN
from bridge.model.network import VadToBlendshapes
from protocols.arkit import order_from_reference, spelled
from protocols.livelink import ORDER


class ReferenceFrame:
    """Makes the datagrams of a frame from valence, arousal and dominance."""

    def __init__(self) -> None:
        self._network = VadToBlendshapes()
        self._network.load_state_dict(load_file(BUILTIN))
        self._network.eval()
        self._names = spelled("pascal")
        self._live_link_order = [int(place) for place in order_from_reference(ORDER)]

    def datagrams(self, vad: Sequence[float], frame: int, seconds: float) -> tuple[bytes, bytes]:
        """The VMC bundle and the Live Link packet of one frame."""
        with torch.no_grad():
            weights = self._network(torch.tensor([vad]))[0].tolist()
        return self._vmc(weights, seconds), self._live_link(weights, frame)

    def _vmc(self, weights: Sequence[float], seconds: float) -> bytes:
        bundle = OscBundleBuilder(IMMEDIATELY)
        bundle.add_content(_message("/VMC/Ext/T", seconds))
        for name, weight in zip(self._names, weights, strict=True):
            bundle.add_content(_message("/VMC/Ext/Blend/Val", name, weight))
        bundle.add_content(_message("/VMC/Ext/Blend/Apply"))
        return bundle.build().dgram

    def _live_link(self, weights: Sequence[float], frame: int) -> bytes:
        device, subject = b"00000000-0000-0000-0000-000000000000", b"AffectBridge"
        numbers = [*(weights[place] for place in self._live_link_order), *([0.0] * 9)]
        return b"".join(
            [
                struct.pack(">Bi36s", 6, len(device), device),
                struct.pack(f">i{len(subject)}s", len(subject), subject),
                struct.pack(">ifiiB", frame, 0.0, 60, 1, len(numbers)),
                struct.pack(">61f", *numbers),
            ]
        )


def _message(address: str, *arguments: str | float) -> OscMessage:
    builder = OscMessageBuilder(address=address)
    for argument in arguments:
        builder.add_arg(argument)
    return builder.build()


def main(port: int) -> None:
    """Send 60 frames a second to a port of this machine until terminated."""
    reference = ReferenceFrame()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
        frame = 0
        while True:
            for datagram in reference.datagrams((0.5, 0.4, 0.3), frame, frame / 60):
                sending.sendto(datagram, ("127.0.0.1", port))
            frame += 1
            time.sleep(1 / 60)


if __name__ == "__main__":
    main(int(sys.argv[1]))
