"""VMC as marionettes read it."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from protocols.arkit import spelled
from protocols.face import DecodeError, Face, Received
from protocols.vmc import MARIONETTE_PORT, VmcDecoder, VmcEncoder

Messages = list[tuple[str, list[object]]]
OutsideOsc = Callable[[Sequence[bytes]], Messages]
TypedMessages = Callable[[bytes], list[tuple[str, str, list[object]]]]

VAL = b"/VMC/Ext/Blend/Val\0\0"
APPLY = b"/VMC/Ext/Blend/Apply\0\0\0\0,\0\0\0"
JAW_OPEN_HALF = VAL + b",sf\0JawOpen\0\x3f\0\0\0"


def datagrams_of(encoder: VmcEncoder, face: Face) -> list[bytes]:
    return [bytes(datagram) for datagram in encoder.encode(face)]


def test_a_frame_has_the_golden_bytes(
    golden: Callable[[str], list[bytes]], golden_face: Face
) -> None:
    assert datagrams_of(VmcEncoder(), golden_face) == golden("vmc.hex")


def test_every_decoder_reads_ok_time_52_values_and_apply_at_the_very_end(
    outside_osc: OutsideOsc, reference_order: list[str], golden_face: Face
) -> None:
    values = [
        ("/VMC/Ext/Blend/Val", [name[0].upper() + name[1:], index / 64])
        for index, name in enumerate(reference_order)
    ]
    assert outside_osc(VmcEncoder().encode(golden_face)) == [
        ("/VMC/Ext/OK", [1]),
        ("/VMC/Ext/T", [12.5]),
        *values,
        ("/VMC/Ext/Blend/Apply", []),
    ]


@pytest.mark.parametrize("bundled", [True, False])
def test_types_are_float32_and_even_apply_has_a_type_tag_string(
    typed_messages: TypedMessages, bundled: bool
) -> None:
    datagrams = VmcEncoder(bundled=bundled).encode(Face())
    tags = {(address, tags) for d in datagrams for address, tags, _ in typed_messages(d)}
    assert tags == {
        ("/VMC/Ext/OK", ",i"),
        ("/VMC/Ext/T", ",f"),
        ("/VMC/Ext/Blend/Val", ",sf"),
        ("/VMC/Ext/Blend/Apply", ","),
    }


def test_a_frame_is_split_into_bundles_that_fit_an_ethernet_packet() -> None:
    datagrams = datagrams_of(VmcEncoder(), Face())
    assert len(datagrams) == 2
    assert all(len(datagram) <= 1400 for datagram in datagrams)
    assert all(datagram.startswith(b"#bundle\0\0\0\0\0\0\0\0\1") for datagram in datagrams)


def test_long_names_make_more_bundles_not_larger_ones(typed_messages: TypedMessages) -> None:
    names = spelled({name: f"表情{name * 10}" for name in spelled("camel")})
    datagrams = datagrams_of(VmcEncoder(names), Face())
    assert all(len(datagram) <= 1400 for datagram in datagrams)
    said = [message for datagram in datagrams for message in typed_messages(datagram)]
    assert [arguments[0] for _, tags, arguments in said if tags == ",sf"] == list(names)
    addresses = [address for address, _, _ in said]
    assert addresses.count("/VMC/Ext/Blend/Apply") == 1
    assert addresses[-1] == "/VMC/Ext/Blend/Apply"


def test_unbundled_each_message_is_a_datagram_of_its_own(
    outside_osc: OutsideOsc, golden_face: Face
) -> None:
    datagrams = datagrams_of(VmcEncoder(bundled=False), golden_face)
    assert len(datagrams) == 1 + 1 + 52 + 1
    assert all(datagram.startswith(b"/VMC/Ext/") for datagram in datagrams)
    assert datagrams[-1] == APPLY
    assert outside_osc(datagrams) == outside_osc(VmcEncoder().encode(golden_face))


def test_the_spelling_is_the_users_choice(
    outside_osc: OutsideOsc, reference_order: list[str]
) -> None:
    said = outside_osc(VmcEncoder(spelled("camel")).encode(Face()))
    names = [arguments[0] for address, arguments in said if address.endswith("/Val")]
    assert names == reference_order


def test_ok_and_time_come_with_every_frame(outside_osc: OutsideOsc) -> None:
    encoder = VmcEncoder()
    for frame in range(3):
        said = outside_osc(encoder.encode(Face(seconds=frame / 64)))
        assert said[:2] == [("/VMC/Ext/OK", [1]), ("/VMC/Ext/T", [frame / 64])]


def test_the_time_still_moves_between_frames_after_months() -> None:
    months = 120 * 86400.0
    encoder = VmcEncoder(bundled=False)
    times = {datagrams_of(encoder, Face(seconds=months + n / 60))[1] for n in range(60)}
    assert len(times) == 60


def test_weights_are_carried_to_the_last_bit_of_a_float32() -> None:
    smallest = np.float32(2**-149)
    weights = np.full(52, np.nextafter(np.float32(1), np.float32(0)), dtype=np.float32)
    weights[::2] = [smallest, *np.linspace(0.1, 1, 25, dtype=np.float32)]
    decoder = VmcDecoder()
    (frame,) = [r for d in datagrams_of(VmcEncoder(), Face(weights)) for r in decoder.feed(d)]
    assert list(frame.weights.values()) == weights.tolist()


def test_the_port_is_the_one_marionettes_listen_on() -> None:
    assert MARIONETTE_PORT == 39539


def test_a_frame_is_complete_at_apply_and_not_before(
    golden: Callable[[str], list[bytes]], reference_order: list[str]
) -> None:
    first, second = golden("vmc.hex")
    decoder = VmcDecoder()
    assert decoder.feed(first) == []
    weights = {name[0].upper() + name[1:]: i / 64 for i, name in enumerate(reference_order)}
    assert decoder.feed(second) == [Received(weights, {"loaded": 1, "time": 12.5})]


def test_two_frames_in_a_row_are_kept_apart() -> None:
    decoder = VmcDecoder()
    decoder.feed(JAW_OPEN_HALF)
    assert decoder.feed(APPLY) == [Received({"JawOpen": 0.5})]
    assert decoder.feed(APPLY) == [Received({})]


def test_surplus_arguments_and_other_messages_are_ignored() -> None:
    decoder = VmcDecoder()
    assert decoder.feed(b"/VMC/Ext/Root/Pos\0\0\0,s\0\0root\0\0\0\0") == []
    assert decoder.feed(VAL + b",sfi\0\0\0\0JawOpen\0\x3f\0\0\0\0\0\0\7") == []
    assert decoder.feed(APPLY) == [Received({"JawOpen": 0.5})]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(b",\0\0\0", id="none"),
        pytest.param(b",s\0\0JawOpen\0", id="no weight"),
        pytest.param(b",fs\0\x3f\0\0\0JawOpen\0", id="the wrong way round"),
        pytest.param(b",si\0JawOpen\0\0\0\0\1", id="an int for a weight"),
    ],
)
def test_a_value_of_the_wrong_types_is_refused(arguments: bytes) -> None:
    with pytest.raises(DecodeError):
        VmcDecoder().feed(VAL + arguments)


def test_a_refused_datagram_costs_nothing_that_came_before_it() -> None:
    decoder = VmcDecoder()
    decoder.feed(JAW_OPEN_HALF)
    with pytest.raises(DecodeError):
        decoder.feed(b"garbage")
    assert decoder.feed(APPLY) == [Received({"JawOpen": 0.5})]


def test_a_sender_that_never_applies_cannot_fill_the_memory() -> None:
    decoder = VmcDecoder()
    for number in range(1024):
        assert decoder.feed(VAL + b",sf\x00%07d\0\0\0\0\0" % number) == []
    with pytest.raises(DecodeError, match="1024"):
        decoder.feed(JAW_OPEN_HALF)
    decoder.feed(VAL + b",sf\x000000007\0\x3f\0\0\0")  # a name it has may still change
    (frame,) = decoder.feed(APPLY)
    assert (len(frame.weights), frame.weights["0000007"]) == (1024, 0.5)
    decoder.feed(JAW_OPEN_HALF)
    assert decoder.feed(APPLY) == [Received({"JawOpen": 0.5})]
