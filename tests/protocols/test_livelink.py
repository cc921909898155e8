"""Live Link Face version 6 as Unreal reads it."""

import struct
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pylivelinkface import FaceBlendShape, PyLiveLinkFace

from protocols.dialect import Shown
from protocols.face import DecodeError, Face, Faces, Received
from protocols.livelink import (
    DIALECT,
    FIELDS,
    ORDER,
    PORT,
    LiveLinkCrowd,
    LiveLinkDecoder,
    LiveLinkEncoder,
)

DEVICE = "12345678-9abc-4def-8012-3456789abcde"
SIXTY = Fraction(60)


def datagram_of(face: Face, subject: str = "Face", rate: Fraction = SIXTY, **more: Any) -> bytes:
    (datagram,) = LiveLinkEncoder(subject, DEVICE, rate, **more).encode(face)
    return bytes(datagram)


def read_by_its_lengths(datagram: bytes) -> tuple[bytes, bytes, tuple[float, ...], list[float]]:
    """(device id, subject, (frame, subframe, numerator, denominator), floats)"""
    version, device_length = struct.unpack_from(">Bi", datagram)
    assert version == 6
    device, rest = datagram[5 : 5 + device_length], datagram[5 + device_length :]
    (subject_length,) = struct.unpack_from(">i", rest)
    subject, rest = rest[4 : 4 + subject_length], rest[4 + subject_length :]
    *time, count = struct.unpack_from(">ifiiB", rest)
    assert count == 61
    return device, subject, tuple(time), list(struct.unpack(">61f", rest[17:]))


def test_a_frame_has_the_golden_bytes(
    golden: Callable[[str], list[bytes]], golden_face: Face
) -> None:
    assert [datagram_of(golden_face)] == golden("livelink.hex")


def test_a_frame_dated_by_the_clock_has_the_golden_bytes(
    golden: Callable[[str], list[bytes]], golden_face: Face
) -> None:
    golden_face.time_of_day = 12 * 3600 + 34 * 60 + 56.78125
    datagram = datagram_of(golden_face, rate=Fraction(24), time="clock")
    assert [datagram] == golden("livelink-clock.hex")


def test_the_order_is_the_one_of_the_datagram_not_of_the_csv(live_link_order: list[str]) -> None:
    assert list(ORDER) == live_link_order
    assert ORDER.index("jawLeft") + 1 == ORDER.index("jawRight")
    assert ORDER.index("mouthLeft") + 1 == ORDER.index("mouthRight")


def test_head_and_eyes_follow_the_52_shapes() -> None:
    assert FIELDS[:2] == ("EyeBlinkLeft", "EyeLookDownLeft")
    assert FIELDS[51:] == (
        *("TongueOut", "HeadYaw", "HeadPitch", "HeadRoll"),
        *("LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll"),
        *("RightEyeYaw", "RightEyePitch", "RightEyeRoll"),
    )


def test_an_outside_decoder_finds_every_value_under_its_name(
    reference_order: list[str], golden_face: Face
) -> None:
    found, read = PyLiveLinkFace.decode(datagram_of(golden_face))
    assert found
    assert read.name == "Face"
    assert read.uuid == f"${DEVICE}"  # it takes the low byte of the length for part of the id
    assert (read._frames, read._sub_frame, read.fps, read._denominator) == (1234, 0.0, 60, 1)
    shapes = {f.name: read.get_blendshape(f) for f in FaceBlendShape if f.value < 52}
    assert shapes == {n[0].upper() + n[1:]: i / 64 for i, n in enumerate(reference_order)}
    rotations = [read.get_blendshape(f) for f in list(FaceBlendShape)[52:]]
    assert rotations == golden_face.rotations.ravel().tolist()


def test_the_last_244_bytes_are_the_floats_for_receivers_that_read_from_the_end(
    golden_face: Face,
) -> None:
    numbers = struct.unpack(">61f", datagram_of(golden_face, "Ada")[-244:])
    assert numbers[15:18] == (23 / 64, 25 / 64, 24 / 64)  # jawLeft, jawRight, jawOpen
    assert numbers[52] == 0.5  # HeadYaw


