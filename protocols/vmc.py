"""VMC, the Virtual Motion Capture protocol: blendshapes by name over OSC.

A frame is `OK` and `T` (liveness), optionally the bones and the gaze point, one `Blend/Val` for
each name, and `Blend/Apply` at the end of the last packet. A frame of 52 names is 2.5 kB, so it is
split into bundles that no network fragments; receivers collect values until `Apply`.

The specification has three roles. A marionette renders and listens on 39539. A performer moves the
whole body; it sends to marionettes and listens on 39540 for assistants, which add a part. A face is
a part, and the specification warns that a marionette which gets data from an assistant alone often
lacks the rest. Programs that render accept a face alone, so performer is the default.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np

from protocols import unity
from protocols.arkit import BLENDSHAPES, Spelling, is_map_of_names, spelled
from protocols.dialect import Dialect, Shown
from protocols.face import Datagram, DecodeError, Face, Received
from protocols.leave import NOTHING, Leave, LeftOut, left_out
from protocols.osc.packets import CompiledPackets, MessageShape, Slot, decode
from protocols.vrm import BLINKS, EMOTIONS, LOOKS, PRESETS, VOWELS, weigh_presets

MARIONETTE_PORT = 39539
"""The port of programs that render."""
PERFORMER_PORT = 39540
"""The port on which programs that move a body receive from others that move a part of it."""

BONES: Mapping[str, tuple[float, float, float]] = {
    "Head": (0.0, 0.09, 0.01),
    "LeftEye": (-0.03, 0.06, 0.03),
    "RightEye": (0.03, 0.06, 0.03),
}
"""The bones to send, by Unity's names and in the order of `Face.rotations`, with their positions
relative to their parents in metres. VMC has no rotation without a position, so these are typical
values and not those of any model. With zeros, a receiver that applies positions would put the head
into the neck."""

_PRESETS_AT = len(BLENDSHAPES)
_TIME_AT = _PRESETS_AT + VOWELS.stop
_ROTATIONS_AT = _TIME_AT + 1
_GAZE_AT = _ROTATIONS_AT + 4 * len(BONES)
_VALUES = _GAZE_AT + 3

_MOST_NAMES = 1024
_TIME_WRAPS_AT = 65536.0
"""Seconds. T is a float32, which after 18 hours is too coarse to tell two frames apart."""


class VmcEncoder:
    """Encodes one face as VMC datagrams of at most 1400 bytes."""

    def __init__(
        self,
        names: Sequence[str | None] = spelled("pascal"),
        *,
        presets: Sequence[str] = (),
        bones: bool = False,
        gaze: bool = False,
        bundled: bool = True,
        left: LeftOut = NOTHING,
    ) -> None:
        """Compile the packets.

        Args:
            names: the 52 names in reference order with None for shapes not to send, or no names.
                VMC names are case-sensitive.
            presets: keys of `protocols.vrm.PRESETS` whose names are sent as well, with the weights
                of `weigh_presets`. Next to the 52 names only the emotions have weights; the other
                presets are 0, so that a model with both does not close its eyes twice.
            bones: whether to send the rotations of head and eyes.
            gaze: whether to send the point that the eyes look at, one metre away, relative to the
                head as in version 2.8 of the protocol. Up to 2.7 it was a point in the room.
            left: what not to send, also of presets, bones and gaze.
        """
        self._values = np.zeros(_VALUES, dtype=np.float32)
        self._presets = self._values[_PRESETS_AT:_TIME_AT] if presets else None
        self._bones, self._gaze = bones, gaze
        shapes = [MessageShape("/VMC/Ext/OK", [1]), MessageShape("/VMC/Ext/T", [Slot(_TIME_AT)])]
        if bones:
            shapes += [
                MessageShape("/VMC/Ext/Bone/Pos", [bone, *position, *_slots(at, 4)])
                for at, (bone, position), kept in zip(
                    range(_ROTATIONS_AT, _GAZE_AT, 4), BONES.items(), left.rotations, strict=True
                )
                if kept
            ]
        if gaze and not left.gaze:
            shapes.append(MessageShape("/VMC/Ext/Set/Eye", [1, *_slots(_GAZE_AT, 3)]))
        weights: list[tuple[str, float]] = [
            (name, Slot(i))
            for i, name in enumerate(left.without(names) if names else ())
            if name is not None
        ]
        for vocabulary in presets:
            slots: list[float] = list(_slots(_PRESETS_AT, EMOTIONS.stop))
            rest = range(EMOTIONS.stop, VOWELS.stop)
            slots += [0.0 if names else Slot(_PRESETS_AT + i) for i in rest]
            kept = _kept_presets(left)
            weights += [
                (name, slot)
                for name, slot, sent in zip(PRESETS[vocabulary], slots, kept, strict=True)
                if sent
            ]
        shapes += [MessageShape("/VMC/Ext/Blend/Val", weight) for weight in weights]
        shapes.append(MessageShape("/VMC/Ext/Blend/Apply"))
        self._packets = CompiledPackets(shapes, bundled=bundled)

    def encode(self, face: Face) -> Sequence[Datagram]:
        values = self._values
        values[:_PRESETS_AT] = face.weights
        values[_TIME_AT] = face.seconds % _TIME_WRAPS_AT
        if self._presets is not None:
            weigh_presets(face, self._presets)
        if self._bones or self._gaze:
            head, left, right = face.rotations.tolist()
            values[_ROTATIONS_AT:_GAZE_AT] = (
                *unity.quaternion(*head),
                *unity.quaternion(*left),
                *unity.quaternion(*right),
            )
            # The eyes may converge, but there is one point to send: the middle.
            values[_GAZE_AT:] = unity.direction((left[0] + right[0]) / 2, (left[1] + right[1]) / 2)
        self._packets.patch(values)
        return self._packets.datagrams


def _kept_presets(left: LeftOut) -> list[bool]:
    """Whether each preset is sent."""
    kept = [True] * VOWELS.stop
    for part, is_left in ((BLINKS, left.blink), (LOOKS, left.gaze), (VOWELS, left.speech)):
        kept[part] = [not is_left] * len(kept[part])
    return kept


def _slots(first: int, count: int) -> list[Slot]:
    return [Slot(i) for i in range(first, first + count)]


class VmcDecoder:
    """Collects values until `Apply`, as a marionette does, and with them the angles of head and
    eyes (as in `Face.rotations`) and the gaze point. Other messages are ignored."""

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
                    raise DecodeError("expected a name (s) and a weight (f) in /VMC/Ext/Blend/Val")
                case "/VMC/Ext/Blend/Apply", _:
                    frames.append(Received(self._weights, self._about))
                    self._weights, self._about = {}, {}
                case _:
                    self._read_other(address, arguments)
        return frames

    def _read_other(self, address: str, arguments: tuple[Any, ...]) -> None:
        """Read a message that is not a weight.

        Raises:
            DecodeError: a bone or a gaze point is incomplete.
        """
        match address, arguments:
            case "/VMC/Ext/T", (float(seconds), *_):
                self._about["time"] = seconds
            case "/VMC/Ext/OK", (int(loaded), *_):
                self._about["loaded"] = loaded
            case "/VMC/Ext/Bone/Pos", (str(bone), *numbers) if _are_floats(numbers[:7], 7):
                if bone in BONES:
                    angles = unity.yaw_pitch_roll(numbers[3:7])
                    for axis, angle in zip(("Yaw", "Pitch", "Roll"), angles, strict=True):
                        self._about[f"{bone}{axis}"] = angle
            case "/VMC/Ext/Bone/Pos", _:
                raise DecodeError("expected a name (s) and seven numbers (f) in /VMC/Ext/Bone/Pos")
            case "/VMC/Ext/Set/Eye", (int(enabled), *point) if _are_floats(point[:3], 3):
                if enabled:
                    self._about |= zip(("GazeX", "GazeY", "GazeZ"), point[:3], strict=True)
            case "/VMC/Ext/Set/Eye", _:
                raise DecodeError("expected a switch (i) and three numbers (f) in /VMC/Ext/Set/Eye")


def _are_floats(numbers: Sequence[Any], count: int) -> bool:
    return len(numbers) == count and all(isinstance(number, float) for number in numbers)


_USUAL = "pascal"
_EXPECTED = (
    f"expected pascal, camel, {', '.join(PRESETS)}, a map from ARKit names to others, or a list"
)


def _checked_names(value: Any) -> Any:
    if isinstance(value, str) and "," in value:
        value = [name.strip() for name in value.split(",")]
    listed = value if isinstance(value, list | tuple) else [value]
    for each in listed:
        in_words = isinstance(each, str) and each in ("pascal", "camel", *PRESETS)
        if not in_words and not is_map_of_names(each):
            raise ValueError(f"{each!r}: {_EXPECTED}")
    if not listed:
        raise ValueError(f"an empty list: {_EXPECTED}")
    chosen(listed)
    return value


Names = Annotated[Spelling | list[Spelling], _checked_names]
"""The names to send: one spelling of the 52, VRM presets, or a list of both."""


def chosen(
    names: Spelling | Sequence[Spelling],
) -> tuple[tuple[str | None, ...], tuple[str, ...]]:
    """The 52 names as `spelled` returns them, or none, and the keys of the presets.

    Raises:
        ValueError: unknown names, or names that exclude each other.
    """
    listed = [names] if isinstance(names, str | Mapping) else list(names)
    presets = tuple(each for each in listed if isinstance(each, str) and each in PRESETS)
    spellings = [each for each in listed if each not in presets]
    shapes = spelled(spellings, _USUAL) if spellings else ()
    # vrm0 and vrm1 may be combined: a receiver that ignores case sets the same weight twice.
    sent = Counter(name for name in shapes if name is not None)
    sent.update(name for vocabulary in presets for name in PRESETS[vocabulary])
    for name, times in sent.most_common(1):
        if times > 1:
            raise ValueError(f"the name {name!r} would be sent twice")
    return shapes, presets


def encoder(
    shown: Shown,
    *,
    names: Annotated[
        Names,
        "The spelling of the model's blendshapes: pascal (EyeBlinkLeft), camel (eyeBlinkLeft), or "
        "a map from ARKit names to others, which changes only the names that it contains; null "
        "leaves a shape out. For a model without these shapes: vrm0 (Joy) or vrm1 (happy), which "
        "send emotion, blinks, gaze and vowels as VRM preset expressions. Or a list: [pascal, "
        "vrm0]; then the presets show the emotion only, and the shapes do the rest.",
    ] = "pascal",
    bones: Annotated[
        bool,
        "Send the rotations of Head, LeftEye and RightEye as well. If the receiver applies the "
        "positions of bones, switch that off there: they are typical values, not the model's.",
    ] = False,
    gaze: Annotated[
        bool,
        "Send the point that the eyes look at as well, relative to the head as in version 2.8 of "
        "the protocol.",
    ] = False,
    role: Annotated[
        Literal["performer", "assistant"],
        "The port to use if the address has none. performer: 39539, for programs that render. "
        "assistant: 39540, for a performer such as Virtual Motion Capture.",
    ] = "performer",
    bundle: Annotated[
        bool, "Send bundles of up to 1400 bytes. false sends single messages."
    ] = True,
    leave: Leave = (),
) -> VmcEncoder:
    """VMC, for example `vmc://127.0.0.1:39539`: VSeeFace, Warudo, VNyan, Unity (EVMC4U)."""
    shapes, presets = chosen(names)
    return VmcEncoder(
        shapes,
        presets=presets,
        bones=bones,
        gaze=gaze,
        bundled=bundle,
        left=left_out(leave),
    )


def _port(settings: Mapping[str, Any]) -> int:
    return PERFORMER_PORT if settings.get("role") == "assistant" else MARIONETTE_PORT


DIALECT = Dialect("vmc", encoder, VmcDecoder, port=_port)
