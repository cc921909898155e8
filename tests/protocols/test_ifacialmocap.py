"""iFacialMocap as its receivers read it, and what they ask for as the app understands it.

No library that reads it is in any registry, so the strictest receivers are modelled here, each from
the rules of its source code, and every frame must pass all of them.
"""

import math
import re
import timeit
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from protocols.dialect import FaceRequest, Shown
from protocols.dialects import DIALECTS
from protocols.face import DecodeError, Face
from protocols.ifacialmocap import (
    DIALECT,
    NAMES,
    PHONE,
    IFacialMocapDecoder,
    IFacialMocapEncoder,
    encoder,
    phone_encoder,
    read_request,
    write_request,
)

Mutated = Callable[[Sequence[bytes]], st.SearchStrategy[bytes]]

# In the order of Live Link, which is that of the specification's list.
_SPECIFIED = """
eyeBlink_L eyeLookDown_L eyeLookIn_L eyeLookOut_L eyeLookUp_L eyeSquint_L eyeWide_L eyeBlink_R
eyeLookDown_R eyeLookIn_R eyeLookOut_R eyeLookUp_R eyeSquint_R eyeWide_R jawForward jawLeft jawRight
jawOpen mouthClose mouthFunnel mouthPucker mouthLeft mouthRight mouthSmile_L mouthSmile_R
mouthFrown_L mouthFrown_R mouthDimple_L mouthDimple_R mouthStretch_L mouthStretch_R mouthRollLower
mouthRollUpper mouthShrugLower mouthShrugUpper mouthPress_L mouthPress_R mouthLowerDown_L
mouthLowerDown_R mouthUpperUp_L mouthUpperUp_R browDown_L browDown_R browInnerUp browOuterUp_L
browOuterUp_R cheekPuff cheekSquint_L cheekSquint_R noseSneer_L noseSneer_R tongueOut
"""
SPECIFIED = _SPECIFIED.split()

# The frame on the makers' page for developers.
SAMPLE = (
    b"mouthSmile_R-0|eyeLookOut_L-0|mouthUpperUp_L-11|eyeWide_R-0|mouthClose-8|mouthPucker-4|"
    b"mouthRollLower-9|eyeBlink_R-7|eyeLookDown_L-17|cheekSquint_R-11|eyeBlink_L-7|tongueOut-0|"
    b"jawRight-0|eyeLookIn_R-6|cheekSquint_L-11|mouthDimple_L-10|mouthPress_L-4|eyeSquint_L-11|"
    b"mouthRight-0|mouthShrugLower-9|eyeLookUp_R-0|eyeLookOut_R-0|mouthPress_R-5|cheekPuff-2|"
    b"jawForward-11|mouthLowerDown_L-9|mouthFrown_L-6|mouthShrugUpper-26|browOuterUp_L-4|"
    b"browInnerUp-20|mouthDimple_R-10|browDown_R-0|mouthUpperUp_R-10|mouthRollUpper-8|"
    b"mouthFunnel-12|mouthStretch_R-21|mouthFrown_R-13|eyeLookDown_R-17|jawOpen-12|jawLeft-0|"
    b"browDown_L-0|mouthSmile_L-0|noseSneer_R-18|mouthLowerDown_R-8|noseSneer_L-21|eyeWide_L-0|"
    b"mouthStretch_L-21|browOuterUp_R-4|eyeLookIn_L-4|eyeSquint_R-11|eyeLookUp_L-0|mouthLeft-1|"
    b"=head#-21.488958,-6.038993,-6.6019735,-0.030653415,-0.10287084,-0.6584072|"
    b"rightEye#6.0297494,2.4403017,0.25649446|leftEye#6.034903,-1.6660284,-0.17520553|"
)

HANDSHAKE = b"iFacialMocap_sahuasouryya9218sauhuiayeta91555dy3719"


class Understood(NamedTuple):
    """What a receiver took from a frame: percents by name, and numbers of head and eyes."""

    percents: dict[str, float]
    numbers: dict[str, list[float]]