@pytest.mark.parametrize("subject", ["F", "Face", "Ängel", "顔", "🙂", "f" * 255, "あ" * 85])
def test_the_subject_is_counted_in_bytes_and_the_size_is_306_more(subject: str) -> None:
    datagram = datagram_of(Face(), subject)
    name = subject.encode()
    assert len(datagram) == 306 + len(name)
    assert 266 < len(datagram) <= 1286  # what Unreal accepts
    assert datagram[41:45] == struct.pack(">i", len(name))
    device, read, _, _ = read_by_its_lengths(datagram)
    assert (device, read) == (DEVICE.encode(), name)
    found, outside = PyLiveLinkFace.decode(datagram)
    assert found
    assert outside.name == subject


@pytest.mark.parametrize("subject", ["", "f" * 256, "あ" * 86])
def test_a_subject_unreal_cannot_take_is_refused(subject: str) -> None:
    with pytest.raises(ValueError, match="255"):
        LiveLinkEncoder(subject, DEVICE, SIXTY)


def test_a_subject_that_utf_8_cannot_spell_is_refused_with_the_reason() -> None:
    with pytest.raises(ValueError, match=r"'a\\udcff' cannot be encoded in UTF-8"):
        DIALECT.encoder(Shown(path="a\udcff"))


def test_streams_become_subjects_and_devices_of_their_own() -> None:
    seen = set()
    for stream in ("main", "bob", "顔"):
        (datagram,) = DIALECT.encoder(Shown(stream=stream, path="actor {stream}")).encode(Face())
        device, subject, _, _ = read_by_its_lengths(bytes(datagram))
        assert subject.decode() == f"actor {stream}"
        seen.add(device)
    assert len(seen) == 3


@pytest.mark.parametrize("device_id", ["", "phone", DEVICE[:-1], DEVICE + "f", "é" * 18, "é" * 36])
def test_a_device_id_that_is_not_36_bytes_is_refused(device_id: str) -> None:
    with pytest.raises(ValueError, match="36"):
        LiveLinkEncoder("Face", device_id, SIXTY)


@pytest.mark.parametrize(
    ("rate", "numerator", "denominator"),
    [
        (Fraction(1), 1, 1),
        (Fraction(30), 30, 1),
        (Fraction(240), 240, 1),
        (Fraction(30000, 1001), 30000, 1001),
        (Fraction(60, 7), 60, 7),
        (Fraction(1, 240), 1, 240),
    ],
)
def test_the_rate_goes_out_as_numerator_and_denominator(
    rate: Fraction, numerator: int, denominator: int
) -> None:
    _, _, time, _ = read_by_its_lengths(datagram_of(Face(), rate=rate))
    assert time == (0, 0.0, numerator, denominator)


@pytest.mark.parametrize(
    ("frame", "sent"),
    [
        (0, 0),
        (1, 1),
        (2**31 - 1, 2**31 - 1),
        (2**31, 0),
        (2**31 + 5, 5),
        (2**32 + 7, 7),
        (2**40 - 1, 2**31 - 1),
    ],
)
def test_the_frame_number_wraps_before_it_would_turn_negative(frame: int, sent: int) -> None:
    _, _, time, _ = read_by_its_lengths(datagram_of(Face(frame=frame)))
    assert time[0] == sent


@pytest.mark.parametrize(
    ("frame", "divisor", "sent"),
    [(0, 2, 0), (2, 2, 1), (120, 4, 30), (121, 4, 30), (2**32, 2, 0), (2**32 - 2, 2, 2**31 - 1)],
)
def test_the_frame_number_counts_the_frames_of_this_output(
    frame: int, divisor: int, sent: int
) -> None:
    datagram = datagram_of(Face(frame=frame), rate=SIXTY / divisor, frame_divisor=divisor)
    assert read_by_its_lengths(datagram)[2] == (sent, 0.0, *(SIXTY / divisor).as_integer_ratio())


DAY = 86400.0
RATES = [Fraction(60), Fraction(30000, 1001), Fraction(24), Fraction(7, 3), Fraction(240)]


