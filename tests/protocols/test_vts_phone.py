"""VTube Studio's raw phone stream as receivers read it, and their requests as the phone does."""

import json
import math
import timeit
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import BaseModel, ConfigDict

from protocols.dialect import FaceRequest, Shown
from protocols.dialects import DIALECTS
from protocols.face import DecodeError, Face
from protocols.vts_phone import (
    DIALECT,
    VtsPhoneDecoder,
    VtsPhoneEncoder,
    encoder,
    read_request,
    write_request,
)

Mutated = Callable[[Sequence[bytes]], st.SearchStrategy[bytes]]


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class Vector(Strict):
    x: float
    y: float
    z: float


class Shape(Strict):
    k: str
    v: float


class Frame(Strict):
    """The payload as its publisher defines it. Read by pydantic, whose JSON is not Python's."""

    Timestamp: int
    Hotkey: int
    FaceFound: bool
    Rotation: Vector
    Position: Vector
    BlendShapes: list[Shape]
    EyeLeft: Vector
    EyeRight: Vector


def datagram_of(face: Face, **told: Any) -> bytes:
    (datagram,) = VtsPhoneEncoder(**told).encode(face)
    return bytes(datagram)


def frame_of(face: Face, **told: Any) -> Frame:
    return Frame.model_validate_json(datagram_of(face, **told))


def test_a_frame_has_the_golden_bytes(
    golden: Callable[[str], list[bytes]], golden_face: Face
) -> None:
    face = replace(golden_face, timestamp=1700000000.25)
    assert [datagram_of(face)] == golden("vtsphone.hex")


def test_the_52_shapes_have_pascal_case_names_and_a_weight_of_their_own(
    reference_order: list[str], golden_face: Face
) -> None:
    shapes = frame_of(golden_face).BlendShapes
    assert [shape.k for shape in shapes] == [name[0].upper() + name[1:] for name in reference_order]
    assert [shape.v for shape in shapes] == pytest.approx([i / 64 for i in range(52)], abs=0.000501)


def test_a_frame_has_the_keys_of_the_payload_and_each_of_them_once(golden_face: Face) -> None:
    def each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    frame = json.loads(datagram_of(golden_face), object_pairs_hook=each_once)
    assert set(frame) == {
        *("Timestamp", "Hotkey", "FaceFound", "Rotation", "Position", "BlendShapes"),
        *("EyeLeft", "EyeRight"),
    }
    assert (frame["Hotkey"], frame["FaceFound"]) == (-1, True)


@pytest.mark.parametrize(
    ("timestamp", "milliseconds"),
    [(0.0, 0), (1700000000.25, 1700000000250), (1795546876.5969, 1795546876596)],
)
def test_the_timestamp_is_whole_milliseconds(timestamp: float, milliseconds: int) -> None:
    assert frame_of(Face(timestamp=timestamp)).Timestamp == milliseconds


def test_head_and_eyes_are_in_degrees_as_the_sample_and_meowface_take_them() -> None:
    face = Face()
    face.rotations[:] = np.radians([[10, 20, 30], [1, 2, 3], [-4, -5, -6]])
    frame = frame_of(face)
    assert frame.Rotation == Vector(x=-10, y=20, z=30)
    assert frame.EyeLeft == Vector(x=2, y=1, z=3)
    assert frame.EyeRight == Vector(x=-5, y=-4, z=-6)
    assert frame.Position == Vector(x=0, y=0, z=0)


def test_without_rotations_every_angle_is_zero(golden_face: Face) -> None:
    frame = frame_of(golden_face, rotations=False)
    assert frame.Rotation == frame.EyeLeft == frame.EyeRight == Vector(x=0, y=0, z=0)
    assert frame.BlendShapes == frame_of(golden_face).BlendShapes


def test_nothing_is_written_as_minus_zero_or_with_an_exponent() -> None:
    face = Face()
    face.rotations[:] = [[0.0, -0.0, -1e-9], [1e-9, -1e-7, 0.0], [-0.0, 0.0, 1e-5]]
    face.weights[:] = 1e-8
    assert b"-0.0" not in datagram_of(face)
    assert b"e-" not in datagram_of(face)


def test_the_largest_frame_is_not_larger_than_the_dialect_says() -> None:
    face = Face(timestamp=9e9)
    face.weights[:] = 0.123
    face.rotations[:] = -math.pi
    assert 1400 < len(datagram_of(face)) <= DIALECT.largest


def test_the_setting_of_the_output_reaches_the_frame(golden_face: Face) -> None:
    (datagram,) = encoder(Shown(rate=Fraction(60)), rotations=False).encode(golden_face)
    assert bytes(datagram) == datagram_of(golden_face, rotations=False)