def whole(said: str) -> int:
    """A whole number as C# parses one."""
    assert re.fullmatch(r"-?[0-9]{1,9}", said), said
    return int(said)


def vmagicmirror(frame: bytes, before: bytes = b"") -> Understood | None:
    """Its rules: a frame that is the same as the one before is a lost face; exactly one `=`;
    only `-` separates; whole numbers; what does not end in `|` is not read; names in their exact
    spelling; of head and eyes only the head's six numbers are read."""
    if frame == before or frame.count(b"=") != 1:
        return None
    shapes, turns = frame.decode("ascii").replace(" ", "").split("=")
    percents = {}
    for token in shapes.split("|")[:-1]:
        assert len(token) <= 512
        name, _, said = token.partition("-")
        if name in SPECIFIED:
            percents[name] = whole(said)
    numbers = {}
    for token in turns.split("|")[:-1]:
        if token.startswith("head#"):
            numbers["head"] = [float(number) for number in token[5:].split(",")]
            assert len(numbers["head"]) > 5
    return Understood(percents, numbers)


def vrc_ifacialmocap(frame: bytes) -> Understood:
    """Its rules: the first and the last of what `|` separates are thrown away; `&` separates, or
    else `-`; whole numbers."""
    percents, numbers = {}, {}
    for token in frame.decode("ascii").split("|")[1:-1]:
        if "#" in token:
            name, said = token.split("#")
            numbers[name.removeprefix("=")] = [float(number) for number in said.split(",")]
            assert len(said.split(",")) == (6 if name == "=head" else 3)
        else:
            name, said = token.split("&" if "&" in token else "-")
            percents[name] = whole(said)
    return Understood(percents, numbers)


def facetrack(frame: bytes, separator: str) -> Understood:
    """Its rules: a token ends with `|`; one that begins with `=` is the head, whose numbers begin
    after six characters; in others the first separator or `#` after the first character counts."""
    percents, numbers = {}, {}
    *tokens, rest = frame.decode("ascii").split("|")
    assert rest == ""
    for token in tokens:
        if token[0] == "=":
            numbers["head"] = [float(number) for number in token[6:].split(",")]
            assert len(numbers["head"]) == 6
            continue
        at = min(place for place, c in enumerate(token) if place and c in (separator, "#"))
        if token[at] == separator:
            percents[token[:at]] = float(token[at + 1 :])
        else:
            numbers[token[:at]] = [float(number) for number in token[at + 1 :].split(",")]
            assert len(numbers[token[:at]]) == 3
    return Understood(percents, numbers)


def strict_parser(frame: bytes, separator: str) -> Understood:
    """A parser that takes nothing for granted: what precedes `=` is names and whole numbers only,
    each in two parts, and what follows is head, right eye and left eye."""
    shapes, turns = frame.decode("ascii").split("=")
    assert shapes.endswith("|")
    assert turns.endswith("|")
    percents = {}
    for token in shapes[:-1].split("|"):
        name, said = token.split(separator)
        assert name not in percents
        percents[name] = whole(said)
    parts = [token.split("#") for token in turns[:-1].split("|")]
    assert [name for name, _ in parts] == ["head", "rightEye", "leftEye"]
    assert all(re.fullmatch(r"(-?\d+\.\d+,?)+", said) for _, said in parts)
    return Understood(percents, {n: [float(v) for v in said.split(",")] for n, said in parts})


RECEIVERS: dict[str, Callable[[bytes], Understood | None]] = {
    "v1 VMagicMirror": vmagicmirror,
    "v1 VRC_iFacialMocap": vrc_ifacialmocap,
    "v1 facetrack-d": lambda frame: facetrack(frame, "-"),
    "v1 strict": lambda frame: strict_parser(frame, "-"),
    "v2 VRC_iFacialMocap": vrc_ifacialmocap,
    "v2 strict": lambda frame: strict_parser(frame, "&"),
}
every_receiver = pytest.mark.parametrize("receiver", RECEIVERS)

weights_of_a_face = arrays(np.float32, 52, elements=st.floats(0, 1, width=32))
rotations_of_a_face = arrays(np.float32, (3, 3), elements=st.floats(-3, 3, width=32))


