"""What holds for every dialect alike."""

import contextlib
import tracemalloc
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from protocols.dialects import DIALECTS
from protocols.face import DecodeError, Decoder, Encoder, Face, Received
from protocols.facecap import FaceCapDecoder, FaceCapEncoder
from protocols.facemotion3d import Facemotion3dEncoder
from protocols.ifacialmocap import IFacialMocapDecoder, IFacialMocapEncoder
from protocols.livelink import LiveLinkDecoder, LiveLinkEncoder
from protocols.meowface import MeowFaceEncoder
from protocols.osc.blendshapes import OscBlendshapesDecoder, OscBlendshapesEncoder
from protocols.vmc import VmcDecoder, VmcEncoder
from protocols.vrchat.decoder import VRChatDecoder
from protocols.vrchat.encoder import VRChatEncoder
from protocols.vrchat.layout import blind_layout
from protocols.vts_phone import VtsPhoneDecoder, VtsPhoneEncoder

DEVICE = "12345678-9abc-4def-8012-3456789abcde"

ENCODERS: dict[str, Callable[[], Encoder]] = {
    "vmc": VmcEncoder,
    "vmc unbundled": lambda: VmcEncoder(bundled=False),
    "vmc whole": lambda: VmcEncoder(presets=("vrm0", "vrm1"), bones=True, gaze=True),
    "live link": lambda: LiveLinkEncoder("Face", DEVICE, Fraction(60)),
    "live link by the clock": lambda: LiveLinkEncoder("Face", DEVICE, Fraction(60), time="clock"),
    "osc per shape": OscBlendshapesEncoder,
    "osc array": lambda: OscBlendshapesEncoder("/f", layout="array"),
    "osc indexed": lambda: OscBlendshapesEncoder("/f", layout="indexed"),
    "osc percent unbundled": lambda: OscBlendshapesEncoder(scale=100, bundled=False),
    "vts phone": VtsPhoneEncoder,
    "meowface": MeowFaceEncoder,
    "ifacialmocap v1": IFacialMocapEncoder,
    "ifacialmocap v2": lambda: IFacialMocapEncoder(separator="&"),
    "facemotion3d": Facemotion3dEncoder,
    "face cap": FaceCapEncoder,
    "face cap unbundled": lambda: FaceCapEncoder(bundled=False),
    "vrchat": VRChatEncoder,
    "vrchat bits and eyes": lambda: VRChatEncoder(blind_layout("FT", bits=4, eye_look="both")),
}
every_encoder = pytest.mark.parametrize("new_encoder", ENCODERS.values(), ids=ENCODERS)
# The length of a text varies with its numbers, so that each frame is written anew.
TEXTS = {"vts phone", "meowface", "ifacialmocap v1", "ifacialmocap v2", "facemotion3d"}
# What has not changed is not sent, so that no frame is like the one before.
CHANGES = {"vrchat", "vrchat bits and eyes"}
every_patched_encoder = pytest.mark.parametrize(
    "new_encoder",
    [new for name, new in ENCODERS.items() if name not in TEXTS | CHANGES],
    ids=[name for name in ENCODERS if name not in TEXTS | CHANGES],
)
every_decoder = pytest.mark.parametrize(
    "new_decoder",
    [
        VmcDecoder,
        LiveLinkDecoder,
        OscBlendshapesDecoder,
        VtsPhoneDecoder,
        IFacialMocapDecoder,
        FaceCapDecoder,
        VRChatDecoder,
    ],
)

weights_of_a_face = arrays(np.float32, 52, elements=st.floats(0, 1, width=32))


def feed(decoder: Decoder, datagrams: Sequence[bytes]) -> list[Received]:
    return [received for datagram in datagrams for received in decoder.feed(bytes(datagram))]


@settings(deadline=None)
@given(weights=weights_of_a_face)
def test_one_face_has_the_same_weights_in_every_dialect(
    reference_order: list[str], weights: np.ndarray
) -> None:
    face = Face(weights)
    expected = dict(zip(reference_order, weights.tolist(), strict=True))

    (vmc,) = feed(VmcDecoder(), VmcEncoder(reference_order).encode(face))
    assert vmc.weights == expected

    live_link_encoder = LiveLinkEncoder("Face", DEVICE, Fraction(60))
    (live_link,) = feed(LiveLinkDecoder(), live_link_encoder.encode(face))
    assert {n: live_link.weights[n[0].upper() + n[1:]] for n in reference_order} == expected

    # In plain OSC a frame is known to be complete when the next one begins.
    packets = OscBlendshapesEncoder().encode(face)
    (per_shape,) = feed(OscBlendshapesDecoder(), [*packets, *packets])
    assert per_shape.weights == {f"/blendshape/{name}": w for name, w in expected.items()}

    packets = OscBlendshapesEncoder("/f", layout="array").encode(face)
    (array,) = feed(OscBlendshapesDecoder(), [*packets, *packets])
    assert list(array.weights.values()) == weights.tolist()

    packets = FaceCapEncoder().encode(face)
    (face_cap,) = feed(FaceCapDecoder(), [*packets, *packets])
    assert face_cap.weights == expected


