"""Whole faces as JSON and as bytes, read by the letter of what is written about them."""

import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from protocols.face import DecodeError, Encoder, Face, Received
from protocols.facepayload import (
    MAGIC,
    BinaryFaceEncoder,
    FacePayloadDecoder,
    JsonFaceEncoder,
    encoder,
)

# As the table in the module says it, and no word of the code.
LAYOUT = np.dtype(
    {
        "names": [
            *("magic", "version", "flags", "count", "timestamp", "seconds", "frame"),
            *("valence", "arousal", "dominance", "weights"),
        ],
        "formats": [
            *("S4", "u1", "u1", "<u2", "<f8", "<f8", "<u4", "<f4", "<f4", "<f4"),
            ("<f4", 52),
        ],
        "offsets": [0, 4, 5, 6, 8, 16, 24, 28, 32, 36, 40],
        "itemsize": 248,
    }
)

FEELING = np.array([0.75, -0.5, 0.25], np.float32)


@pytest.fixture
def shown(golden_face: Face) -> Face:
    return replace(golden_face, feeling=FEELING, timestamp=1700000000.25)


def payload_of(made: Encoder, face: Face) -> bytes:
    (payload,) = made.encode(face)
    return bytes(payload)


def received(payload: bytes) -> Received:
    (frame,) = FacePayloadDecoder().feed(payload)
    return frame


def test_both_payloads_have_the_golden_bytes(
    golden: Callable[[str], list[bytes]], shown: Face
) -> None:
    made = [payload_of(BinaryFaceEncoder(), shown), payload_of(JsonFaceEncoder("ö"), shown)]
    assert made == golden("facepayload.hex")


def test_every_number_of_the_binary_payload_is_where_the_table_says(shown: Face) -> None:
    [read] = np.frombuffer(payload_of(BinaryFaceEncoder(), shown), LAYOUT)
    assert (read["magic"], read["version"], read["flags"], read["count"]) == (b"ABFP", 1, 0, 52)
    assert (read["timestamp"], read["seconds"], read["frame"]) == (1700000000.25, 12.5, 1234)
    assert (read["valence"], read["arousal"], read["dominance"]) == (0.75, -0.5, 0.25)
    assert read["weights"].tolist() == [index / 64 for index in range(52)]


def test_every_number_of_the_binary_payload_is_aligned_to_its_size() -> None:
    assert LAYOUT.fields is not None
    for kind, offset, *_ in LAYOUT.fields.values():
        assert offset % (4 if kind.base.kind == "S" else kind.base.itemsize) == 0
    assert LAYOUT.itemsize % 8 == 0  # so that it holds for several behind each other, too


def test_json_has_every_name_once_in_reference_order(
    reference_order: list[str], shown: Face
) -> None:
    pairs: list[Any] = json.loads(payload_of(JsonFaceEncoder(), shown), object_pairs_hook=list)
    assert [key for key, _ in pairs] == [
        *("stream", "frame", "seconds", "timestamp"),
        *("valence", "arousal", "dominance", "weights", "head"),
    ]
    assert [name for name, _ in dict(pairs)["weights"]] == reference_order


def test_json_says_where_the_head_turns_in_degrees_unless_it_is_left_to_others(
    shown: Face,
) -> None:
    shown.rotations[0] = np.radians([10.0, -5.0, 2.5])
    assert json.loads(payload_of(JsonFaceEncoder(), shown))["head"] == [10.0, -5.0, 2.5]
    about = received(payload_of(JsonFaceEncoder(), shown)).about
    assert [about[f"head_{angle}"] for angle in ("yaw", "pitch", "roll")] == [10.0, -5.0, 2.5]
    assert "head" not in json.loads(payload_of(encoder("json", "main", ["head"]), shown))
    assert "head_yaw" not in received(payload_of(encoder("json", "main", ["head"]), shown)).about


def test_json_says_the_feeling_in_words_and_the_weights_in_few_digits(shown: Face) -> None:
    shown.feeling[:] = 0.1, -1 / 3, -1e-9
    shown.weights[:4] = 0.1, 2 / 3, 1.0, 1e-9
    said = json.loads(payload_of(JsonFaceEncoder("bob"), shown))
    assert said["stream"] == "bob"
    assert [said[axis] for axis in ("valence", "arousal", "dominance")] == [0.1, -0.3333, 0]
    assert list(said["weights"].values())[:4] == [0.1, 0.6667, 1, 0]
    assert b"-0.0" not in payload_of(JsonFaceEncoder(), Face(feeling=-Face().feeling))
    assert len(payload_of(JsonFaceEncoder("s" * 64), shown)) < 2000