def frame_of(face: Face, version: str = "v1", **told: bool) -> bytes:
    (datagram,) = encoder(Shown(), version=version, **told).encode(face)
    return bytes(datagram)


@pytest.fixture(scope="session")
def specified(live_link_order: list[str], reference_order: list[str]) -> list[str]:
    """The specified names in reference order."""
    spelled = dict(zip(live_link_order, SPECIFIED, strict=True))
    return [spelled[name] for name in reference_order]


def test_the_names_are_those_of_the_specification(specified: list[str]) -> None:
    assert list(NAMES) == specified


def test_the_makers_sample_has_the_same_52_names() -> None:
    understood = vmagicmirror(SAMPLE)
    assert understood is not None
    assert set(understood.percents) == set(NAMES)


def test_a_frame_has_the_golden_bytes(
    golden: Callable[[str], list[bytes]], golden_face: Face
) -> None:
    assert [frame_of(golden_face)] == golden("ifacialmocap.hex")


@every_receiver
@settings(deadline=None, max_examples=50)
@given(weights=weights_of_a_face, rotations=rotations_of_a_face)
def test_every_receiver_gets_each_weight_in_percents_and_each_angle_in_degrees(
    specified: list[str], receiver: str, weights: np.ndarray, rotations: np.ndarray
) -> None:
    frame = frame_of(Face(weights, rotations), receiver[:2])
    understood = RECEIVERS[receiver](frame)
    assert understood is not None
    percents = {n: p for n, p in understood.percents.items() if n != "trackingStatus"}
    assert list(percents) == specified
    assert list(percents.values()) == pytest.approx((weights * 100).tolist(), abs=0.5001)
    head, left, right = np.degrees(rotations.astype(float)).tolist()
    expected = {"head": head, "leftEye": left, "rightEye": right}
    for part, numbers in understood.numbers.items():
        yaw, pitch, roll = expected[part]
        assert numbers[:3] == pytest.approx([pitch, -yaw, roll], abs=0.000501)


@pytest.mark.parametrize(
    ("version", "first"), [("v1", b"trackingStatus-1|"), ("v2", b"trackingStatus&1|")]
)
def test_the_token_that_some_receivers_throw_away_says_that_a_face_is_tracked(
    version: str, first: bytes
) -> None:
    assert frame_of(Face(), version).startswith(first)


def test_version_2_differs_by_its_separator_alone(golden_face: Face) -> None:
    shapes, turns = frame_of(golden_face).split(b"=")
    assert frame_of(golden_face, "v2") == shapes.replace(b"-", b"&") + b"=" + turns


@pytest.mark.parametrize("every", range(1, 60))
def test_a_face_at_rest_is_never_taken_for_a_lost_one_not_even_by_who_sees_some_frames_only(
    every: int,
) -> None:
    used, face = IFacialMocapEncoder(), Face()
    seen = [bytes(used.encode(face)[0]) for _ in range(200)][::every]
    for before, frame in pairwise(seen):
        assert vmagicmirror(frame, before) is not None


def test_what_tells_two_frames_of_a_resting_face_apart_cannot_be_seen() -> None:
    used, face = IFacialMocapEncoder(), Face()
    frames = [vrc_ifacialmocap(bytes(used.encode(face)[0])) for _ in range(300)]
    assert all(frame.percents == frames[0].percents for frame in frames)
    for frame in frames:
        assert frame.numbers["leftEye"] == frame.numbers["rightEye"] == [0, 0, 0]
        *turns_and_place, depth = frame.numbers["head"]
        assert turns_and_place == [0] * 5
        assert 0 <= depth < 0.00001  # a hundredth of a millimetre
    depths = [np.float32(frame.numbers["head"][5]) for frame in frames]  # as C# reads them
    assert all(depth != other for depth, other in pairwise(depths))