def clock_of(time_of_day: float, rate: Fraction) -> tuple[int, float]:
    """(frame number, subframe)"""
    face = Face(frame=9, seconds=9.0, time_of_day=time_of_day)
    number, subframe, *_ = read_by_its_lengths(datagram_of(face, rate=rate, time="clock"))[2]
    return int(number), subframe


@settings(deadline=None)
@given(st.floats(0, DAY, exclude_max=True), st.sampled_from(RATES))
def test_frame_and_subframe_at_the_rate_that_is_said_are_the_time_of_day(
    time_of_day: float, rate: Fraction
) -> None:
    number, subframe = clock_of(time_of_day, rate)
    assert 0.0 <= subframe < 1.0
    assert (number + subframe) / rate == pytest.approx(time_of_day, abs=1e-6)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("start", [0.0, 3600.0, 45296.789, DAY - 20.0])
def test_the_clock_never_repeats_or_goes_back_while_it_runs(rate: Fraction, start: float) -> None:
    # Frames come when they come: some late, the next all the sooner.
    late = np.random.default_rng(1).uniform(0, 0.8, 400)
    times = [start + float((n + Fraction(x)) / rate) for n, x in enumerate(late)]
    dates = [clock_of(time, rate) for time in times if time < DAY]
    assert len(dates) > 40
    assert all(earlier < later for earlier, later in pairwise(dates))


def test_at_midnight_the_clock_starts_anew() -> None:
    assert clock_of(np.nextafter(DAY, 0.0), SIXTY) == (86400 * 60 - 1, 1 - 2**-24)
    assert clock_of(0.0, SIXTY) == (0, 0.0)


@pytest.mark.parametrize("rate", RATES)
def test_a_subframe_is_never_rounded_up_to_a_whole_frame(rate: Fraction) -> None:
    for frame in (1, 1000, 100_000):
        just_before = np.nextafter(float(frame / rate), 0.0)
        number, subframe = clock_of(just_before, rate)
        assert subframe < 1.0
        assert number in (frame - 1, frame)


def test_by_frames_the_time_of_day_does_not_matter() -> None:
    _, _, time, _ = read_by_its_lengths(datagram_of(Face(frame=7, time_of_day=4711.3)))
    assert time[:2] == (7, 0.0)


def test_the_port_is_the_one_unreal_listens_on() -> None:
    assert PORT == 11111


weights = arrays(np.float32, 52, elements=st.floats(0, 1, width=32))
rotations = arrays(np.float32, (3, 3), elements=st.floats(-4, 4, width=32))
subjects = st.text(st.characters(codec="utf-8"), min_size=1, max_size=63)


@settings(deadline=None)
@given(weights, rotations, subjects, st.uuids(), st.integers(0, 2**31 - 1))
def test_what_was_encoded_decodes_to_the_same(
    weights: np.ndarray, rotations: np.ndarray, subject: str, device: object, frame: int
) -> None:
    encoder = LiveLinkEncoder(subject, str(device), Fraction(30000, 1001))
    (datagram,) = encoder.encode(Face(weights, rotations, frame=frame))
    (received,) = LiveLinkDecoder().feed(bytes(datagram))
    _, _, _, numbers = read_by_its_lengths(bytes(datagram))
    assert received.about == {
        "subject": subject,
        "device": str(device),
        "frame": frame,
        "subframe": 0.0,
        "rate": "30000/1001",
    }
    assert sorted(numbers[:52]) == sorted(weights.tolist())
    assert numbers[52:] == rotations.ravel().tolist()
    assert list(received.weights) == list(FIELDS)
    assert list(received.weights.values()) == numbers


def test_a_phone_that_sees_no_face_sends_the_header_alone() -> None:
    header = datagram_of(Face(frame=7))[: -1 - 244]
    (received,) = LiveLinkDecoder().feed(header)
    assert received.weights == {}
    assert (received.about["subject"], received.about["frame"]) == ("Face", 7)
    assert PyLiveLinkFace.decode(header)[0] is False


