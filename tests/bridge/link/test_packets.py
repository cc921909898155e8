"""Packets between the bridge and its web process."""

import asyncio
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.link.packets import Packet, PacketError, read_packet

heads = st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.text()))


def reader_of(*data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    for part in data:
        reader.feed_data(part)
    reader.feed_eof()
    return reader


@given(st.lists(st.tuples(heads, st.binary())), st.integers(1, 7))
def test_packets_arrive_as_they_were_sent_however_they_are_cut(sent, size):
    packets = [Packet(*pair) for pair in sent]
    data = b"".join(packet.encode() for packet in packets)

    async def read() -> list[Packet]:
        reader = reader_of(*(data[at : at + size] for at in range(0, len(data), size)))
        return [await read_packet(reader) for _ in packets]

    assert asyncio.run(read()) == packets


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<II", 101, 0),
        struct.pack("<II", 2, 101) + b"{}",
        struct.pack("<II", 0xFFFFFFFF, 0xFFFFFFFF),
        struct.pack("<II", 2, 0) + b"[]",
        struct.pack("<II", 2, 0) + b"{x",
        struct.pack("<II", 1, 0) + b"\xff",
    ],
)
async def test_what_is_too_long_or_no_packet_is_refused(data):
    with pytest.raises(PacketError):
        await read_packet(reader_of(data), 100, 100)


@pytest.mark.parametrize("cut", range(1, 12))
async def test_an_end_within_a_packet_is_an_end(cut):
    data = Packet({"a": 1}, b"tail").encode()
    with pytest.raises(EOFError):
        await read_packet(reader_of(data[:-cut]))


async def test_a_head_of_brackets_is_refused_and_does_not_crash():
    deep = b"[" * 90
    with pytest.raises(PacketError):
        await read_packet(reader_of(struct.pack("<II", 90, 0) + deep), 100, 100)