def test_eyes_turn_as_in_the_makers_sample() -> None:
    """There, both look down, and each by a little to the nose: the right one to the left."""
    sample = vrc_ifacialmocap(SAMPLE)
    assert min(sample.percents["eyeLookIn_L"], sample.percents["eyeLookIn_R"]) > 0
    assert min(sample.percents["eyeLookDown_L"], sample.percents["eyeLookDown_R"]) > 0
    face = Face()
    face.rotations[1] = [0.03, 0.1, 0.0]  # the left eye: to the face's own right, and down
    face.rotations[2] = [-0.03, 0.1, 0.0]
    ours = vrc_ifacialmocap(frame_of(face))
    for eye in ("leftEye", "rightEye"):
        assert np.sign(ours.numbers[eye][:2]).tolist() == np.sign(sample.numbers[eye][:2]).tolist()


def test_head_and_eyes_are_turned_about_the_same_axes() -> None:
    face = Face()
    face.rotations[:] = np.radians([10, 20, 30])
    numbers = vrc_ifacialmocap(frame_of(face)).numbers
    assert numbers["head"][:3] == numbers["leftEye"] == numbers["rightEye"] == [20, -10, 30]


def test_without_rotations_every_angle_is_zero_and_frames_still_differ(golden_face: Face) -> None:
    used = IFacialMocapEncoder(rotations=False)
    one, other = (bytes(used.encode(golden_face)[0]) for _ in range(2))
    assert one != other
    understood = vrc_ifacialmocap(one)
    assert understood.numbers == {"head": [0] * 6, "leftEye": [0] * 3, "rightEye": [0] * 3}
    assert understood.percents == vrc_ifacialmocap(frame_of(golden_face)).percents


def test_nothing_is_written_as_minus_zero_or_with_an_exponent() -> None:
    face = Face()
    face.rotations[:] = [[0.0, -0.0, -1e-9], [1e-9, -1e-6, 0.0], [-0.0, 0.0, 1e-5]]
    used = IFacialMocapEncoder()
    for _ in range(100):
        (frame,) = used.encode(face)
        assert b"-0.0," not in frame
        assert b"-0.0|" not in frame
        assert not re.search(rb"\de[-+]?\d", frame)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_largest_frame_fits_the_buffer_of_1024_bytes_that_some_receivers_have(
    version: str,
) -> None:
    face = Face()
    face.weights[:] = 1
    face.rotations[:] = -math.pi
    assert 950 < len(frame_of(face, version)) <= 1024


def test_a_frame_is_encoded_in_a_sixth_of_a_millisecond_at_most(golden_face: Face) -> None:
    used = IFacialMocapEncoder()
    best = min(timeit.repeat(lambda: used.encode(golden_face), number=50, repeat=5)) / 50
    assert best < 1 / 6000  # 10 µs on an idle machine


def test_the_dialects_stand_at_the_port_of_the_app_and_only_the_phone_waits_there() -> None:
    assert DIALECTS["ifacialmocap"] is DIALECT
    assert DIALECTS["ifacialmocap-phone"] is PHONE
    assert (DIALECT.port, DIALECT.asking) == (49983, None)
    assert PHONE.port == 49983
    assert PHONE.asking is not None


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_phone_sends_the_same_frames(version: str, golden_face: Face) -> None:
    (datagram,) = phone_encoder(Shown(), version=version).encode(golden_face)
    assert bytes(datagram) == frame_of(golden_face, version)


# The decoder


@settings(deadline=None)
@given(weights_of_a_face, rotations_of_a_face, st.sampled_from(["v1", "v2"]))
def test_what_was_encoded_decodes_to_the_same_within_what_is_written(
    weights: np.ndarray, rotations: np.ndarray, version: str
) -> None:
    (received,) = IFacialMocapDecoder().feed(frame_of(Face(weights, rotations), version))
    assert tuple(received.weights) == NAMES
    assert list(received.weights.values()) == pytest.approx(weights.tolist(), abs=0.005001)
    assert received.about["tracking"] == 1
    assert received.about["separator"] == {"v1": "-", "v2": "&"}[version]
    for name, (yaw, pitch, roll) in zip(
        ("head", "left", "right"), np.degrees(rotations.astype(float)).tolist(), strict=True
    ):
        said = [float(angle) for angle in str(received.about[name]).split(",")]
        assert said == pytest.approx([pitch, -yaw, roll], abs=0.00101)


