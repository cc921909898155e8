"""Blendshapes over plain OSC, at addresses that the user chooses.

Three layouts: one message for each shape, one message of 52 floats, or pairs of index and weight.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np

from protocols.arkit import BLENDSHAPES, Names, spelled
from protocols.dialect import Dialect, Shown
from protocols.face import Datagram, Face, Received
from protocols.leave import LEAVE, checked_leave, left_out
from protocols.osc.packets import CompiledPackets, MessageShape, Slot, check_address, decode

Layout = Literal["per_shape", "array", "indexed"]

DEFAULT_ADDRESS: dict[Layout, str] = {
    "per_shape": "/blendshape/{name}",
    "array": "/blendshapes",
    "indexed": "/blendshape",
}

_MOST_NAMES = 4096


class OscBlendshapesEncoder:
    """Encodes one stream's weights under an address pattern."""

    def __init__(
        self,
        address: str = DEFAULT_ADDRESS["per_shape"],
        *,
        layout: Layout = "per_shape",
        names: Sequence[str | None] = spelled("camel"),
        scale: float = 1.0,
        stream: str = "main",
        bundled: bool = True,
    ) -> None:
        """Compile the messages.

        Args:
            address: OSC address in UTF-8 (OSC 1.0 says ASCII, but receivers accept both);
                `{stream}` stands for the stream, `{name}` for the shape.
            layout: `per_shape` sends `address f` for each shape, `array` one message of 52 floats
                in reference order, `indexed` sends `address i f` with the reference index.
            names: the 52 names in reference order, used for `{name}`. None leaves a shape out, or
                sends 0 in the layout `array`, which has 52 fixed places.
            scale: the value that is sent for a weight of 1.

        Raises:
            ValueError: an address that is not valid OSC, or does not fit the layout.
        """
        _check_address(address, layout)
        address = address.replace("{stream}", stream)
        addresses = [None if n is None else address.replace("{name}", n) for n in names]
        for compiled in filter(None, addresses):
            check_address(compiled)
        sent = [(Slot(i), a) for i, a in enumerate(addresses) if a is not None]
        if not sent:
            raise ValueError("no shapes are left to send")
        messages: list[MessageShape]
        match layout:
            case "per_shape":
                messages = [MessageShape(a, [slot]) for slot, a in sent]
            case "array":
                places = [0.0 if a is None else Slot(i) for i, a in enumerate(addresses)]
                messages = [MessageShape(address, places)]
            case "indexed":
                messages = [MessageShape(a, [int(slot), slot]) for slot, a in sent]
        self._packets = CompiledPackets(messages, bundled=bundled)
        self._scale = np.float32(scale)
        self._values = np.zeros(len(BLENDSHAPES), dtype=np.float32)

    def encode(self, face: Face) -> Sequence[Datagram]:
        np.multiply(face.weights, self._scale, out=self._values)
        self._packets.patch(self._values)
        return self._packets.datagrams


def _check_address(address: str, layout: Layout) -> None:
    """Check that an address pattern fits the layout.

    Raises:
        ValueError: it does not. The message says what was expected.
    """
    if not address.startswith("/"):
        raise ValueError(f"expected an OSC address that starts with '/', got {address!r}")
    if layout == "per_shape" and "{name}" not in address:
        raise ValueError(
            f"layout per_shape needs {{name}} in the address, as in {address}/{{name}}"
        )
    if layout != "per_shape" and "{name}" in address:
        raise ValueError(
            f"layout {layout} has one address for all shapes: remove {{name}} from the address"
        )


class OscBlendshapesDecoder:
    """Reads every number as a weight, named by its address and index.

    Nothing marks the end of a frame, so a frame is complete when a name arrives again.
    """

    def __init__(self) -> None:
        self._weights: dict[str, float] = {}

    def feed(self, datagram: bytes) -> list[Received]:
        frames = []
        for address, arguments in decode(datagram):
            weights = _weights(address, arguments)
            if self._weights.keys() & weights.keys() or len(self._weights) > _MOST_NAMES:
                frames.append(Received(self._weights))
                self._weights = {}
            self._weights |= weights
        return frames


def _weights(address: str, arguments: Sequence[object]) -> dict[str, float]:
    numbers = {
        place: float(argument)
        for place, argument in enumerate(arguments)
        if isinstance(argument, int | float) and not isinstance(argument, bool)
    }
    if len(arguments) == 2 and len(numbers) == 2 and isinstance(arguments[0], int):
        return {f"{address} {arguments[0]}": numbers[1]}
    if len(arguments) == 1 and numbers:
        return {address: numbers[0]}
    return {f"{address}[{place}]": number for place, number in numbers.items()}


def encoder(
    shown: Shown,
    *,
    layout: Annotated[
        Layout,
        "per_shape: one message for each shape. array: one message of 52 floats. indexed: messages "
        "with index and weight.",
    ] = "per_shape",
    names: Annotated[
        Names,
        "The spelling of {name}: camel, pascal, or a map from ARKit names to others, which "
        "changes only the names that it contains. null leaves a shape out; in the layout array it "
        "sends 0. Or a list: [pascal, {jawOpen: Jaw}].",
    ] = "camel",
    scale: Annotated[Literal[1, 100], "The value that is sent for a weight of 1."] = 1,
    bundle: Annotated[
        bool, "Send bundles of up to 1400 bytes. false sends single messages."
    ] = True,
    leave: Annotated[
        tuple[str, ...], f"{LEAVE} In the layout array they are sent as 0.", checked_leave
    ] = (),
) -> OscBlendshapesEncoder:
    """Plain OSC for Unity, Unreal and others, for example
    `osc://127.0.0.1:8000/blendshape/{name}`."""
    return OscBlendshapesEncoder(
        f"/{shown.path}" if shown.path else DEFAULT_ADDRESS[layout],
        layout=layout,
        names=left_out(leave).without(spelled(names)),
        scale=scale,
        stream=shown.stream,
        bundled=bundle,
    )


DIALECT = Dialect("osc", encoder, OscBlendshapesDecoder, path="OSC address")
