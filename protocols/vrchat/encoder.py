"""VRChat: a face as avatar parameters over OSC, with the names of Unified Expressions.

Changes are sent at once and everything once a second, because a datagram may be lost and VRChat may
just have loaded the avatar. A parameter is sent as a float, as a binary number made of boolean
parameters (avatars have few synchronised bits), or both.

VRChat's newer addresses for face tracking are left out: no published text about them was found.
"""

import math
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Le

from protocols.dialect import Dialect, Shown
from protocols.face import Datagram, DecodeError, Face, Floats
from protocols.leave import Leave, left_out
from protocols.osc.packets import SAFE_DATAGRAM, decode
from protocols.vrchat.decoder import VRChatDecoder
from protocols.vrchat.layout import (
    EYE_ANGLES,
    EYES_CLOSED,
    MOST_BITS,
    NAMES,
    EyeLook,
    Layout,
    Tagged,
    blind_layout,
    tagged,
)
from protocols.vrchat.unified_expressions import PARAMETERS, UnifiedExpressions

PORT = 9000
"""The port on which VRChat listens."""
ANSWERS_PORT = 9001
"""The port to which VRChat sends."""

THRESHOLD = 0.001
"""A float is sent again when it differs from the last sent value by more than this."""
REFRESH_EVERY = 1.0
"""Seconds of the face's own time between two frames that contain everything."""

_BUNDLE = b"#bundle\0\0\0\0\0\0\0\0\1"  # timetag: immediately
_ALL_BITS_FROM = 0.99999
_COLUMN = {name: column for column, name in enumerate(NAMES)}
_HEAD = slice(len(PARAMETERS), len(NAMES))
_LIDS = _COLUMN["EyeClosed"]
_ANGLES = slice(len(NAMES), len(NAMES) + 4)
_DEGREES = np.float32(180 / math.pi)
CHANGE = b"/avatar/change\0"
"""Every datagram that reports an avatar contains this."""


def changed_avatar(datagram: bytes) -> str | None:
    """The id of the avatar if the datagram says that VRChat loaded one; otherwise None, also for an
    invalid datagram."""
    try:
        messages = decode(datagram)
    except DecodeError:
        return None
    for address, arguments in messages:
        if address == "/avatar/change":
            return str(arguments[0])[:200] if arguments else ""
    return None


class VRChatEncoder:
    """Encodes the changes of one face as bundles of at most 1400 bytes."""

    def __init__(self, layout: Layout | None = None) -> None:
        """`layout`: the messages to send; if not given, all parameters as floats under `v2/`.

        Raises:
            ValueError: an address that is too long for a datagram.
        """
        self._expressions = UnifiedExpressions()
        self._known = np.zeros(_ANGLES.stop, dtype=np.float32)
        self._head = self._known[_HEAD]
        self._bundles = _Bundles()
        self._active = True
        self._first_messages = Messages(layout or blind_layout())
        self.use(None)

    def use(self, messages: "Messages | None") -> None:
        """Send these messages from now on; None restores the first ones. Starts with all of
        them."""
        messages = messages or self._first_messages
        self._switches = messages.switches
        self._floats = _Floats(messages)
        self._bits = _Bits(messages)
        self.refresh()

    def refresh(self) -> None:
        """Send everything with the next face."""
        self._refreshed = -math.inf

    def leave(self) -> None:
        """Send with the next face, which is sent whole, that tracking has ended, so that the avatar
        blinks and looks around by itself again."""
        self._active = False
        self.refresh()

    def encode(self, face: Face) -> Sequence[Datagram]:
        self._expressions.show(face.weights)
        self._known[: len(PARAMETERS)] = self._expressions.values
        # The signs are the opposite in VRChat. Unlike `np.negative`, this makes no -0.0.
        np.subtract(0.0, face.rotations[0], out=self._head)
        np.maximum(self._head, -1.0, out=self._head)
        np.minimum(self._head, 1.0, out=self._head)
        # Pitch and yaw of the left eye, then of the right eye. The signs are the same in VRChat.
        np.multiply(face.rotations[1:, 1::-1].ravel(), _DEGREES, out=self._known[_ANGLES])
        everything = not 0 <= face.seconds - self._refreshed < REFRESH_EVERY
        if everything:
            self._refreshed = face.seconds
            for pair in self._switches:
                self._bundles.add(pair[self._active])
        self._floats.write(self._known, self._bundles, everything)
        self._bits.write(self._known, self._bundles, everything)
        return self._bundles.take()


class Messages:
    """The messages of a layout, ready to send. Building them takes milliseconds if there are many
    bits, so it is not done on the frame thread."""

    def __init__(self, layout: Layout) -> None:
        """Build them.

        Raises:
            ValueError: an address that is too long for a datagram.
        """
        self.switches = [
            (tagged(address, "F").head, tagged(address, "T" if on else "F").head)
            for address, on in layout.switches
        ]
        """Each message while nothing is tracked, and while something is."""
        floats = [(tagged(address, "f"), _COLUMN[name]) for address, name in layout.floats]
        if layout.native_lids:
            floats.append((tagged(EYES_CLOSED, "f"), _LIDS))
        columns = [column for _, column in floats]
        self.singles = len(floats)
        """The number of messages with one float. The message with four, if any, follows them."""
        if layout.native_gaze:
            floats.append((tagged(EYE_ANGLES, "ffff"), _ANGLES.start))
            columns += range(_ANGLES.start, _ANGLES.stop)
        self.floats: list[Tagged] = [message for message, _ in floats]
        self.columns = np.array(columns, dtype=np.intp)
        bits = layout.bits
        self.bits = [(tagged(b.address, "F").head, tagged(b.address, "T").head) for b in bits]
        self.bit_columns = np.array([_COLUMN[b.parameter] for b in bits], dtype=np.intp)
        self.codes = np.array([1 << b.width for b in bits], dtype=np.float32)
        self.places = np.array([max(b.place, 0) for b in bits], dtype=np.int32)
        self.signs = np.array([b.place < 0 for b in bits], dtype=np.bool_)