def test_the_dialect_is_that_of_a_phone_at_its_port() -> None:
    assert DIALECTS["vts-phone"] is DIALECT
    assert DIALECT.port == 21412
    assert DIALECT.asking is not None


def test_a_frame_is_encoded_in_a_sixth_of_a_millisecond_at_most(golden_face: Face) -> None:
    used = VtsPhoneEncoder()
    best = min(timeit.repeat(lambda: used.encode(golden_face), number=50, repeat=5)) / 50
    assert best < 1 / 6000  # 10 µs on an idle machine


weights = arrays(np.float32, 52, elements=st.floats(0, 1, width=32))
rotations = arrays(np.float32, (3, 3), elements=st.floats(-3, 3, width=32))


@settings(deadline=None)
@given(weights, rotations, st.floats(0, 4e9))
def test_what_was_encoded_decodes_to_the_same_within_what_is_written(
    weights: np.ndarray, rotations: np.ndarray, timestamp: float
) -> None:
    face = Face(weights, rotations, timestamp=timestamp)
    (received,) = VtsPhoneDecoder().feed(datagram_of(face))
    assert list(received.weights.values()) == pytest.approx(weights.tolist(), abs=0.000501)
    assert received.about["timestamp"] == int(timestamp * 1000)
    assert (received.about["hotkey"], received.about["found"]) == (-1, "yes")
    (yaw, pitch, roll), left, right = np.degrees(rotations.astype(float)).tolist()
    for name, angles in (
        ("head", (-yaw, pitch, roll)),
        ("left", (left[1], left[0], left[2])),
        ("right", (right[1], right[0], right[2])),
    ):
        said = [float(angle) for angle in str(received.about[name]).split(",")]
        assert said == pytest.approx(angles, abs=0.00501)
    frame = Frame.model_validate_json(datagram_of(face))
    assert {shape.k: shape.v for shape in frame.BlendShapes} == received.weights


def test_a_frame_of_another_sender_is_read_with_more_or_fewer_fields() -> None:
    said = b'{"BlendShapes":[{"k":"jawOpen","v":1,"w":2}],"FaceFound":false,"VNyanPos":null}'
    (received,) = VtsPhoneDecoder().feed(said)
    assert received.weights == {"jawOpen": 1.0}
    assert received.about == {"found": "no"}


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"{}", id="no shapes"),
        pytest.param(b'{"BlendShapes":{"JawOpen":1}}', id="shapes as a map"),
        pytest.param(b'{"BlendShapes":["JawOpen"]}', id="a name alone"),
        pytest.param(b'{"BlendShapes":[{"k":7,"v":1}]}', id="a number for a name"),
        pytest.param(b'{"BlendShapes":[{"k":"A"}]}', id="no weight"),
        pytest.param(b'{"BlendShapes":[{"k":"A","v":true}]}', id="a switch for a weight"),
        pytest.param(b'{"BlendShapes":[{"k":"A","v":NaN}]}', id="NaN"),
        pytest.param(b'{"BlendShapes":[{"k":"A","v":1e999}]}', id="more than a float holds"),
        pytest.param(b'{"BlendShapes":[{"k":"A","v":1%s}]}' % (b"0" * 400), id="a googol"),
        pytest.param(b'{"BlendShapes":[{"k":"A","v":1%s}]}' % (b"0" * 5000), id="too many digits"),
        pytest.param(b'{"BlendShapes":[],"Timestamp":"now"}', id="words for the time"),
        pytest.param(b'{"BlendShapes":[],"EyeLeft":{"x":1,"y":2}}', id="an eye without z"),
        pytest.param(b'{"BlendShapes":[],"EyeLeft":3}', id="an eye of one number"),
        pytest.param(b'{"BlendShapes":[]}\xff', id="not UTF-8"),
        pytest.param(b"[" * 16000, id="nested deeply"),
        pytest.param(b'{"BlendShapes":[]}' + b" " * 16384, id="too large"),
    ],
)
def test_what_is_no_frame_is_refused(said: bytes) -> None:
    with pytest.raises(DecodeError):
        VtsPhoneDecoder().feed(said)


def test_a_refusal_repeats_nothing_that_could_steer_a_terminal() -> None:
    said = {"BlendShapes": [{"k": "\x1b[2J" + "x" * 1000, "v": None}]}
    with pytest.raises(DecodeError) as refused:
        VtsPhoneDecoder().feed(json.dumps(said).encode())
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 200


