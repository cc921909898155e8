"""VMC as marionettes and performers read it."""

import math
import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from protocols.arkit import BLENDSHAPES, spelled
from protocols.dialect import Shown
from protocols.face import DecodeError, Face, Received
from protocols.vmc import DIALECT, MARIONETTE_PORT, VmcDecoder, VmcEncoder

Messages = list[tuple[str, list[object]]]
OutsideOsc = Callable[[Sequence[bytes]], Messages]
TypedMessages = Callable[[bytes], list[tuple[str, str, list[object]]]]

VAL = b"/VMC/Ext/Blend/Val\0\0"
APPLY = b"/VMC/Ext/Blend/Apply\0\0\0\0,\0\0\0"
JAW_OPEN_HALF = VAL + b",sf\0JawOpen\0\x3f\0\0\0"
BONE = b"/VMC/Ext/Bone/Pos\0\0\0"
EYE = b"/VMC/Ext/Set/Eye\0\0\0\0"

VRM0 = [
    *("Joy", "Angry", "Sorrow", "Fun", "Surprised", "Blink", "Blink_L", "Blink_R"),
    *("LookUp", "LookDown", "LookLeft", "LookRight", "A", "I", "U", "E", "O"),
]
VRM1 = [
    *("happy", "angry", "sad", "relaxed", "surprised", "blink", "blinkLeft", "blinkRight"),
    *("lookUp", "lookDown", "lookLeft", "lookRight", "aa", "ih", "ou", "ee", "oh"),
]


def datagrams_of(encoder: VmcEncoder, face: Face) -> list[bytes]:
    return [bytes(datagram) for datagram in encoder.encode(face)]


def test_a_frame_has_the_golden_bytes(
    golden: Callable[[str], list[bytes]], golden_face: Face
) -> None:
    assert datagrams_of(VmcEncoder(), golden_face) == golden("vmc.hex")


def test_a_frame_of_presets_bones_and_gaze_has_the_golden_bytes(
    golden: Callable[[str], list[bytes]], golden_face: Face
) -> None:
    golden_face.feeling[:] = -0.25, 0.5, -0.25
    encoder = VmcEncoder((), presets=("vrm0",), bones=True, gaze=True)
    assert datagrams_of(encoder, golden_face) == golden("vmc-vrm0-bones-gaze.hex")


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


def encoder_of(names: Any, **settings: Any) -> VmcEncoder:
    encoder = DIALECT.encoder(Shown(), names=names, **settings)
    assert isinstance(encoder, VmcEncoder)
    return encoder


def names_said(messages: Messages) -> list[object]:
    return [arguments[0] for address, arguments in messages if address.endswith("/Val")]


def test_presets_go_instead_of_the_52_or_after_them(
    outside_osc: OutsideOsc, reference_order: list[str]
) -> None:
    pascal = [name[0].upper() + name[1:] for name in reference_order]
    for names, expected in (
        ("vrm0", VRM0),
        ("vrm1", VRM1),
        (["vrm0", "vrm1"], VRM0 + VRM1),
        (["pascal", "vrm0"], pascal + VRM0),
        (["vrm1", "camel"], reference_order + VRM1),
        (["pascal", "vrm0", "vrm1"], pascal + VRM0 + VRM1),
        (
            [{"jawOpen": "X"}, "vrm0"],
            ["X" if n == "JawOpen" else n for n in pascal] + VRM0,
        ),
        ({"jawOpen": "X", "tongueOut": None}, ["X" if n == "JawOpen" else n for n in pascal][:-1]),
        (["camel", {"tongueOut": None}, "vrm0"], reference_order[:-1] + VRM0),
    ):
        said = outside_osc(encoder_of(names).encode(Face()))
        assert names_said(said) == expected
        assert said[-1] == ("/VMC/Ext/Blend/Apply", [])


def test_next_to_the_52_only_emotions_move_so_that_no_eye_is_closed_twice(
    outside_osc: OutsideOsc,
) -> None:
    face = Face(np.ones(52, dtype=np.float32))
    face.feeling[:] = -0.35, 0.4, 0.35  # half of anger
    said = outside_osc(encoder_of(["pascal", "vrm0", "vrm1"]).encode(face))
    weights = {str(arguments[0]): arguments[1] for address, arguments in said if "Val" in address}
    for anger, vocabulary in (("Angry", VRM0), ("angry", VRM1)):
        shown = [weights[name] for name in vocabulary]
        assert weights[anger] == pytest.approx(0.5, abs=0.001)
        assert sum(shown) == pytest.approx(0.5, abs=0.001)
        assert shown[5:] == [0.0] * 12
    assert weights["JawOpen"] == 1.0


