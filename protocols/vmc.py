"""VMC, the Virtual Motion Capture protocol: blendshapes by name over OSC.

A frame is `OK` and `T` (liveness), one `Blend/Val` for each shape, and `Blend/Apply` at the very
end of the last packet. A frame of 52 is 2.5 kB, so it is split into bundles that no network has to
fragment; receivers gather values until `Apply`.
"""

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from protocols.arkit import Names, spelled
from protocols.dialect import Dialect, Shown
from protocols.face import Datagram, DecodeError, Face, Received
from protocols.osc import CompiledPackets, MessageShape, Slot, decode

MARIONETTE_PORT = 39539
"""Where programs that render listen."""

_MOST_NAMES = 1024
_TIME_WRAPS_AT = 65536.0
"""Seconds. T travels as a float32, which past 18 hours no longer tells two frames apart."""


class VmcEncoder:
    """Encodes one face a frame as VMC datagrams of at most 1400 bytes."""

    def __init__(self, names: Sequence[str] = spelled("pascal"), *, bundled: bool = True) -> None:
        """`names`: the 52 names to send, in reference order. VMC names are case-sensitive."""
        self._values = np.zeros(len(names) + 1, dtype=np.float32)
        self._packets = CompiledPackets(
            [
                MessageShape("/VMC/Ext/OK", [1]),
                MessageShape("/VMC/Ext/T", [Slot(len(names))]),
                *(
                    MessageShape("/VMC/Ext/Blend/Val", [name, Slot(i)])
                    for i, name in enumerate(names)
                ),
                MessageShape("/VMC/Ext/Blend/Apply"),
            ],
            bundled=bundled,
        )

    def encode(self, face: Face) -> Sequence[Datagram]:
        self._values[:-1] = face.weights
        self._values[-1] = face.seconds % _TIME_WRAPS_AT
        self._packets.patch(self._values)
        return self._packets.datagrams


class VmcDecoder:
    """Gathers values until `Apply`, as a marionette does. Other VMC messages are ignored."""

    def __init__(self) -> None:
        self._weights: dict[str, float] = {}
        self._about: dict[str, str | int | float] = {}

    def feed(self, datagram: bytes) -> list[Received]:
        frames = []
        for address, arguments in decode(datagram):
            match address, arguments:
                case "/VMC/Ext/Blend/Val", (str(name), float(weight), *_):
                    if len(self._weights) >= _MOST_NAMES and name not in self._weights:
                        raise DecodeError(f"more than {_MOST_NAMES} blendshape names")
                    self._weights[name] = weight
                case "/VMC/Ext/Blend/Val", _:
                    raise DecodeError("/VMC/Ext/Blend/Val wants a name (s) and a weight (f)")
                case "/VMC/Ext/Blend/Apply", _:
                    frames.append(Received(self._weights, self._about))
                    self._weights, self._about = {}, {}
                case "/VMC/Ext/T", (float(seconds), *_):
                    self._about["time"] = seconds
                case "/VMC/Ext/OK", (int(loaded), *_):
                    self._about["loaded"] = loaded
        return frames


def encoder(
    shown: Shown,
    *,
    names: Annotated[
        Names,
        "How the model spells its blendshapes: pascal (EyeBlinkLeft), camel (eyeBlinkLeft), or a "
        "map from ARKit names.",
    ] = "pascal",
    bundle: Annotated[
        bool, "Send bundles of up to 1400 bytes; false sends single messages."
    ] = True,
) -> VmcEncoder:
    """VMC, for example `vmc://127.0.0.1:39539`: VSeeFace, Warudo, VNyan, Unity (EVMC4U)."""
    return VmcEncoder(spelled(names), bundled=bundle)


DIALECT = Dialect("vmc", encoder, VmcDecoder, port=MARIONETTE_PORT)