def test_the_makers_sample_is_read() -> None:
    (received,) = IFacialMocapDecoder().feed(SAMPLE)
    assert set(received.weights) == set(SPECIFIED)
    assert received.weights["mouthShrugUpper"] == 0.26
    assert received.about == {
        "separator": "-",
        "head": "-21.489,-6.03899,-6.60197",
        "position": "-0.0306534,-0.102871,-0.658407",
        "right": "6.02975,2.4403,0.256494",
        "left": "6.0349,-1.66603,-0.175206",
    }


@pytest.mark.parametrize(
    ("said", "weights", "about"),
    [
        ("jawOpen-24|", {"jawOpen": 0.24}, {"separator": "-"}),
        ("jawOpen-24", {"jawOpen": 0.24}, {"separator": "-"}),
        ("jawOpen&24|", {"jawOpen": 0.24}, {"separator": "&"}),
        ("jawOpen&-24|", {"jawOpen": -0.24}, {"separator": "&"}),
        ("jawOpen-12.5|", {"jawOpen": 0.125}, {"separator": "-"}),
        ("jawOpen&1.25e1|", {"jawOpen": 0.125}, {"separator": "&"}),
        ("jawOpen - 24 |", {"jawOpen": 0.24}, {"separator": "-"}),
        ("jawOpen-1|jawOpen-2|", {"jawOpen": 0.02}, {"separator": "-"}),
        ("trackingStatus-0|", {}, {"tracking": 0}),
        ("hapihapi-100|", {"hapihapi": 1.0}, {"separator": "-"}),
        ("=head#1,2,3|", {}, {"head": "1,2,3"}),
        ("=|head#1,2,3|", {}, {"head": "1,2,3"}),
        ("=head#1,2,3,4,5,6|", {}, {"head": "1,2,3", "position": "4,5,6"}),
        ("leftEye#-1.5,2,-3|", {}, {"left": "-1.5,2,-3"}),
    ],
)
def test_whole_percents_and_fractions_are_read_in_both_versions(
    said: str, weights: dict[str, float], about: dict[str, object]
) -> None:
    (received,) = IFacialMocapDecoder().feed(said.encode())
    assert received.weights == weights
    assert received.about == about


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("jawOpen--24", id="a negative number where - separates"),
        pytest.param("mouthFunnel0", id="no separator"),
        pytest.param("-0.67254096", id="no name"),
        pytest.param("&3", id="no name, version 2"),
        pytest.param("3", id="a number alone"),
        pytest.param("", id="nothing"),
        pytest.param(".0", id="the remains of a number"),
        pytest.param("jawOpen-", id="no number"),
        pytest.param("jawOpen&open", id="a word"),
        pytest.param("jawOpen&nan", id="not a number"),
        pytest.param("jawOpen&1e999", id="more than a float holds"),
        pytest.param("jawOpen&1_0", id="a number as Python writes it"),
        pytest.param("jawOpen&٣", id="a digit that is not ASCII"),
        pytest.param("x" * 600 + "-1", id="a name that is too long"),
        pytest.param("___iFacialMocap", id="the end of a frame by TCP"),
        pytest.param("head#1,2", id="two numbers"),
        pytest.param("head#1,2,x", id="a letter among numbers"),
        pytest.param("head#1,2,3,4", id="four numbers"),
        pytest.param("leftEye#1,2,3,4,5,6", id="an eye that has a place"),
        pytest.param("nose#1,2,3", id="an unknown part"),
    ],
)
def test_a_token_that_makes_no_sense_is_skipped(token: str) -> None:
    (received,) = IFacialMocapDecoder().feed(f"cheekPuff-7|{token}|tongueOut-9|".encode())
    assert received.weights == {"cheekPuff": 0.07, "tongueOut": 0.09}
    assert received.about == {"separator": "-"}


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"|||", id="nothing, thrice"),
        pytest.param(HANDSHAKE, id="a request"),
        pytest.param(HANDSHAKE + b"|sendDataVersion=v2", id="a request for version 2"),
        pytest.param(b"FACEMOTION3D_OtherStreaming", id="a request for Facemotion3d"),
        pytest.param(b"FMV3\x04\x00", id="version 3"),
        pytest.param(b"jawOpen-1|\xff", id="not UTF-8"),
        pytest.param(b"jawOpen-1|" * 1000, id="too large"),
        pytest.param(b'{"BlendShapes":[]}', id="another dialect"),
    ],
)
def test_what_is_no_frame_is_refused(said: bytes) -> None:
    with pytest.raises(DecodeError):
        IFacialMocapDecoder().feed(said)


