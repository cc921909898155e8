"""VRChat: a face as avatar parameters over OSC, under the names of Unified Expressions.

What has changed is sent, and everything once a second, because VRChat may have lost it or only
just loaded the avatar. A parameter goes out as a float, as a binary number of boolean parameters
(avatars have room for few synchronised bits), or both.

VRChat's newer addresses for face tracking are not published where we could read them, and left out.
"""

import math
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Le

from protocols.dialect import Dialect, Shown
from protocols.face import Datagram, DecodeError, Face, Floats
from protocols.osc.packets import SAFE_DATAGRAM, decode
from protocols.vrchat.decoder import VRChatDecoder
from protocols.vrchat.layout import (
    EYE_ANGLES,
    EYES_CLOSED,
    MOST_BITS,
    EyeLook,
    Layout,
    Tagged,
    blind_layout,
    tagged,
)
from protocols.vrchat.unified_expressions import PARAMETERS, UnifiedExpressions

PORT = 9000
"""Where VRChat listens."""
ANSWERS_PORT = 9001
"""Where VRChat sends to by itself."""

THRESHOLD = 0.001
"""How far a float moves from what was sent last before it is sent again."""
REFRESH_EVERY = 1.0
"""Seconds of the face's own time after which everything is sent."""

_BUNDLE = b"#bundle\0\0\0\0\0\0\0\0\1"  # timetag: immediately
_ALL_BITS_FROM = 0.99999
_COLUMN = {name: column for column, name in enumerate(PARAMETERS)}
_LIDS = _COLUMN["EyeClosed"]
_ANGLES = slice(len(PARAMETERS), len(PARAMETERS) + 4)
_DEGREES = np.float32(180 / math.pi)
_CHANGE = b"/avatar/change\0"


def changed_avatar(datagram: bytes) -> str | None:
    """The id of the avatar that VRChat says was loaded, if that is what a datagram says. Anything
    else, and nonsense, is None."""
    if _CHANGE not in datagram:  # VRChat tells of every parameter, at its own frame rate
        return None
    try:
        messages = decode(datagram)
    except DecodeError:
        return None
    for address, arguments in messages:
        if address == "/avatar/change":
            return str(arguments[0])[:200] if arguments else ""
    return None


class VRChatEncoder:
    """Encodes what has changed of one face, as bundles of at most 1400 bytes."""

    def __init__(self, layout: Layout | None = None) -> None:
        """`layout`: which parameters, and where; all as floats under `v2/` if not given.

        Raises:
            ValueError: an address that is too long for a datagram.
        """
        self._expressions = UnifiedExpressions()
        self._known = np.zeros(_ANGLES.stop, dtype=np.float32)
        self._bundles = _Bundles()
        self._active = True
        self._first_messages = Messages(layout or blind_layout())
        self.use(None)

    def use(self, messages: "Messages | None") -> None:
        """Send these from now on, or those of the beginning; at first all of them."""
        messages = messages or self._first_messages
        self._switches = messages.switches
        self._floats = _Floats(messages)
        self._bits = _Bits(messages)
        self.refresh()

    def refresh(self) -> None:
        """Send everything with the next face."""
        self._refreshed = -math.inf

    def leave(self) -> None:
        """Say with the next face, all of which is sent, that nothing is tracked any more, so that
        the avatar blinks and looks around by itself again."""
        self._active = False
        self.refresh()

    def encode(self, face: Face) -> Sequence[Datagram]:
        self._expressions.show(face.weights)
        self._known[: len(PARAMETERS)] = self._expressions.values
        # Pitch, then yaw, of the left eye, then of the right one. VRChat's signs are the face's.
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
    """The messages of a layout, built. It takes milliseconds where bits are many, which the frame
    thread does not have."""

    def __init__(self, layout: Layout) -> None:
        """Build them.

        Raises:
            ValueError: an address that is too long for a datagram.
        """
        self.switches = [
            (tagged(address, "F").head, tagged(address, "T" if on else "F").head)
            for address, on in layout.switches
        ]
        """What each says when nothing is tracked, and when something is."""
        floats = [(tagged(address, "f"), _COLUMN[name]) for address, name in layout.floats]
        if layout.native_lids:
            floats.append((tagged(EYES_CLOSED, "f"), _LIDS))
        columns = [column for _, column in floats]
        self.singles = len(floats)
        """How many of the messages of floats have one. Behind them is that of four, if it is."""
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
    """What the messages of floats said last."""

    def __init__(self, messages: Messages) -> None:
        self._messages, self._columns = messages.floats, messages.columns
        self._singles = messages.singles
        count = len(self._columns)
        self._now = np.zeros(count, dtype=np.float32)
        self._sent = np.zeros(count, dtype=np.float32)
        self._moved = np.zeros(count, dtype=np.float32)
        self._news = np.zeros(count, dtype=np.bool_)
        self._bytes = memoryview(bytearray(4 * count + 4))  # numpy refuses an empty one
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
    """What the messages of binary parameters said last.

    Of n bits, bit k says bit k of int(|value|·2^n), and all are set from 0.99999 on
    (VRCFaceTracking's BinaryBaseParameter.cs).
    """

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._said = np.zeros(len(messages.bits), dtype=np.bool_)

    def write(self, known: Floats, bundles: "_Bundles", everything: bool) -> None:
        messages = self._messages
        if not messages.bits:
            return
        values = known[messages.bit_columns]
        size = np.abs(values)
        code = (size * messages.codes).astype(np.int32)
        np.copyto(code, messages.codes - 1, where=size > _ALL_BITS_FROM, casting="unsafe")
        # A sign without a number would come and go with rounding.
        says = np.where(messages.signs, (values < 0) & (code > 0), code >> messages.places & 1 != 0)
        news = says != self._said
        if everything:
            news[:] = True
        np.copyto(self._said, says)
        for index in news.nonzero()[0].tolist():
            bundles.add(messages.bits[index][bool(says[index])])


class _Bundles:
    """Fills bundles with elements. Their buffers are made once, as many as a face ever took."""

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
        """The bundles, and begin anew: they are overwritten by what is added next."""
        if not self._ends:
            return ()
        filled = [buffer[:end] for buffer, end in zip(self._buffers, self._ends, strict=False)]
        self._ends.clear()
        return filled


def _eye_look_in_words(value: Any) -> Any:
    return "off" if value is False else value  # which is what YAML makes of off


def encoder(
    shown: Shown,
    *,
    prefix: Annotated[
        str,
        "What stands before v2/ in the avatar's parameters: FT/ for /avatar/parameters/FT/v2/….",
    ] = "",
    floats: Annotated[bool, "Send parameters as floats."] = True,
    bits: Annotated[
        int,
        "Send parameters as so many booleans too, for avatars with binary parameters; 0 does not.",
        Ge(0),
        Le(MOST_BITS),
    ] = 0,
    eye_look: Annotated[
        EyeLook,
        "How gaze and eyelids are sent. parameters: as the avatar's; native: as VRChat's own eye "
        "look, which stops its blinking and looking around; both; or off, to leave the eyes to "
        "another program.",
        _eye_look_in_words,
    ] = "parameters",
) -> VRChatEncoder:
    """VRChat, for example `vrchat://127.0.0.1:9000`: avatars made for VRCFaceTracking; and
    Resonite with VRCFTReceiver."""
    return VRChatEncoder(blind_layout(prefix, floats=floats, bits=bits, eye_look=eye_look))


DIALECT = Dialect("vrchat", encoder, VRChatDecoder, port=PORT)
