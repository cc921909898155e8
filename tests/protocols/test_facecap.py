"""Face Cap's live mode as its receivers read it."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from protocols.dialect import Shown
from protocols.dialects import DIALECTS
from protocols.face import DecodeError, Face, Received
from protocols.facecap import DIALECT, ORDER, FaceCapDecoder, FaceCapEncoder, encoder
from protocols.livelink import ORDER as LIVE_LINK_ORDER

Messages = list[tuple[str, list[object]]]
OutsideOsc = Callable[[Sequence[bytes]], Messages]
TypedMessages = Callable[[bytes], list[tuple[str, str, list[object]]]]

# As typed from the maker's list of indices, and where that is cut short from OpenMoBu's.
_INDICES = """
browInnerUp browDownLeft browDownRight browOuterUpLeft browOuterUpRight eyeLookUpLeft eyeLookUpRight
eyeLookDownLeft eyeLookDownRight eyeLookInLeft eyeLookInRight eyeLookOutLeft eyeLookOutRight
eyeBlinkLeft eyeBlinkRight eyeSquintLeft eyeSquintRight eyeWideLeft eyeWideRight cheekPuff
cheekSquintLeft cheekSquintRight noseSneerLeft noseSneerRight jawOpen jawForward jawLeft jawRight
mouthFunnel mouthPucker mouthLeft mouthRight mouthRollUpper mouthRollLower mouthShrugUpper
mouthShrugLower mouthClose mouthSmileLeft mouthSmileRight mouthFrownLeft mouthFrownRight
mouthDimpleLeft mouthDimpleRight mouthUpperUpLeft mouthUpperUpRight mouthLowerDownLeft
mouthLowerDownRight mouthPressLeft mouthPressRight mouthStretchLeft mouthStretchRight tongueOut
"""
INDICES = _INDICES.split()


def datagrams_of(made: FaceCapEncoder, face: Face) -> list[bytes]:
    return [bytes(datagram) for datagram in made.encode(face)]


def frames_of(datagrams: Sequence[bytes]) -> list[Received]:
    decoder = FaceCapDecoder()
    return [frame for datagram in datagrams for frame in decoder.feed(datagram)]


def test_a_frame_has_the_golden_bytes(
    golden: Callable[[str], list[bytes]], golden_face: Face
) -> None:
    assert datagrams_of(FaceCapEncoder(), golden_face) == golden("facecap.hex")


def test_the_order_is_face_caps_own(reference_order: list[str]) -> None:
    assert len(INDICES) == 52
    assert list(ORDER) == INDICES
    assert set(INDICES) == set(reference_order)
    assert list(ORDER) != reference_order
    assert ORDER != LIVE_LINK_ORDER


@pytest.mark.parametrize("bundled", [True, False])
def test_each_weight_is_sent_under_its_index(
    outside_osc: OutsideOsc, reference_order: list[str], golden_face: Face, bundled: bool
) -> None:
    said = outside_osc(FaceCapEncoder(bundled=bundled).encode(golden_face))
    weights = [arguments for address, arguments in said if address == "/W"]
    assert weights == [
        [index, reference_order.index(name) / 64] for index, name in enumerate(INDICES)
    ]


@pytest.mark.parametrize("bundled", [True, False])
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_type_tags_are_by_the_letter_for_whole_numbers_too(
    typed_messages: TypedMessages, bundled: bool, value: float
) -> None:
    face = Face(np.full(52, value, np.float32), np.full((3, 3), value, np.float32))
    datagrams = FaceCapEncoder(bundled=bundled).encode(face)
    messages = [message for datagram in datagrams for message in typed_messages(bytes(datagram))]
    assert {(address, tags) for address, tags, _ in messages} == {
        ("/W", ",if"),
        ("/HR", ",fff"),
        ("/ELR", ",ff"),
        ("/ERR", ",ff"),
    }
    assert len(messages) == 55


def test_a_frame_is_one_bundle_or_single_messages(golden_face: Face) -> None:
    (bundle,) = datagrams_of(FaceCapEncoder(), golden_face)
    assert bundle.startswith(b"#bundle\0")
    assert len(bundle) <= 1400
    singles = datagrams_of(FaceCapEncoder(bundled=False), golden_face)
    assert len(singles) == 55
    assert all(datagram.startswith(b"/") for datagram in singles)


@pytest.mark.parametrize(
    ("turn", "x", "y", "z"),
    [
        ((1, 0, 0), 0, -90, 0),  # yaw to the face's own right; +y is to its left
        ((0, 1, 0), 90, 0, 0),  # pitch downwards
        ((0, 0, 1), 0, 0, 90),  # roll towards its own right shoulder
    ],
)
def test_angles_are_degrees_about_x_y_and_z(
    outside_osc: OutsideOsc, turn: tuple[int, int, int], x: float, y: float, z: float
) -> None:
    face = Face()
    face.rotations[:] = np.array(turn) * math.pi / 2
    said = dict(outside_osc(FaceCapEncoder().encode(face))[:3])
    assert said["/HR"] == pytest.approx([x, y, z])
    assert said["/ELR"] == pytest.approx([x, y])
    assert said["/ERR"] == pytest.approx([x, y])


def test_head_and_each_eye_have_their_own_angles(outside_osc: OutsideOsc) -> None:
    face = Face()
    face.rotations[:] = np.radians([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    said = dict(outside_osc(FaceCapEncoder().encode(face))[:3])
    assert said["/HR"] == pytest.approx([2, -1, 3])
    assert said["/ELR"] == pytest.approx([5, -4])
    assert said["/ERR"] == pytest.approx([8, -7])


def test_angles_can_be_left_out(outside_osc: OutsideOsc, golden_face: Face) -> None:
    said = outside_osc(FaceCapEncoder(rotations=False).encode(golden_face))
    assert [address for address, _ in said] == ["/W"] * 52


def test_it_goes_to_the_port_of_the_makers_example_and_has_no_path(golden_face: Face) -> None:
    assert DIALECTS["facecap"] is DIALECT
    assert (DIALECT.port, DIALECT.path) == (8080, "")
    singles = encoder(Shown(), rotations=False, bundle=False).encode(golden_face)
    assert len(singles) == 52


def test_a_frame_that_came_is_complete_when_the_next_one_begins() -> None:
    first, second = Face(), Face()
    first.weights[:], second.weights[:] = 0.25, 0.5
    for bundled in (True, False):
        made = FaceCapEncoder(bundled=bundled)
        stream = datagrams_of(made, first) + datagrams_of(made, second) + datagrams_of(made, first)
        frames = frames_of(stream)
        assert [set(frame.weights.values()) for frame in frames] == [{0.25}, {0.5}]
        assert all(len(frame.weights) == 52 for frame in frames)


def test_whole_weights_that_the_app_sends_as_integers_are_taken() -> None:
    decoder = FaceCapDecoder()
    jaw_open = b"/W\0\0,ii\0\0\0\0\x18\0\0\0\1"
    assert decoder.feed(jaw_open) == []
    assert decoder.feed(jaw_open) == [Received({"jawOpen": 1.0})]


def test_what_else_the_app_sends_is_ignored() -> None:
    decoder = FaceCapDecoder()
    position = b"/HT\0,fff\0\0\0\0" + bytes(12)
    assert [decoder.feed(position) for _ in range(3)] == [[], [], []]


@pytest.mark.parametrize(
    ("datagram", "expected"),
    [
        pytest.param(b"/W\0\0,if\0\0\0\0\x34\0\0\0\0", "in /W, got 52", id="index too large"),
        pytest.param(b"/W\0\0,if\0\xff\xff\xff\xff\0\0\0\0", "got -1", id="index below 0"),
        pytest.param(b"/W\0\0,ff\0\0\0\0\0\0\0\0\0", "an index", id="index as f"),
        pytest.param(b"/W\0\0,iT\0\0\0\0\1", "a weight", id="weight as T"),
        pytest.param(b"/W\0\0,i\0\0\0\0\0\1", "a weight", id="no weight"),
        pytest.param(b"/HR\0,ff\0\0\0\0\0\0\0\0\0", "3 angles", id="two angles of a head"),
        pytest.param(b"/ELR\0\0\0\0,fs\0\0\0\0\0a\0\0\0", "2 angles", id="an angle as s"),
        pytest.param(b"nothing", "OSC packet", id="no OSC"),
    ],
)
def test_what_is_not_face_cap_is_refused_and_the_frame_kept(datagram: bytes, expected: str) -> None:
    decoder = FaceCapDecoder()
    good = b"/W\0\0,if\0\0\0\0\0\x3f\0\0\0"
    decoder.feed(good)
    with pytest.raises(DecodeError, match=expected):
        decoder.feed(datagram)
    assert decoder.feed(good) == [Received({"browInnerUp": 0.5})]


weights_of_a_face = arrays(np.float32, 52, elements=st.floats(0, 1, width=32))
rotations_of_a_face = arrays(np.float32, (3, 3), elements=st.floats(-4, 4, width=32))


@settings(deadline=None)
@given(weights_of_a_face, rotations_of_a_face, st.booleans())
def test_what_was_encoded_decodes_to_the_same(
    reference_order: list[str], weights: np.ndarray, rotations: np.ndarray, bundled: bool
) -> None:
    datagrams = datagrams_of(FaceCapEncoder(bundled=bundled), Face(weights, rotations))
    (received,) = frames_of(datagrams * 2)[:1]
    assert list(received.weights) == INDICES
    assert [received.weights[name] for name in reference_order] == weights.tolist()
    yaw, pitch, roll = np.degrees(rotations.astype(float)).T
    said = [[float(angle) for angle in str(received.about[part]).split(",")] for part in PARTS]
    assert said[0] == pytest.approx([pitch[0], -yaw[0], roll[0]], rel=1e-5)
    assert said[1] == pytest.approx([pitch[1], -yaw[1]], rel=1e-5)
    assert said[2] == pytest.approx([pitch[2], -yaw[2]], rel=1e-5)


PARTS = ("head", "left", "right")


@settings(deadline=None)
@given(data=st.data())
def test_mutated_datagrams_are_read_or_refused_and_the_next_frames_come(
    mutated: Callable[[Sequence[bytes]], st.SearchStrategy[bytes]], data: st.DataObject
) -> None:
    decoder = FaceCapDecoder()
    good = datagrams_of(FaceCapEncoder(), Face(np.full(52, 0.5, np.float32)))
    for datagram in data.draw(st.lists(mutated(good), max_size=4)):
        try:
            decoder.feed(datagram)
        except DecodeError:
            continue
    frames = [frame for datagram in good * 3 for frame in decoder.feed(datagram)]
    assert set(frames[-1].weights.values()) == {0.5}
