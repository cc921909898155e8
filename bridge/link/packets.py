"""Packets on the connection between the bridge and its web process: an object in JSON, and bytes.

Both ends are this program, but both are bounded all the same: a mistake in one must not make the
other grow.
"""

import asyncio
import json
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

_SIZES = struct.Struct("<II")
LONGEST_HEAD = 1 << 22
LONGEST_TAIL = 1 << 24
"""Bytes."""


class PacketError(ValueError):
    """What arrived is not a packet."""


class Packet(NamedTuple):
    """One packet. `head` has a `kind`."""

    head: Mapping[str, Any]
    tail: bytes = b""

    def encode(self) -> bytes:
        """The packet as bytes."""
        head = json.dumps(self.head).encode()
        return _SIZES.pack(len(head), len(self.tail)) + head + self.tail


async def read_packet(
    reader: asyncio.StreamReader, longest_head: int = LONGEST_HEAD, longest_tail: int = LONGEST_TAIL
) -> Packet:
    """The next packet. The limits are in bytes.

    Raises:
        EOFError: the other end has closed.
        OSError: the connection is broken.
        PacketError: what arrives is too long, or is not a packet.
    """
    head_size, tail_size = _SIZES.unpack(await reader.readexactly(_SIZES.size))
    if head_size > longest_head or tail_size > longest_tail:
        raise PacketError(f"a packet of {head_size} + {tail_size} bytes is too long")
    try:
        head = json.loads(await reader.readexactly(head_size))
    except ValueError as problem:
        raise PacketError("a packet without an object") from problem
    if not isinstance(head, dict):
        raise PacketError("a packet without an object")
    return Packet(head, await reader.readexactly(tail_size))
