"""OSC 1.0: a decoder that is safe on any bytes, and packets that are built once and patched per
frame.

python-osc builds the messages. It does not decode them, because its decoder recurses without limit,
fills in arguments that were cut off, accepts negative sizes and logs a line for each unknown tag.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from pythonosc.osc_message_builder import OscMessageBuilder

from protocols.face import DecodeError, Floats

SAFE_DATAGRAM = 1400
"""The most bytes that cross Ethernet, Wi-Fi and VPNs without fragmentation. Several receivers have
buffers of 4096 bytes."""

_BUNDLE = b"#bundle\0"
_IMMEDIATELY = b"\0\0\0\0\0\0\0\1"
_DEEPEST_BUNDLE = 8
_INT = struct.Struct(">i")
_NUMBERS = {
    "i": _INT,
    "f": struct.Struct(">f"),
    "d": struct.Struct(">d"),
    "h": struct.Struct(">q"),
    "t": struct.Struct(">Q"),
    "c": struct.Struct(">I"),
    "r": struct.Struct(">I"),
    "m": struct.Struct(">I"),
}
_CONSTANTS = {"T": True, "F": False, "N": None, "I": float("inf")}


_NOT_IN_AN_ADDRESS = set(" #*,?[]{}")


class Message(NamedTuple):
    """A decoded message: its address and its arguments as Python values."""

    address: str
    arguments: tuple[Any, ...]


def decode(datagram: bytes) -> list[Message]:
    """The messages of one OSC packet in order. Bundles and arrays are flattened.

    Time tags are ignored, so that a packet with a future time tag delays nothing.

    Raises:
        DecodeError: the bytes are not an OSC packet, or bundles nest deeper than 8.
    """
    return list(_messages(bytes(datagram), depth=0))


def _messages(data: bytes, depth: int) -> Iterator[Message]:
    if data.startswith(b"/"):
        yield _message(data)
    elif data.startswith(_BUNDLE):
        if depth == _DEEPEST_BUNDLE:
            raise DecodeError(f"bundles nested deeper than {_DEEPEST_BUNDLE}")
        for element in _elements(data):
            yield from _messages(element, depth + 1)
    else:
        raise DecodeError("expected an OSC packet starting with '/' or '#bundle'")


def _elements(bundle: bytes) -> Iterator[bytes]:
    position = len(_BUNDLE) + len(_IMMEDIATELY)
    if len(bundle) < position:
        raise DecodeError("a bundle without a time tag")
    while position < len(bundle):
        if len(bundle) - position < 4:
            raise DecodeError("a bundle that ends within the size of an element")
        (size,) = struct.unpack_from(">i", bundle, position)
        position += 4
        if size <= 0 or size % 4 or size > len(bundle) - position:
            raise DecodeError(f"a bundle element with the impossible size {size}")
        yield bundle[position : position + size]
        position += size


def _message(data: bytes) -> Message:
    address, position = _string(data, 0)
    if position == len(data):  # old senders omit the type tags of messages without arguments
        return Message(address, ())
    if data[position : position + 1] != b",":
        raise DecodeError("the message has no type tags (the text that begins with a comma)")
    tags, position = _string(data, position)
    arguments: list[Any] = []
    for tag in tags[1:]:
        if tag in _CONSTANTS:
            arguments.append(_CONSTANTS[tag])
        elif tag in "sS":
            text, position = _string(data, position)
            arguments.append(text)
        elif tag == "b":
            (size,), position = _number(_INT, data, position)
            if not 0 <= size <= len(data) - position:
                raise DecodeError(f"a blob with the impossible size {size}")
            arguments.append(data[position : position + size])
            position += (size + 3) & ~3
        elif tag in _NUMBERS:
            (number,), position = _number(_NUMBERS[tag], data, position)
            arguments.append(number)
        elif tag not in "[]":  # arrays are flattened
            raise DecodeError(f"an unknown type tag {tag!r}")
    return Message(address, tuple(arguments))


def _string(data: bytes, start: int) -> tuple[str, int]:
    end = data.find(b"\0", start)
    if end < 0:
        raise DecodeError("a string without a terminator")
    try:
        return data[start:end].decode(), (end + 4) & ~3
    except UnicodeDecodeError:
        raise DecodeError("a string that is not UTF-8") from None


def _number(kind: struct.Struct, data: bytes, position: int) -> tuple[tuple[Any, ...], int]:
    if position + kind.size > len(data):
        raise DecodeError("a message that ends within its arguments")
    return kind.unpack_from(data, position), position + kind.size


def check_address(address: str) -> None:
    """Check the address of a message. UTF-8 is allowed: OSC 1.0 says ASCII, but receivers accept
    both.

    Raises:
        ValueError: no message has such an address. The message says what was expected.
    """
    if not address.startswith("/"):
        raise ValueError(f"expected an OSC address that starts with '/', got {address!r}")
    bad = [c for c in address if c in _NOT_IN_AN_ADDRESS or not c.isprintable()]
    if bad:
        raise ValueError(f"an OSC address cannot contain {bad[0]!r}: {address!r}")


def packet(address: str, argument: bool | int | float | str) -> bytes:
    """One message with one argument: `T` or `F`, `i`, `f` or `s`."""
    builder = OscMessageBuilder(address=address)
    builder.add_arg(argument)
    return builder.build().dgram


class Slot(int):
    """An argument that changes every frame: an index into the values given to `patch`."""


class MessageShape(NamedTuple):
    """A message to compile. Strings are sent as `s`, ints as `i`, floats and slots as `f`."""

    address: str
    arguments: Sequence[str | int | float] = ()


class CompiledPackets:
    """The packets of a frame. They are built once; each frame overwrites their floats only.

    Building 53 messages takes python-osc most of a millisecond, patching them microseconds.
    """

    __slots__ = ("_floats", "_patched", "_positions", "_slots", "datagrams")

    def __init__(
        self,
        messages: Iterable[MessageShape],
        *,
        bundled: bool = True,
        largest: int = SAFE_DATAGRAM,
    ) -> None:
        """Lay out `messages` in order, in bundles of at most `largest` bytes or one by one.

        Raises:
            ValueError: a message does not fit into `largest` bytes.
        """
        arena = bytearray()
        starts: list[int] = []
        positions: list[int] = []
        slots: list[int] = []
        for message in messages:
            data, offsets = _build(message)
            if bundled:
                if not starts or len(arena) - starts[-1] + 4 + len(data) > largest:
                    starts.append(len(arena))
                    arena += _BUNDLE + _IMMEDIATELY
                arena += struct.pack(">i", len(data))
            else:
                starts.append(len(arena))
            if len(arena) - starts[-1] + len(data) > largest:
                raise ValueError(f"the message {message.address} is larger than {largest} bytes")
            positions += [(len(arena) + offset) // 4 for offset, _ in offsets]
            slots += [slot for _, slot in offsets]
            arena += data
        view = memoryview(arena)
        ends = [*starts[1:], len(arena)]
        self.datagrams: tuple[memoryview, ...] = tuple(
            view[start:end] for start, end in zip(starts, ends, strict=True)
        )
        self._floats = np.frombuffer(arena, dtype=">f4")  # OSC aligns everything to four bytes
        self._positions = np.array(positions, dtype=np.intp)
        self._slots = np.array(slots, dtype=np.intp)
        self._patched = np.zeros(len(slots), dtype=np.float32)

    def patch(self, values: Floats) -> None:
        """Write `values[slot]` to each slot of all packets."""
        values.take(self._slots, out=self._patched, mode="clip")  # "clip" takes without a copy
        self._floats[self._positions] = self._patched


def _build(message: MessageShape) -> tuple[bytes, list[tuple[int, Slot]]]:
    """The bytes of the message with zero in each slot, and (byte offset, slot) for each slot."""
    builder = OscMessageBuilder(address=message.address)
    from_the_end = 0
    offsets: list[tuple[int, Slot]] = []
    for argument in message.arguments:
        if isinstance(argument, Slot):
            builder.add_arg(0.0, OscMessageBuilder.ARG_TYPE_FLOAT)
        elif isinstance(argument, str):
            builder.add_arg(argument, OscMessageBuilder.ARG_TYPE_STRING)
        elif isinstance(argument, int):
            builder.add_arg(argument, OscMessageBuilder.ARG_TYPE_INT)
        else:
            builder.add_arg(argument, OscMessageBuilder.ARG_TYPE_FLOAT)
    data = builder.build().dgram
    for argument in reversed(message.arguments):
        if isinstance(argument, str):
            from_the_end += (len(argument.encode()) + 4) & ~3
        else:
            from_the_end += 4
        if isinstance(argument, Slot):
            offsets.append((len(data) - from_the_end, argument))
    return data, offsets