class _Floats:
    """The last sent values of float parameters."""

    def __init__(self, messages: Messages) -> None:
        self._messages, self._columns = messages.floats, messages.columns
        self._singles = messages.singles
        count = len(self._columns)
        self._now = np.zeros(count, dtype=np.float32)
        self._sent = np.zeros(count, dtype=np.float32)
        self._moved = np.zeros(count, dtype=np.float32)
        self._news = np.zeros(count, dtype=np.bool_)
        self._bytes = memoryview(bytearray(4 * count + 4))  # numpy refuses an empty buffer
        self._as_sent = np.frombuffer(self._bytes, dtype=">f4", count=count)

    def write(self, known: Floats, bundles: "_Bundles", everything: bool) -> None:
        known.take(self._columns, out=self._now, mode="clip")  # "clip" takes without a copy
        np.subtract(self._now, self._sent, out=self._moved)
        np.abs(self._moved, out=self._moved)
        np.greater(self._moved, THRESHOLD, out=self._news)
        if everything:
            self._news[:] = True
        angles = self._news[self._singles :]
        angles[:] = angles.any()  # they are one message
        np.copyto(self._sent, self._now, where=self._news)
        np.copyto(self._as_sent, self._now)
        for index in self._news[: len(self._messages)].nonzero()[0].tolist():
            head, size = self._messages[index]
            bundles.add(head, self._bytes[4 * index : 4 * index + size])


class _Bits:
    """The last sent values of binary parameters.

    With n bits, bit k is bit k of int(|value|·2^n). From 0.99999 on all bits are set
    (VRCFaceTracking's BinaryBaseParameter.cs).
    """

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._sent = np.zeros(len(messages.bits), dtype=np.bool_)

    def write(self, known: Floats, bundles: "_Bundles", everything: bool) -> None:
        messages = self._messages
        if not messages.bits:
            return
        values = known[messages.bit_columns]
        size = np.abs(values)
        code = (size * messages.codes).astype(np.int32)
        np.copyto(code, messages.codes - 1, where=size > _ALL_BITS_FROM, casting="unsafe")
        # The sign of a number that is 0 would depend on rounding.
        says = np.where(messages.signs, (values < 0) & (code > 0), code >> messages.places & 1 != 0)
        news = says != self._sent
        if everything:
            news[:] = True
        np.copyto(self._sent, says)
        for index in news.nonzero()[0].tolist():
            bundles.add(messages.bits[index][bool(says[index])])


class _Bundles:
    """Fills bundles with elements. Buffers are made once and reused."""

    def __init__(self) -> None:
        self._buffers: list[memoryview] = []
        self._ends: list[int] = []

    def add(self, head: bytes, arguments: bytes | memoryview = b"") -> None:
        """Append an element: its size, address and type tags, and its arguments."""
        size = len(head) + len(arguments)
        if not self._ends or self._ends[-1] + size > SAFE_DATAGRAM:
            if len(self._ends) == len(self._buffers):
                self._buffers.append(memoryview(bytearray(_BUNDLE.ljust(SAFE_DATAGRAM, b"\0"))))
            self._ends.append(len(_BUNDLE))
        buffer, start = self._buffers[len(self._ends) - 1], self._ends[-1]
        end = start + size
        buffer[start : start + len(head)] = head
        buffer[start + len(head) : end] = arguments
        self._ends[-1] = end

    def take(self) -> Sequence[memoryview]:
        """Return the bundles and start over. The next `add` overwrites them."""
        if not self._ends:
            return ()
        filled = [buffer[:end] for buffer, end in zip(self._buffers, self._ends, strict=False)]
        self._ends.clear()
        return filled


def _checked_eye_look(value: Any) -> Any:
    return "off" if value is False else value  # YAML reads off as false


def encoder(
    shown: Shown,
    *,
    prefix: Annotated[
        str,
        "The text before v2/ in the avatar's parameters: FT/ for /avatar/parameters/FT/v2/….",
    ] = "",
    floats: Annotated[bool, "Send parameters as floats."] = True,
    bits: Annotated[
        int,
        "Send each parameter as this number of booleans as well, for avatars with binary "
        "parameters. 0 sends none.",
        Ge(0),
        Le(MOST_BITS),
    ] = 0,
    eye_look: Annotated[
        EyeLook,
        "How gaze and eyelids are sent. parameters: as avatar parameters. native: as VRChat's own "
        "eye look, which stops its blinking and looking around. both: both ways. off: not at all, "
        "for another program that moves the eyes.",
        _checked_eye_look,
    ] = "parameters",
    leave: Leave = (),
) -> VRChatEncoder:
    """VRChat with avatars made for VRCFaceTracking, and Resonite with VRCFTReceiver, for example
    `vrchat://127.0.0.1:9000`."""
    left = left_out(leave)
    layout = blind_layout(prefix, floats=floats, bits=bits, eye_look=eye_look, left=left)
    return VRChatEncoder(layout)


DIALECT = Dialect("vrchat", encoder, VRChatDecoder, port=PORT)