def test_a_stream_may_be_named_in_any_script(shown: Face) -> None:
    payload = payload_of(JsonFaceEncoder('あ"\\'), shown)
    assert "あ".encode() in payload
    assert received(payload).about["subject"] == 'あ"\\'


def test_the_frame_of_the_binary_payload_starts_anew_after_32_bits(shown: Face) -> None:
    for frame, sent in ((2**32 - 1, 2**32 - 1), (2**32, 0), (2**32 + 7, 7)):
        payload = payload_of(BinaryFaceEncoder(), replace(shown, frame=frame))
        assert received(payload).about["frame"] == sent


def test_an_earlier_face_leaves_no_trace_in_a_later_one(shown: Face) -> None:
    for new in (BinaryFaceEncoder, JsonFaceEncoder):
        used, fresh = new(), new()
        payload_of(used, Face(np.ones(52, np.float32), feeling=-FEELING, frame=9))
        assert payload_of(used, shown) == payload_of(fresh, shown)


def test_the_kind_of_payload_is_chosen_by_its_name(shown: Face) -> None:
    assert payload_of(encoder("json", "bob"), shown) == payload_of(JsonFaceEncoder("bob"), shown)
    assert payload_of(encoder("binary", "bob"), shown) == payload_of(BinaryFaceEncoder(), shown)


weights_of_a_face = arrays(np.float32, 52, elements=st.floats(0, 1, width=32))
feelings = arrays(np.float32, 3, elements=st.floats(-1, 1, width=32))
times = st.floats(0, 1e10)
frames = st.integers(0, 2**32 - 1)


@settings(deadline=None)
@given(weights_of_a_face, feelings, frames, times, times)
def test_what_was_encoded_decodes_to_the_same(
    reference_order: list[str],
    weights: np.ndarray,
    feeling: np.ndarray,
    frame: int,
    seconds: float,
    timestamp: float,
) -> None:
    face = Face(weights, feeling=feeling, frame=frame, seconds=seconds, timestamp=timestamp)
    binary = received(payload_of(BinaryFaceEncoder(), face))
    text = received(payload_of(JsonFaceEncoder("bob"), face))
    assert binary.weights == dict(zip(reference_order, weights.tolist(), strict=True))
    axes = dict(zip(("valence", "arousal", "dominance"), feeling.tolist(), strict=True))
    about = {"frame": frame, "seconds": seconds, "timestamp": timestamp, **axes}
    assert binary.about == about
    assert [text.about.pop(f"head_{angle}") for angle in ("yaw", "pitch", "roll")] == [0, 0, 0]
    assert text.weights == pytest.approx(binary.weights, abs=0.0000501)
    assert text.about.pop("subject") == "bob"
    assert text.about == pytest.approx(about, abs=0.000501)


def changed(payload: bytes, at: int, to: bytes) -> bytes:
    return payload[:at] + to + payload[at + len(to) :]


GOOD = payload_of(BinaryFaceEncoder(), Face())


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        pytest.param(b"", "248 bytes that start with ABFP", id="nothing"),
        pytest.param(b"0.8 0.6 0.5", "248 bytes that start with ABFP", id="a feeling"),
        pytest.param(GOOD[1:], "248 bytes that start with ABFP", id="without its beginning"),
        pytest.param(GOOD[:-1], "248 bytes, got 247", id="cut short"),
        pytest.param(GOOD + b"\0", "248 bytes, got 249", id="too long"),
        pytest.param(changed(GOOD, 4, b"\2"), "version 2", id="another version"),
        pytest.param(changed(GOOD, 5, b"\1"), "with flags 1", id="a flag"),
        pytest.param(changed(GOOD, 6, b"\x33"), "51 weights", id="another number of weights"),
        pytest.param(changed(GOOD, 8, b"\0\0\0\0\0\0\xf0\x7f"), "finite", id="timestamp infinite"),
        pytest.param(changed(GOOD, 16, b"\0\0\0\0\0\0\xf8\x7f"), "finite", id="seconds NaN"),
        pytest.param(changed(GOOD, 28, b"\0\0\xc0\x7f"), "finite", id="valence NaN"),
        pytest.param(changed(GOOD, 244, b"\0\0\x80\x7f"), "finite", id="tongueOut infinite"),
    ],
)
def test_bytes_of_another_layout_are_refused_with_the_reason(payload: bytes, expected: str) -> None:
    with pytest.raises(DecodeError, match=expected):
        FacePayloadDecoder().feed(payload)


