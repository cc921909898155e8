"""OSC 1.0: decoding arbitrary bytes, and compiled packets."""

import contextlib
import logging
import struct
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocols.face import DecodeError
from protocols.osc.packets import CompiledPackets, Message, MessageShape, Slot, decode

IMMEDIATELY = bytes([0, 0, 0, 0, 0, 0, 0, 1])
LAST_MOMENT = b"\xff" * 8  # in 2036


def string(text: str | bytes) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    return data + bytes(4 - len(data) % 4)


def message(address: str, tags: str = ",", *arguments: bytes) -> bytes:
    return string(address) + string(tags) + b"".join(arguments)


def bundle(*elements: bytes, timetag: bytes = IMMEDIATELY) -> bytes:
    sized = (struct.pack(">i", len(element)) + element for element in elements)
    return b"#bundle\0" + timetag + b"".join(sized)


VAD = message("/vad", ",fff", struct.pack(">fff", 0.5, -0.25, 1.0))
VAD_DECODED = Message("/vad", (0.5, -0.25, 1.0))
EVERY_TYPE = message(
    "/types",
    ",ihfdsbTFN[fi]",
    struct.pack(">iqfd", -7, 2**40, 0.5, 0.1),
    string("né"),
    struct.pack(">i", 3) + b"abc\0",
    struct.pack(">fi", 0.25, 9),
)


def test_every_argument_type_comes_back_as_a_python_value() -> None:
    values = (-7, 2**40, 0.5, 0.1, "né", b"abc", True, False, None, 0.25, 9)
    assert decode(EVERY_TYPE) == [Message("/types", values)]


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_kind_of_buffer_is_read(kind: Callable[[bytes], bytes]) -> None:
    assert decode(kind(VAD)) == [VAD_DECODED]


def test_a_message_of_an_old_sender_without_type_tags_has_no_arguments() -> None:
    assert decode(string("/neutral")) == [Message("/neutral", ())]


def test_nested_bundles_are_flattened_in_order_of_appearance() -> None:
    packet = bundle(message("/a"), bundle(message("/b"), message("/c")), message("/d"))
    assert [m.address for m in decode(packet)] == ["/a", "/b", "/c", "/d"]


def test_an_empty_bundle_has_no_messages() -> None:
    assert decode(bundle()) == []


def test_a_timetag_in_the_future_changes_nothing() -> None:
    packet = bundle(
        message("/a"), bundle(VAD, timetag=LAST_MOMENT), message("/b"), timetag=LAST_MOMENT
    )
    assert decode(packet) == [Message("/a", ()), VAD_DECODED, Message("/b", ())]


def nested(depth: int) -> bytes:
    packet = VAD
    for _ in range(depth):
        packet = bundle(packet)
    return packet


def test_bundles_may_nest_eight_deep() -> None:
    assert decode(nested(8)) == [VAD_DECODED]


@pytest.mark.parametrize("depth", [9, 3000])
def test_bundles_nested_deeper_are_refused(depth: int) -> None:
    with pytest.raises(DecodeError, match="nested deeper than 8"):
        decode(nested(depth))


def test_arrays_are_flattened_however_deep_they_nest() -> None:
    packet = message("/a", "," + "[" * 3000 + "i" + "]" * 3000, struct.pack(">i", 7))
    assert decode(packet) == [Message("/a", (7,))]


@pytest.mark.parametrize("length", [n for n in range(len(VAD)) if n != len(string("/vad"))])
def test_a_message_cut_short_anywhere_is_refused(length: int) -> None:
    with pytest.raises(DecodeError):
        decode(VAD[:length])


@pytest.mark.parametrize("length", [n for n in range(len(bundle(VAD))) if n != len(bundle())])
def test_a_bundle_cut_short_anywhere_is_refused(length: int) -> None:
    with pytest.raises(DecodeError):
        decode(bundle(VAD)[:length])


@pytest.mark.parametrize("size", [-(2**31), -4, 0, 1, 2, 8, 27, 32, 2**31 - 1])
def test_a_bundle_element_that_lies_about_its_size_is_refused(size: int) -> None:
    with pytest.raises(DecodeError):
        decode(b"#bundle\0" + IMMEDIATELY + struct.pack(">i", size) + VAD)


def test_a_bundle_element_whose_size_is_no_multiple_of_four_is_refused() -> None:
    with pytest.raises(DecodeError):
        decode(bundle(VAD + b"\0"))


@pytest.mark.parametrize(
    "packet",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"hello\0\0\0", id="no slash at the start"),
        pytest.param(bundle(b"hello\0\0\0"), id="no slash inside a bundle"),
        pytest.param(b"/abc", id="an address that does not end"),
        pytest.param(string("/a") + b",fff", id="type tags that do not end"),
        pytest.param(string("/a") + string("fff") + bytes(12), id="type tags without a comma"),
        pytest.param(message("/a", ",X", bytes(4)), id="an unknown type tag"),
        pytest.param(message("/a", ",\xff", bytes(4)), id="a type tag that is not ASCII"),
        pytest.param(string(b"/\xff\xfe") + string(","), id="an address that is not UTF-8"),
        pytest.param(message("/a", ",s", b"\xff\xfe\0\0"), id="a string that is not UTF-8"),
        pytest.param(message("/a", ",s", b"abcd"), id="a string that does not end"),
        pytest.param(message("/a", ",b", struct.pack(">i", 5), b"abcd"), id="too short a blob"),
        pytest.param(message("/a", ",bi", struct.pack(">ii", -4, 7)), id="a blob of -4 bytes"),
    ],
)
def test_what_is_not_osc_is_refused(packet: bytes) -> None:
    with pytest.raises(DecodeError):
        decode(packet)