def request(**changed: Any) -> bytes:
    said = {
        "messageType": "iOSTrackingDataRequest",
        "time": 2.5,
        "sentBy": "MyApp",
        "ports": [11125, 11126],
        **changed,
    }
    return json.dumps({key: value for key, value in said.items() if value is not None}).encode()


def test_the_request_of_the_specification_is_understood() -> None:
    said = (
        b'{"messageType":"iOSTrackingDataRequest","time":2.5,"sentBy":"MyApp",'
        b'"ports":[11125,11126]}'
    )
    assert read_request(said) == FaceRequest((11125, 11126), 2.5)


@pytest.mark.parametrize(
    ("seconds", "granted"),
    [(0.5, 0.5), (1, 1), (10, 10), (0.1, 0.5), (-3, 0.5), (0, 0.5), (10.5, 10), (1e300, 10)],
)
@pytest.mark.parametrize("name", ["time", "sendForSeconds"])
def test_the_time_goes_by_two_names_and_is_kept_within_half_a_second_and_ten(
    name: str, seconds: float, granted: float
) -> None:
    said = request(**{"time": None, name: seconds})
    assert read_request(said).seconds == granted


@pytest.mark.parametrize(
    ("ports", "read"),
    [([1], (1,)), ([65535], (65535,)), ([11125.0], (11125,)), ([*range(1, 33)], (*range(1, 33),))],
)
def test_the_ports_are_those_that_were_named(ports: list[float], read: tuple[int, ...]) -> None:
    assert read_request(request(ports=ports)).ports == read


@pytest.mark.parametrize("name", ["a", "あ" * 64])
def test_a_program_may_have_a_name_of_1_to_64_characters(name: str) -> None:
    assert read_request(request(sentBy=name)).ports == (11125, 11126)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"messageType": "VTubeStudioAPIStateBroadcast"}, "iOSTrackingDataRequest"),
        ({"messageType": None}, "iOSTrackingDataRequest"),
        ({"time": None}, "number for 'time'"),
        ({"time": "2.5"}, "number for 'time'"),
        ({"time": True}, "number for 'time'"),
        ({"time": math.nan}, "finite number for 'time'"),
        ({"time": math.inf}, "finite number for 'time'"),
        ({"sentBy": None}, "1–64"),
        ({"sentBy": ""}, "1–64"),
        ({"sentBy": "x" * 65}, "1–64"),
        ({"sentBy": 7}, "1–64"),
        ({"ports": None}, "list of 1–32"),
        ({"ports": []}, "list of 1–32"),
        ({"ports": [*range(1, 34)]}, "list of 1–32"),
        ({"ports": 11125}, "list of 1–32"),
        ({"ports": [0]}, "from 1 to 65535"),
        ({"ports": [65536]}, "from 1 to 65535"),
        ({"ports": [-1]}, "from 1 to 65535"),
        ({"ports": [11125.5]}, "from 1 to 65535"),
        ({"ports": ["11125"]}, "number for 'ports'"),
        ({"ports": [True]}, "number for 'ports'"),
        ({"ports": [[11125]]}, "number for 'ports'"),
        ({"more": "x" * 2048}, "2048 bytes"),
        ({"more": "[" * 600}, "brackets"),
    ],
)
def test_anything_else_is_refused_with_the_reason(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        read_request(request(**changed))


@pytest.mark.parametrize("said", [b"", b"null", b"[]", b"iFacialMocap", b"\xff", b"[" * 2000])
def test_what_is_no_json_object_is_no_request(said: bytes) -> None:
    with pytest.raises(DecodeError, match=r"JSON"):
        read_request(said)


@given(st.integers(1, 65535))
def test_our_own_request_asks_for_the_port_for_longer_than_it_takes_to_ask_again(port: int) -> None:
    assert read_request(write_request(port)) == FaceRequest((port,), 2.5)
    said = json.loads(write_request(port))
    assert set(said) == {"messageType", "time", "sentBy", "ports"}
    assert 1 <= len(said["sentBy"]) <= 32  # as an older edition of the specification wants it


@settings(deadline=None)
@given(st.data())
def test_any_bytes_are_a_request_or_refused_with_decode_error(
    mutated: Mutated, data: st.DataObject
) -> None:
    said = data.draw(mutated([request(), write_request(11125)]) | st.binary(max_size=100))
    try:
        asked = read_request(said)
    except DecodeError:
        return
    assert 0.5 <= asked.seconds <= 10
    assert 1 <= len(asked.ports) <= 32
    assert all(1 <= port <= 65535 for port in asked.ports)
