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
from protocols.osc import SAFE_DATAGRAM, decode
from protocols.unified_expressions import PARAMETERS, UnifiedExpressions
from protocols.vrchat_decoder import VRChatDecoder
from protocols.vrchat_layout import (
    EYE_ANGLES,
    EYES_CLOSED,
    MOST_BITS,
    EyeLook,
    Layout,
    Tagged,
    blind_layout,
    tagged,
)

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
        """`layout`: which parameters, and where; all as floats under `v2/` if not given."""
        self._expressions = UnifiedExpressions()
        self._known = np.zeros(_ANGLES.stop, dtype=np.float32)
        self._bundles = _Bundles()
        self._active = True
        self._first_layout = layout or blind_layout()
        self.use(None)

    def use(self, layout: Layout | None) -> None:
        """Send by another layout from now on, or as at first; starting with everything."""
        layout = layout or self._first_layout
        self._switches = [
            (tagged(address, "F").head, tagged(address, "T" if on else "F").head)
            for address, on in layout.switches
        ]
        self._floats = _Floats(layout)
        self._bits = _Bits(layout)
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


class _Floats:
    """The messages of floats, and what they said last."""

    def __init__(self, layout: Layout) -> None:
        messages = [(tagged(address, "f"), _COLUMN[name]) for address, name in layout.floats]
        if layout.native_lids:
            messages.append((tagged(EYES_CLOSED, "f"), _LIDS))
        columns = [column for _, column in messages]
        self._singles = len(messages)
        if layout.native_gaze:
            messages.append((tagged(EYE_ANGLES, "ffff"), _ANGLES.start))
            columns += range(_ANGLES.start, _ANGLES.stop)
        self._messages: list[Tagged] = [message for message, _ in messages]
        self._columns = np.array(columns, dtype=np.intp)
        self._now = np.zeros(len(columns), dtype=np.float32)
        self._sent = np.zeros(len(columns), dtype=np.float32)
        self._moved = np.zeros(len(columns), dtype=np.float32)
        self._news = np.zeros(len(columns), dtype=np.bool_)
        self._bytes = memoryview(bytearray(4 * len(columns) + 4))  # numpy refuses an empty one
        self._as_sent = np.frombuffer(self._bytes, dtype=">f4", count=len(columns))

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
    """The messages of binary parameters, and what they said last.

    Of n bits, bit k says bit k of int(|value|·2^n), and all are set from 0.99999 on
    (VRCFaceTracking's BinaryBaseParameter.cs).
    """

    def __init__(self, layout: Layout) -> None:
        bits = layout.bits
        self._messages = [(tagged(b.address, "F").head, tagged(b.address, "T").head) for b in bits]
        self._columns = np.array([_COLUMN[b.parameter] for b in bits], dtype=np.intp)
        self._codes = np.array([1 << b.width for b in bits], dtype=np.float32)
        self._places = np.array([max(b.place, 0) for b in bits], dtype=np.int32)
        self._signs = np.array([b.place < 0 for b in bits], dtype=np.bool_)
        self._said = np.zeros(len(bits), dtype=np.bool_)

    def write(self, known: Floats, bundles: "_Bundles", everything: bool) -> None:
        if not self._messages:
            return
        values = known[self._columns]
        size = np.abs(values)
        code = (size * self._codes).astype(np.int32)
        np.copyto(code, self._codes - 1, where=size > _ALL_BITS_FROM, casting="unsafe")
        # A sign without a number would come and go with rounding.
        says = np.where(self._signs, (values < 0) & (code > 0), code >> self._places & 1 != 0)
        news = says != self._said
        if everything:
            news[:] = True
        np.copyto(self._said, says)
        for index in news.nonzero()[0].tolist():
            bundles.add(self._messages[index][bool(says[index])])


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