def test_presets_alone_blink_look_and_speak_as_the_face_does(outside_osc: OutsideOsc) -> None:
    face = Face()
    for shape in ("eyeBlinkLeft", "eyeBlinkRight", "eyeLookInLeft", "eyeLookOutRight"):
        face.weights[BLENDSHAPES.index(shape)] = 0.5
    face.weights[BLENDSHAPES.index("jawOpen")] = 0.6
    said = outside_osc(encoder_of(["vrm0", "vrm1"]).encode(face))
    weights = {str(arguments[0]): arguments[1] for address, arguments in said if "Val" in address}
    assert list(weights) == VRM0 + VRM1
    moved = {name: round(weight, 3) for name, weight in weights.items() if weight > 0.001}
    assert moved == {
        **{"Blink": 0.5, "LookRight": 0.5, "A": 1.0},
        **{"blink": 0.5, "lookRight": 0.5, "aa": 1.0},
    }


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["pascal", "camel"], "pascal and camel would send the same 52 .* ignore case"),
        ([{"jawOpen": "A"}, {"jawLeft": "B"}], "two maps would send the same 52"),
        ({"jawOpn": "A"}, 'unknown blendshape "jawOpn"; did you mean "jawOpen"'),
        (["pascal", "pascal"], "twice"),
        (["vrm0", "pascal", "vrm0"], "'Joy' would be sent twice"),
        ([{"jawOpen": "Joy"}, "vrm0"], "'Joy' would be sent twice"),
        ({"jawOpen": "MouthClose"}, "two shapes"),
        ("snake", "'snake'"),
    ],
)
def test_names_that_do_not_go_together_are_refused_with_the_reason(names: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        encoder_of(names)


def test_everything_together_is_split_into_bundles_that_fit_and_stands_in_order(
    outside_osc: OutsideOsc, golden_face: Face
) -> None:
    encoder = encoder_of(["pascal", "vrm0", "vrm1"], bones=True, gaze=True)
    datagrams = datagrams_of(encoder, golden_face)
    assert all(len(datagram) <= 1400 for datagram in datagrams)
    addresses = [address.removeprefix("/VMC/Ext/") for address, _ in outside_osc(datagrams)]
    assert addresses == [
        *("OK", "T", "Bone/Pos", "Bone/Pos", "Bone/Pos", "Set/Eye"),
        *["Blend/Val"] * (52 + 17 + 17),
        "Blend/Apply",
    ]
    single = encoder_of(["pascal", "vrm0", "vrm1"], bones=True, gaze=True, bundle=False)
    assert outside_osc(single.encode(golden_face)) == outside_osc(datagrams)


def test_bones_and_gaze_have_the_types_of_the_specification(typed_messages: TypedMessages) -> None:
    (datagram,) = VmcEncoder((), bones=True, gaze=True).encode(Face())
    assert {(address, tags) for address, tags, _ in typed_messages(datagram)} == {
        ("/VMC/Ext/OK", ",i"),
        ("/VMC/Ext/T", ",f"),
        ("/VMC/Ext/Bone/Pos", ",sfffffff"),
        ("/VMC/Ext/Set/Eye", ",ifff"),
        ("/VMC/Ext/Blend/Apply", ","),
    }


def bones_of(face: Face) -> dict[str, list[float]]:
    (datagram,) = VmcEncoder((), bones=True).encode(face)
    numbers = {}
    for name in (b"Head", b"LeftEye", b"RightEye"):
        at = bytes(datagram).index(BONE + b",sfffffff\0\0\0" + name + b"\0") + 32
        numbers[name.decode()] = list(
            struct.unpack_from(">7f", datagram, at + len(name) // 4 * 4 + 4)
        )
    return numbers


def test_bones_are_where_a_head_has_them_on_unitys_axes() -> None:
    positions = {bone: numbers[:3] for bone, numbers in bones_of(Face()).items()}
    for x, y, z in positions.values():
        assert 0.01 < math.hypot(x, y, z) < 0.2  # metres
        assert y > 0
        assert z > 0
    assert positions["Head"][0] == 0
    # Unity's x grows to the face's own right
    assert positions["LeftEye"][0] == -positions["RightEye"][0] < 0


def test_a_face_at_rest_turns_no_bone() -> None:
    assert {tuple(numbers[3:]) for numbers in bones_of(Face()).values()} == {(0, 0, 0, 1)}


@pytest.mark.parametrize(
    ("row", "angle", "bone", "component", "sign"),
    [
        pytest.param(0, 0, "Head", 1, 1, id="head to its right: about y"),
        pytest.param(0, 1, "Head", 0, 1, id="head down: about x"),
        pytest.param(0, 2, "Head", 2, -1, id="head to its right shoulder: back about z"),
        pytest.param(1, 0, "LeftEye", 1, 1, id="left eye to the right"),
        pytest.param(2, 1, "RightEye", 0, 1, id="right eye down"),
    ],
)
def test_each_angle_turns_its_own_bone_the_way_unity_counts(
    row: int, angle: int, bone: str, component: int, sign: int
) -> None:
    face = Face()
    face.rotations[row, angle] = 0.5
    turned = [0.0, 0.0, 0.0, math.cos(0.25)]
    turned[component] = sign * math.sin(0.25)
    for name, numbers in bones_of(face).items():
        expected = turned if name == bone else [0.0, 0.0, 0.0, 1.0]
        assert numbers[3:] == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(
    ("left", "right", "point"),
    [
        pytest.param((0, 0), (0, 0), (0, 0, 1), id="ahead"),
        pytest.param((0.5, 0), (0.5, 0), (math.sin(0.5), 0, math.cos(0.5)), id="to its right"),
        pytest.param((0, 0.5), (0, 0.5), (0, -math.sin(0.5), math.cos(0.5)), id="down"),
        pytest.param((0.25, 0), (-0.25, 0), (0, 0, 1), id="eyes that converge"),
    ],
)
def test_the_gaze_is_a_point_before_the_head(
    outside_osc: OutsideOsc,
    left: tuple[float, float],
    right: tuple[float, float],
    point: tuple[float, ...],
) -> None:
    face = Face()
    face.rotations[0] = 0.3, 0.2, 0.1  # the point turns with the head, so that it changes nothing
    face.rotations[1, :2], face.rotations[2, :2] = left, right
    said = dict(outside_osc(VmcEncoder((), gaze=True).encode(face)))
    enabled, *looked_at = said["/VMC/Ext/Set/Eye"]
    assert enabled == 1
    assert looked_at == pytest.approx(list(point), abs=1e-6)


def test_head_eyes_and_gaze_are_sent_only_when_asked_for() -> None:
    sent = b"".join(bytes(d) for d in DIALECT.encoder(Shown()).encode(Face()))
    assert b"/VMC/Ext/Blend/Val" in sent
    assert b"/VMC/Ext/Bone/Pos" not in sent
    assert b"/VMC/Ext/Set/Eye" not in sent


@pytest.mark.parametrize(("role", "port"), [("performer", 39539), ("assistant", 39540)])
def test_the_role_chooses_the_port(role: str, port: int) -> None:
    assert callable(DIALECT.port)
    assert DIALECT.port({"role": role}) == port
    assert DIALECT.port({}) == 39539


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


ANGLES = arrays(np.float32, (3, 3), elements=st.floats(-1.5, 1.5, width=32))


@settings(deadline=None)
@given(
    arrays(np.float32, 52, elements=st.floats(0, 1, width=32)),
    ANGLES,
    arrays(np.float32, 3, elements=st.floats(-1, 1, width=32)),
)
def test_head_eyes_and_presets_decode_to_what_was_encoded(
    weights: np.ndarray, rotations: np.ndarray, feeling: np.ndarray
) -> None:
    encoder = VmcEncoder(presets=("vrm1",), bones=True, gaze=True)
    decoder = VmcDecoder()
    face = Face(weights, rotations, feeling)
    (frame,) = [r for d in datagrams_of(encoder, face) for r in decoder.feed(d)]
    assert list(frame.weights.values())[:52] == weights.tolist()
    assert list(frame.weights)[52:] == VRM1
    read = [
        [frame.about[f"{bone}{axis}"] for axis in ("Yaw", "Pitch", "Roll")]
        for bone in ("Head", "LeftEye", "RightEye")
    ]
    np.testing.assert_allclose(read, rotations, atol=1e-3)  # close to straight up it is float32's
    gaze = [float(frame.about[f"Gaze{axis}"]) for axis in "XYZ"]
    assert math.hypot(*gaze) == pytest.approx(1.0, abs=1e-6)
    left, right = rotations[1:]
    assert math.atan2(gaze[0], gaze[2]) == pytest.approx((left[0] + right[0]) / 2, abs=1e-3)


def test_bones_that_are_not_the_heads_are_ignored_and_eyes_may_be_left_alone() -> None:
    decoder = VmcDecoder()
    decoder.feed(BONE + b",sfffffff\0\0\0Hips\0\0\0\0" + bytes(24) + b"\x3f\x80\0\0")
    decoder.feed(EYE + b",ifff\0\0\0" + bytes(16))
    assert decoder.feed(APPLY) == [Received({})]


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(BONE + b",\0\0\0", id="no bone"),
        pytest.param(BONE + b",sffffff\0\0\0\0Head\0\0\0\0" + bytes(24), id="six numbers"),
        pytest.param(BONE + b",sffffffi\0\0\0Head\0\0\0\0" + bytes(28), id="an int in a bone"),
        pytest.param(BONE + b",ifffffff\0\0\0" + bytes(32), id="a bone without a name"),
        pytest.param(EYE + b",iff\0\0\0\0" + bytes(12), id="a point of two numbers"),
        pytest.param(EYE + b",ffff\0\0\0" + bytes(16), id="a float for a switch"),
    ],
)
def test_a_bone_or_a_point_that_is_not_whole_is_refused(message: bytes) -> None:
    with pytest.raises(DecodeError):
        VmcDecoder().feed(message)