def test_a_device_id_of_another_length_is_read_by_its_length() -> None:
    usual = datagram_of(Face())
    (received,) = LiveLinkDecoder().feed(b"\6\0\0\0\5phone" + usual[41:])
    assert received == Received(
        dict.fromkeys(FIELDS, 0.0),
        {"subject": "Face", "device": "phone", "frame": 0, "subframe": 0.0, "rate": "60/1"},
    )


@pytest.mark.parametrize("version", [0, 5, 7, 255])
def test_another_version_is_refused(version: int) -> None:
    with pytest.raises(DecodeError, match="version 6"):
        LiveLinkDecoder().feed(bytes([version]) + datagram_of(Face())[1:])


HEADER_SIZE = 306 + len("Face") - 1 - 244


@pytest.mark.parametrize("length", [n for n in range(310) if n != HEADER_SIZE])
def test_a_packet_cut_short_anywhere_is_refused(length: int) -> None:
    with pytest.raises(DecodeError):
        LiveLinkDecoder().feed(datagram_of(Face())[:length])


@pytest.mark.parametrize(
    ("position", "replacement"),
    [
        pytest.param(1, b"\xff\xff\xff\xff", id="a device id of -1 bytes"),
        pytest.param(1, b"\x7f\xff\xff\xff", id="a device id of 2 GB"),
        pytest.param(5, b"\xff", id="a device id that is not UTF-8"),
        pytest.param(41, b"\xff\xff\xff\xfc", id="a subject of -4 bytes"),
        pytest.param(41, b"\0\0\1\0", id="a subject beyond the end"),
        pytest.param(45, b"\xff", id="a subject that is not UTF-8"),
        pytest.param(65, b"\x3c", id="60 numbers promised"),
        pytest.param(310, b"\0\0\0\0", id="a number too many"),
    ],
)
def test_a_packet_that_contradicts_itself_is_refused(position: int, replacement: bytes) -> None:
    datagram = bytearray(datagram_of(Face()))
    datagram[position : position + len(replacement)] = replacement
    with pytest.raises(DecodeError):
        LiveLinkDecoder().feed(bytes(datagram))


# --- many subjects at once


STREAMS = st.lists(st.text("abcé", min_size=1, max_size=4), unique=True, max_size=12)


def some_faces(streams: list[str], frame: int, seed: int) -> Faces:
    random, faces = np.random.default_rng(seed), Faces(streams)
    faces.weights[:] = random.random(faces.weights.shape)
    faces.rotations[:] = random.random(faces.rotations.shape) - 0.5
    faces.date(frame, frame / 60, 1e9 + frame / 60, frame / 60 % 86400)
    return faces


@settings(max_examples=60)
@given(
    steps=st.lists(STREAMS, min_size=1, max_size=4),
    frame=st.integers(0, 2**40),
    time=st.sampled_from(["frames", "clock"]),
    leave=st.sampled_from([(), ("gaze",), ("head", "mouth")]),
    divisor=st.integers(1, 3),
)
def test_a_crowd_has_the_very_packets_of_each_stream_whoever_comes_and_ends(
    steps: list[list[str]], frame: int, time: str, leave: tuple[str, ...], divisor: int
) -> None:
    def make(stream: str) -> LiveLinkEncoder:
        shown = Shown(stream=stream, path="npc-{stream}", divisor=divisor)
        return DIALECT.encoder(shown, time=time, leave=leave)  # type: ignore[return-value]

    crowd = LiveLinkCrowd(make)
    for seed, streams in enumerate(steps):
        faces = some_faces(streams, frame + seed, seed)
        packets = [bytes(packet) for group in crowd.encode(faces) for packet in group]
        expected = [bytes(make(name).encode(face)[0]) for name, face in faces.items()]
        assert sorted(packets) == sorted(expected)


def test_an_encoder_is_made_once_for_each_stream_that_comes() -> None:
    made: list[str] = []

    def make(stream: str) -> LiveLinkEncoder:
        made.append(stream)
        return LiveLinkEncoder(stream, DEVICE, SIXTY)

    crowd = LiveLinkCrowd(make)
    for streams in (["a", "b"], ["a", "b"], ["b", "c"], ["a"]):
        crowd.encode(Faces(streams))
    assert made == ["a", "b", "c", "a"]
