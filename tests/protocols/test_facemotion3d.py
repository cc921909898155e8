"""Facemotion3d as its receivers read it, and their requests as the app reads them."""

import math
import re
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from protocols.dialect import FaceRequest, Shown
from protocols.dialects import DIALECTS
from protocols.face import DecodeError, Face
from protocols.facemotion3d import (
    DIALECT,
    PHONE,
    Facemotion3dEncoder,
    phone_encoder,
    read_request,
    write_request,
)
from protocols.ifacialmocap import IFacialMocapDecoder

Mutated = Callable[[Sequence[bytes]], st.SearchStrategy[bytes]]

# The frame on the makers' page for developers.
SAMPLE = (
    b"eyeLookOutLeft&3|mouthPressRight&14|jawForward&8|browInnerUp&19|jawLeft&4|"
    b"mouthShrugUpper&28|eyeSquintLeft&4|eyeWideLeft&0|mouthPucker&5|mouthLowerDownLeft&6|"
    b"eyeBlinkLeft&29|mouthShrugLower&20|mouthSmileLeft&0|cheekSquintRight&9|eyeWideRight&0|"
    b"mouthFunnel&4|mouthStretchRight&13|browDownRight&2|tongueOut&0|cheekSquintLeft&8|"
    b"mouthStretchLeft&17|mouthUpperUpRight&10|noseSneerLeft&28|browOuterUpLeft&0|"
    b"eyeLookInRight&15|mouthDimpleRight&7|mouthRollUpper&5|mouthLowerDownRight&6|mouthClose&6|"
    b"mouthFrownLeft&3|eyeBlinkRight&29|mouthFrownRight&2|mouthUpperUpLeft&11|browDownLeft&1|"
    b"eyeLookOutRight&0|cheekPuff&4|eyeLookInLeft&0|mouthDimpleLeft&8|eyeLookDownLeft&36|"
    b"eyeSquintRight&4|mouthRollLower&7|eyeLookUpLeft&0|eyeLookUpRight&0|mouthSmileRight&0|"
    b"jawRight&0|noseSneerRight&25|mouthPressLeft&13|jawOpen&4|browOuterUpRight&0|"
    b"eyeLookDownRight&36|mouthLeft&1|mouthRight&0|FM_SAD&0|FM_ANGRY&0|FM_VF&0|FM_TH&0|"
    b"FM_browUpRight&0|FM_browUpLeft&0|"
    b"=head#-22.167973,0.45402408,-4.8798294,-0.039975993,-0.048437987,-0.45562273|"
    b"rightEye#12.759762,5.527712,1.2244859|leftEye#12.862795,1.264116,0.28145725|"
)
OWN_SHAPES = {"FM_SAD", "FM_ANGRY", "FM_VF", "FM_TH", "FM_browUpRight", "FM_browUpLeft"}

TURNS = re.compile(
    r"head#(-?[\d.]+(?:,-?[\d.]+){5})\|rightEye#(-?[\d.]+(?:,-?[\d.]+){2})\|"
    r"leftEye#(-?[\d.]+(?:,-?[\d.]+){2})\|"
)

weights_of_a_face = arrays(np.float32, 52, elements=st.floats(0, 1, width=32))
rotations_of_a_face = arrays(np.float32, (3, 3), elements=st.floats(-3, 3, width=32))


def frame_of(face: Face) -> bytes:
    (datagram,) = Facemotion3dEncoder().encode(face)
    return bytes(datagram)


def read(frame: bytes) -> tuple[dict[str, int], list[list[float]]]:
    """The percents by name, and the numbers of head, right eye and left eye, as documented by the
    format."""
    shapes, turns = frame.decode("ascii").split("=")
    pairs = re.findall(r"(\w+)&(\d+)\|", shapes)
    assert "".join(f"{name}&{percent}|" for name, percent in pairs) == shapes
    assert len(dict(pairs)) == len(pairs)
    said = TURNS.fullmatch(turns)
    assert said
    numbers = [[float(number) for number in part.split(",")] for part in said.groups()]
    return {name: int(percent) for name, percent in pairs}, numbers


def test_the_makers_sample_has_the_same_52_names_beside_shapes_of_the_apps_own(
    reference_order: list[str],
) -> None:
    percents, _ = read(SAMPLE)
    assert set(percents) - OWN_SHAPES == set(reference_order)


def test_a_frame_has_the_golden_bytes(
    golden: Callable[[str], list[bytes]], golden_face: Face
) -> None:
    assert [frame_of(golden_face)] == golden("facemotion3d.hex")


@settings(deadline=None)
@given(weights_of_a_face, rotations_of_a_face)
def test_a_receiver_gets_each_weight_in_percents_and_each_angle_in_degrees(
    reference_order: list[str], weights: np.ndarray, rotations: np.ndarray
) -> None:
    percents, numbers = read(frame_of(Face(weights, rotations)))
    assert list(percents) == ["trackingStatus", *reference_order]
    assert list(percents.values())[1:] == pytest.approx((weights * 100).tolist(), abs=0.5001)
    degrees = np.degrees(rotations.astype(float)).tolist()
    for (yaw, pitch, roll), said in zip((degrees[0], degrees[2], degrees[1]), numbers, strict=True):
        assert said[:3] == pytest.approx([pitch, -yaw, roll], abs=0.000501)