CANNOT_SPLIT = {"vts phone": "vts-phone", "meowface": "meowface"}
"""The scheme of each encoder whose frames are more than 1400 bytes in one piece."""


@pytest.mark.parametrize("name", ENCODERS)
def test_a_datagram_never_exceeds_1400_bytes_or_what_its_dialect_says(
    name: str, golden_face: Face
) -> None:
    largest = DIALECTS[CANNOT_SPLIT[name]].largest if name in CANNOT_SPLIT else 1400
    for face in (Face(), golden_face):
        assert all(len(datagram) <= largest for datagram in ENCODERS[name]().encode(face))


def test_only_dialects_that_cannot_split_say_more_than_1400_bytes() -> None:
    larger = {scheme for scheme, dialect in DIALECTS.items() if dialect.largest > 1400}
    assert larger == set(CANNOT_SPLIT.values())


@every_patched_encoder
def test_every_frame_is_written_into_the_same_buffers(
    new_encoder: Callable[[], Encoder], golden_face: Face
) -> None:
    encoder = new_encoder()
    first = list(encoder.encode(Face()))
    as_sent = [bytes(datagram) for datagram in first]
    second = list(encoder.encode(golden_face))
    assert len(first) == len(second)
    assert all(one is other for one, other in zip(first, second, strict=True))
    assert list(map(len, as_sent)) == list(map(len, second))
    assert as_sent != list(map(bytes, second))


@every_encoder
def test_an_earlier_frame_leaves_no_trace_in_a_later_one(
    new_encoder: Callable[[], Encoder], golden_face: Face
) -> None:
    used = new_encoder()
    used.encode(Face(np.ones(52, dtype=np.float32), frame=9, seconds=99.0))
    fresh = new_encoder()
    fresh.encode(Face())  # where frames are counted, both have come as far
    assert [bytes(d) for d in used.encode(golden_face)] == [
        bytes(d) for d in fresh.encode(golden_face)
    ]


@every_encoder
def test_a_thousand_frames_take_no_more_memory_than_one(
    new_encoder: Callable[[], Encoder], golden_face: Face
) -> None:
    encoder = new_encoder()
    encoder.encode(golden_face)
    # Another thread of the test process may allocate once; an encoder that grows does so each time.
    growth = []
    for _ in range(3):
        tracemalloc.start()
        try:
            encoder.encode(golden_face)
            before = traced()
            for _ in range(1000):
                encoder.encode(golden_face)
            growth.append(traced() - before)
        finally:
            tracemalloc.stop()
    assert min(growth) < 1000


def traced() -> int:
    """Bytes held by the encoder and what it calls, but not by receivers on other threads
    that other tests have left open."""
    snapshot = tracemalloc.take_snapshot()
    others = [tracemalloc.Filter(False, name) for name in ("*/conftest.py", tracemalloc.__file__)]
    return sum(trace.size for trace in snapshot.filter_traces(others).traces)


@every_encoder
def test_encoding_leaves_the_face_as_it_is(
    new_encoder: Callable[[], Encoder], golden_face: Face
) -> None:
    weights, rotations = golden_face.weights.copy(), golden_face.rotations.copy()
    new_encoder().encode(golden_face)
    assert np.array_equal(golden_face.weights, weights)
    assert np.array_equal(golden_face.rotations, rotations)


def feed_or_refuse(decoder: Decoder, datagram: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert all(isinstance(received, Received) for received in decoder.feed(datagram))


@every_decoder
@settings(deadline=None)
@given(datagram=st.binary(max_size=120))
def test_any_bytes_are_read_or_refused_with_decode_error(
    new_decoder: Callable[[], Decoder], datagram: bytes
) -> None:
    feed_or_refuse(new_decoder(), datagram)


@every_decoder
@settings(deadline=None)
@given(data=st.data())
def test_mutated_datagrams_are_read_or_refused_with_decode_error(
    new_decoder: Callable[[], Decoder],
    mutated: Callable[[Sequence[bytes]], st.SearchStrategy[bytes]],
    data: st.DataObject,
) -> None:
    valid = [bytes(d) for new in ENCODERS.values() for d in new().encode(Face())[:2]]
    decoder = new_decoder()
    for datagram in data.draw(st.lists(mutated(valid), min_size=1, max_size=4)):
        feed_or_refuse(decoder, datagram)