def test_what_is_refused_leaves_no_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(DecodeError):
        decode(bundle(message("/a", ",XYZ"), b"hello\0\0\0"))
    assert caplog.records == []


elements = st.recursive(
    st.binary(max_size=16)
    | st.builds(
        lambda address, tags, arguments: string(b"/" + address) + string(b"," + tags) + arguments,
        st.binary(max_size=6),
        st.lists(st.sampled_from(b"ihfdsbrmtTFN[]I"), max_size=6).map(bytes),
        st.binary(max_size=48),
    ),
    lambda inner: st.lists(inner, max_size=4).map(lambda parts: bundle(*parts)),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.binary(max_size=120) | elements)
@example(message("/a", ",t", LAST_MOMENT))
@example(message("/a", ",m", bytes(4)))
@example(message("/a", ",r", bytes(4)))
def test_any_bytes_decode_or_raise_decode_error(datagram: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert all(isinstance(said, Message) for said in decode(datagram))


@settings(deadline=None)
@given(data=st.data())
def test_a_mutated_packet_decodes_or_raises_decode_error(
    mutated: Callable[[Sequence[bytes]], st.SearchStrategy[bytes]], data: st.DataObject
) -> None:
    datagram = data.draw(mutated([VAD, EVERY_TYPE, bundle(VAD, bundle(EVERY_TYPE, VAD))]))
    with contextlib.suppress(DecodeError):
        assert all(isinstance(said, Message) for said in decode(datagram))


words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
shapes = st.builds(
    MessageShape,
    st.text("abcXYZ/019_-.", max_size=12).map(lambda text: f"/{text}"),
    st.lists(
        words
        | st.integers(-(2**31), 2**31 - 1)
        | st.floats(width=32, allow_nan=False)
        | st.integers(0, 3).map(Slot),
        max_size=6,
    ),
)
four_values = st.lists(st.floats(width=32, allow_nan=False), min_size=4, max_size=4)


@settings(deadline=None)
@given(
    messages=st.lists(shapes, min_size=1, max_size=12), values=four_values, bundled=st.booleans()
)
def test_what_was_compiled_and_patched_decodes_to_the_same(
    outside_osc: Callable[[Sequence[bytes]], list[tuple[str, list[object]]]],
    messages: list[MessageShape],
    values: list[float],
    bundled: bool,
) -> None:
    packets = CompiledPackets(messages, bundled=bundled, largest=400)
    packets.patch(np.array(values, dtype=np.float32))
    expected = [
        (m.address, [values[a] if isinstance(a, Slot) else a for a in m.arguments])
        for m in messages
    ]
    assert outside_osc(packets.datagrams) == expected
    ours = [(m.address, list(m.arguments)) for d in packets.datagrams for m in decode(bytes(d))]
    assert ours == expected


def test_a_compiled_bundle_has_these_bytes() -> None:
    packets = CompiledPackets([MessageShape("/a/b", [7, "né", Slot(1)]), MessageShape("/c")])
    packets.patch(np.array([9.0, 0.5], dtype=np.float32))
    assert [bytes(datagram) for datagram in packets.datagrams] == [
        b"#bundle\0"
        b"\0\0\0\0\0\0\0\1"  # immediately
        b"\0\0\0\x1c"  # 28 bytes follow
        b"/a/b\0\0\0\0"
        b",isf\0\0\0\0"
        b"\0\0\0\7"
        b"n\xc3\xa9\0"  # three bytes of UTF-8 and the end
        b"\x3f\0\0\0"  # 0.5
        b"\0\0\0\x08"  # 8 bytes follow
        b"/c\0\0"
        b",\0\0\0"  # type tags, although there are no arguments
    ]


def test_single_messages_go_out_without_a_bundle() -> None:
    packets = CompiledPackets([MessageShape("/a", [1]), MessageShape("/b")], bundled=False)
    assert [bytes(datagram) for datagram in packets.datagrams] == [
        b"/a\0\0,i\0\0\0\0\0\1",
        b"/b\0\0,\0\0\0",
    ]


@pytest.mark.parametrize(("largest", "sizes"), [(48, [48, 32]), (47, [32, 32, 32]), (64, [64])])
def test_a_bundle_is_filled_to_the_last_byte_allowed(largest: int, sizes: list[int]) -> None:
    three_of_12_bytes = [MessageShape("/a", [Slot(0)])] * 3
    packets = CompiledPackets(three_of_12_bytes, largest=largest)
    assert [len(datagram) for datagram in packets.datagrams] == sizes


@pytest.mark.parametrize(("bundled", "fits"), [(True, 32), (False, 12)])
def test_a_message_too_large_for_any_packet_is_refused(bundled: bool, fits: int) -> None:
    messages = [MessageShape("/a", [Slot(0)])]
    assert CompiledPackets(messages, bundled=bundled, largest=fits).datagrams
    with pytest.raises(ValueError, match="/a"):
        CompiledPackets(messages, bundled=bundled, largest=fits - 1)


def test_patching_overwrites_the_same_packets_and_only_their_slots() -> None:
    packets = CompiledPackets([MessageShape("/a", [0.5, Slot(0), 3, Slot(1), Slot(0)])])
    datagrams = packets.datagrams
    packets.patch(np.array([0.25, 0.75], dtype=np.float32))
    packets.patch(np.array([1.0, 0.125], dtype=np.float32))
    assert packets.datagrams is datagrams
    assert decode(bytes(datagrams[0])) == [Message("/a", (0.5, 1.0, 3, 0.125, 1.0))]