def test_eyes_turn_as_in_the_makers_sample() -> None:
    """There, both look down and to the face's own left."""
    percents, (_, right, left) = read(SAMPLE)
    assert min(percents["eyeLookInRight"], percents["eyeLookOutLeft"]) > 0
    assert min(percents["eyeLookDownRight"], percents["eyeLookDownLeft"]) > 0
    face = Face()
    face.rotations[1:] = [-0.05, 0.2, 0.0]  # to the left, and down
    _, (_, our_right, our_left) = read(frame_of(face))
    for sample, ours in ((right, our_right), (left, our_left)):
        assert np.sign(ours[:2]).tolist() == np.sign(sample[:2]).tolist()


def test_two_frames_of_a_resting_face_are_never_the_same() -> None:
    used, face = Facemotion3dEncoder(), Face()
    frames = [bytes(used.encode(face)[0]) for _ in range(60)]
    assert len(set(frames)) == len(frames)


def test_the_largest_frame_is_not_larger_than_is_said() -> None:
    face = Face()
    face.weights[:] = 1
    face.rotations[:] = -math.pi
    assert 1024 < len(frame_of(face)) <= 1100


def test_the_dialects_stand_at_the_ports_of_receivers_and_of_the_app() -> None:
    assert DIALECTS["facemotion3d"] is DIALECT
    assert DIALECTS["facemotion3d-phone"] is PHONE
    assert (DIALECT.port, DIALECT.asking) == (49983, None)
    assert PHONE.port == 49993
    assert PHONE.asking is not None


@pytest.mark.parametrize("new", [DIALECT.encoder, phone_encoder])
def test_the_setting_of_the_output_reaches_the_frame(
    new: Callable[..., Facemotion3dEncoder], golden_face: Face
) -> None:
    (datagram,) = new(Shown(), rotations=False).encode(golden_face)
    assert read(bytes(datagram))[1] == [[0] * 6, [0] * 3, [0] * 3]
    (datagram,) = new(Shown()).encode(golden_face)
    assert bytes(datagram) == frame_of(golden_face)


@settings(deadline=None)
@given(weights_of_a_face)
def test_what_was_encoded_decodes_to_the_same_within_what_is_written(
    reference_order: list[str], weights: np.ndarray
) -> None:
    (received,) = IFacialMocapDecoder().feed(frame_of(Face(weights)))
    assert list(received.weights) == reference_order
    assert list(received.weights.values()) == pytest.approx(weights.tolist(), abs=0.005001)
    assert (received.about["tracking"], received.about["separator"]) == (1, "&")


def test_the_makers_sample_is_read(reference_order: list[str]) -> None:
    (received,) = IFacialMocapDecoder().feed(SAMPLE)
    assert set(received.weights) == OWN_SHAPES | set(reference_order)
    assert received.weights["eyeLookDownLeft"] == 0.36
    assert received.about["left"] == "12.8628,1.26412,0.281457"


@pytest.mark.parametrize(
    "said",
    [b"FACEMOTION3D_OtherStreaming", b"FACEMOTION3D_OtherStreaming|protocol=udp\0"],
)
def test_a_request_is_answered_where_the_makers_say_and_listen_and_at_the_port_that_asked(
    said: bytes,
) -> None:
    assert read_request(said) == FaceRequest((49983, 49993, 0), math.inf)


def test_a_stop_ends_what_a_request_began() -> None:
    began = read_request(b"FACEMOTION3D_OtherStreaming")
    assert read_request(b"StopStreaming_FACEMOTION3D") == FaceRequest(began.ports, 0.0)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"FACEMOTION3D_OtherStreaming|protocol=tcp", "faces over TCP are not supported"),
        (b"FMV3" + bytes(44), "version 3"),
        (b"iFacialMocap_sahuasouryya9218sauhuiayeta91555dy3719", "ifacialmocap-phone://"),
        (b"iFacialMocap_UDPTCP_sahuasouryya9218sauhuiayeta91555dy3719", "ifacialmocap-phone://"),
        (b"FACEMOTION3D", "FACEMOTION3D_OtherStreaming"),
        (b"", "FACEMOTION3D_OtherStreaming"),
        (b"\xff", "ASCII"),
        (SAMPLE, "expected a request, got a face"),
    ],
)
def test_anything_else_is_refused_with_the_reason(said: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=re.escape(reason)):
        read_request(said)


@given(st.integers(1, 65535))
def test_our_own_request_is_that_of_the_specification(port: int) -> None:
    assert write_request(port) == b"FACEMOTION3D_OtherStreaming"


@settings(deadline=None)
@given(st.data())
def test_any_bytes_are_a_request_or_refused_with_decode_error(
    mutated: Mutated, data: st.DataObject
) -> None:
    valid = [b"FACEMOTION3D_OtherStreaming|protocol=tcp", b"StopStreaming_FACEMOTION3D"]
    said = data.draw(mutated(valid) | st.binary(max_size=100))
    try:
        asked = read_request(said)
    except DecodeError:
        return
    assert asked.ports == (49983, 49993, 0)
    assert asked.seconds in (0.0, math.inf)
    assert not asked.settings