def without(*keys: str, **more: object) -> bytes:
    said = json.loads(payload_of(JsonFaceEncoder(), Face())) | more
    return json.dumps({key: value for key, value in said.items() if key not in keys}).encode()


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        pytest.param(b"{", "JSON in UTF-8", id="cut off"),
        pytest.param(b'{"a":"\xff"}', "JSON in UTF-8", id="no UTF-8"),
        pytest.param(without() + b"{}", "JSON in UTF-8", id="something behind it"),
        pytest.param(b'{"emotion":"joy"}', "the stream as text", id="a feeling"),
        pytest.param(without("stream"), "the stream as text", id="no stream"),
        pytest.param(without(stream=1), "the stream as text", id="stream as a number"),
        pytest.param(without(frame=1.5), "the frame as a whole number", id="half a frame"),
        pytest.param(without(frame=True), "the frame as a whole number", id="frame as a switch"),
        pytest.param(without(frame=-1), "the frame as a whole number", id="frame below 0"),
        pytest.param(without(frame=10**30), "the frame as a whole number", id="frame too large"),
        pytest.param(without("valence"), "a number for 'valence'", id="no valence"),
        pytest.param(without(seconds="1"), "a number for 'seconds'", id="seconds as text"),
        pytest.param(without(seconds=10**400), "finite number for 'seconds'", id="too large"),
        pytest.param(without(timestamp=float("nan")), "finite number for 'timestamp'", id="NaN"),
        pytest.param(without(weights=[0]), "weights as a map", id="weights as a list"),
        pytest.param(without(head=[1, 2]), "the head as a list", id="a head of two angles"),
        pytest.param(without(head="up"), "the head as a list", id="a head in words"),
        pytest.param(without(head=[1, 2, "3"]), "'head_roll'", id="an angle as text"),
        pytest.param(without(weights={"jawOpen": None}), "'jawOpen'", id="a weight of null"),
        pytest.param(without(weights={"jawOpen": True}), "'jawOpen'", id="a weight of true"),
        pytest.param(
            without(weights={str(n): 0 for n in range(1025)}), "at most 1024", id="many weights"
        ),
        pytest.param(without(more="x" * 16384), "at most 16384 bytes", id="too large a text"),
        pytest.param(b'{"a":' + b"[" * 5000, "at most 64 brackets", id="a deep nest"),
    ],
)
def test_json_that_is_no_face_is_refused_with_the_reason(payload: bytes, expected: str) -> None:
    with pytest.raises(DecodeError, match=expected):
        FacePayloadDecoder().feed(payload)


def test_what_a_later_version_may_add_to_json_is_ignored() -> None:
    assert received(without(blink=True)) == received(without())


@settings(deadline=None)
@given(data=st.data())
def test_any_bytes_are_a_face_or_refused(
    mutated: Callable[[Sequence[bytes]], st.SearchStrategy[bytes]], data: st.DataObject
) -> None:
    good = [GOOD, payload_of(JsonFaceEncoder(), Face())]
    payload = data.draw(mutated(good) | st.binary(max_size=260))
    try:
        frames = FacePayloadDecoder().feed(payload)
    except DecodeError:
        return
    assert [type(frame) for frame in frames] == [Received]


# --- the weights alone


WEIGHTS = arrays(np.float32, 52, elements=st.floats(0, 1, width=32))


@given(weights=WEIGHTS)
def test_52_bytes_are_255_times_the_weights_in_reference_order(weights: np.ndarray) -> None:
    payload = payload_of(encoder("bytes", "main"), Face(weights=weights))
    assert list(payload) == [round(255 * weight) for weight in weights.tolist()]
    if not payload.startswith(MAGIC):
        read = received(payload)
        assert list(read.weights.values()) == pytest.approx(weights.tolist(), abs=1 / 510 + 1e-6)


@given(weights=WEIGHTS)
def test_104_bytes_are_half_floats_in_reference_order(weights: np.ndarray) -> None:
    payload = payload_of(encoder("half", "main"), Face(weights=weights))
    halves = struct.unpack("<52e", payload)
    assert halves == pytest.approx(weights.tolist(), abs=1 / 4096)
    if not payload.startswith(MAGIC):
        assert tuple(received(payload).weights.values()) == halves


@pytest.mark.parametrize("kind", ["bytes", "half"])
def test_the_weights_alone_are_of_52_names_and_what_is_left_is_zero(
    kind: str, reference_order: list[str], shown: Face
) -> None:
    shown.weights[:] = 1.0
    read = received(payload_of(encoder(kind, "main", ["mouth"]), shown))
    assert list(read.weights) == reference_order
    assert read.about == {}
    for name, weight in read.weights.items():
        assert weight == (0.0 if name.startswith("mouth") else 1.0)


def test_a_first_weight_that_is_the_byte_of_a_brace_is_no_json() -> None:
    payload = b"{" + bytes(51)
    assert received(payload).weights["browDownLeft"] == pytest.approx(ord("{") / 255)