# Requests


@pytest.mark.parametrize(
    ("said", "settings"),
    [
        (HANDSHAKE, {}),
        (HANDSHAKE + b"|sendDataVersion=v1", {"version": "v1"}),
        (HANDSHAKE + b"|sendDataVersion=v2", {"version": "v2"}),
        (HANDSHAKE + b"|sendDataVersion=v2\r\n", {"version": "v2"}),
        (HANDSHAKE.ljust(1024, b"\0"), {}),
        (HANDSHAKE + b"|somethingNew=1", {}),
    ],
)
def test_a_request_is_answered_at_port_49983_and_at_the_port_that_asked_without_an_end(
    said: bytes, settings: dict[str, str]
) -> None:
    assert read_request(said) == FaceRequest((49983, 0), math.inf, settings)


def test_what_a_request_asks_for_is_a_setting_of_the_phone() -> None:
    asked = read_request(HANDSHAKE + b"|sendDataVersion=v2").settings
    (datagram,) = PHONE.encoder(Shown(rate=Fraction(30)), **asked).encode(Face())
    assert bytes(datagram) == frame_of(Face(), "v2")


TCP = b"iFacialMocap_UDPTCP_sahuasouryya9218sauhuiayeta91555dy3719"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (TCP, "faces over TCP are not supported"),
        (TCP + b"|sendDataVersion=v2", "faces over TCP are not supported"),
        (TCP.replace(b"UDPTCP", b"UDPTCPSTOP"), "faces over TCP are not supported"),
        (b"FMV3" + bytes(44), "version 3"),
        (b"FACEMOTION3D_OtherStreaming", "facemotion3d-phone://"),
        (b"StopStreaming_FACEMOTION3D", "facemotion3d-phone://"),
        (HANDSHAKE + b"|sendDataVersion=v3", "v1 or v2"),
        (HANDSHAKE + b"|sendDataVersion", "v1 or v2"),
        (HANDSHAKE[:-1], "alone or with"),
        (HANDSHAKE + b"0", "alone or with"),
        (b"x" + HANDSHAKE, "alone or with"),
        (b"", "alone or with"),
        (HANDSHAKE.lower(), "alone or with"),
        (HANDSHAKE + b"|\xff", "ASCII"),
        (HANDSHAKE + b"|" * 2048, "2048 bytes"),
        (SAMPLE, "expected a request, got a face"),
    ],
)
def test_anything_else_is_refused_with_the_reason(said: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=re.escape(reason)):
        read_request(said)


@given(st.integers(1, 65535))
def test_our_own_request_is_that_of_the_specification_and_leaves_the_version_to_the_phone(
    port: int,
) -> None:
    assert write_request(port) == HANDSHAKE
    assert read_request(write_request(port)).settings == {}


@settings(deadline=None)
@given(st.data())
def test_any_bytes_are_a_request_or_refused_with_decode_error(
    mutated: Mutated, data: st.DataObject
) -> None:
    valid = [HANDSHAKE, HANDSHAKE + b"|sendDataVersion=v2", TCP]
    said = data.draw(mutated(valid) | st.binary(max_size=100))
    try:
        asked = read_request(said)
    except DecodeError:
        return
    assert asked.ports == (49983, 0)
    assert asked.seconds == math.inf
    assert asked.settings in ({}, {"version": "v1"}, {"version": "v2"})
