"""Avatar parameters as VRChat receives them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from protocols.dialect import Shown
from protocols.face import DecodeError, Decoder, Face, Received
from protocols.vrchat.decoder import VRChatDecoder
from protocols.vrchat.encoder import encoder
from protocols.vrchat.unified_expressions import PARAMETERS, UnifiedExpressions

HERE = "/avatar/parameters/"


def packet(*messages: tuple[str, Any]) -> bytes:
    """A bundle by python-osc, of addresses with an argument or a list of them."""
    bundle = OscBundleBuilder(IMMEDIATELY)
    for address, arguments in messages:
        message = OscMessageBuilder(address=address)
        for argument in arguments if isinstance(arguments, list) else [arguments]:
            message.add_arg(argument)
        bundle.add_content(message.build())
    return bundle.build().dgram


def shown(*packets: bytes) -> Received:
    """What an avatar shows after these packets."""
    decoder = VRChatDecoder()
    for data in packets:
        decoder.feed(data)
    decoder.feed(packet((f"{HERE}v2/Sentinel", 0.0)))
    [received] = decoder.feed(packet((f"{HERE}v2/Sentinel", 0.0)))
    assert received.weights.pop("Sentinel") == 0.0
    return received


@settings(deadline=None, max_examples=30)
@given(weights=arrays(np.float32, 52, elements=st.floats(0, 1, width=32)))
def test_a_face_is_decoded_as_it_was_encoded(weights: np.ndarray) -> None:
    face = Face(weights)
    face.rotations[0] = 0.5, -0.25, 0.125
    face.rotations[1:, :2] = [[0.1, 0.2], [0.3, 0.4]]
    datagrams = encoder(Shown(), prefix="FT", eye_look="both").encode(face)
    received = shown(*map(bytes, datagrams))
    expressions = UnifiedExpressions()
    expressions.show(weights)
    head = {"Head/Yaw": -0.5, "Head/Pitch": 0.25, "Head/Roll": -0.125}
    assert received.weights == {
        **dict(zip(PARAMETERS, expressions.values.tolist(), strict=True)),
        **head,
    }
    degrees = [received.about[n] for n in ("left_yaw", "left_pitch", "right_yaw", "right_pitch")]
    assert np.radians(degrees) == pytest.approx([0.1, 0.2, 0.3, 0.4])
    closed = received.weights["EyeClosed"]
    assert received.about["eyes_closed"] == closed
    assert received.about["EyeTrackingActive"] is True


@settings(deadline=None, max_examples=30)
@given(weights=arrays(np.float32, 52, elements=st.floats(0, 1, width=32)), bits=st.integers(1, 8))
def test_bits_are_put_together_again_to_within_their_step(weights: np.ndarray, bits: int) -> None:
    datagrams = encoder(Shown(), bits=bits, floats=False).encode(Face(weights))
    received = shown(*map(bytes, datagrams))
    expressions = UnifiedExpressions()
    expressions.show(weights)
    expected = dict(zip(PARAMETERS, expressions.values.tolist(), strict=True))
    expected |= dict.fromkeys(("Head/Yaw", "Head/Pitch", "Head/Roll"), 0.0)
    assert received.weights == pytest.approx(expected, abs=2**-bits + 1e-5)


@pytest.mark.parametrize(
    ("bits", "value"),
    [
        ({"1": True}, 1.0),
        ({"1": True, "2": False}, 1 / 3),
        ({"1": False, "2": True, "4": True}, 6 / 7),
        ({"1": True, "2": True, "Negative": True}, -1.0),
        ({"1": True, "2": True, "Negative": False}, 1.0),
        ({"2": True}, None),
        ({"1": True, "4": True}, None),
        ({"Negative": True}, None),
    ],
)
def test_a_binary_number_counts_once_it_is_complete(
    bits: dict[str, bool], value: float | None
) -> None:
    received = shown(packet(*((f"{HERE}v2/JawX{bit}", on) for bit, on in bits.items())))
    assert received.weights.get("JawX") == (None if value is None else pytest.approx(value))


def test_a_float_wins_over_bits_of_the_same_name() -> None:
    data = packet((f"{HERE}v2/JawOpen1", True), (f"{HERE}v2/JawOpen", 0.3))
    assert shown(data).weights == {"JawOpen": pytest.approx(0.3)}


@pytest.mark.parametrize(
    ("address", "name"),
    [("v2/JawOpen", "JawOpen"), ("FT/v2/JawOpen", "JawOpen"), ("a/Tail", "a/Tail"), ("Hue", "Hue")],
)
def test_a_parameter_goes_by_its_name_after_the_version(address: str, name: str) -> None:
    assert shown(packet((HERE + address, 0.5))).weights == {name: 0.5}


def test_a_frame_is_complete_when_a_name_comes_again_and_keeps_what_was_set_before() -> None:
    jaw, puff = f"{HERE}v2/JawOpen", f"{HERE}v2/CheekPuffLeft"
    decoder = VRChatDecoder()
    assert decoder.feed(packet((jaw, 0.25))) == []
    assert decoder.feed(packet((puff, 1.0))) == []
    assert [r.weights for r in decoder.feed(packet((jaw, 0.5)))] == [
        {"JawOpen": 0.25, "CheekPuffLeft": 1.0}
    ]
    assert [r.weights for r in decoder.feed(packet((jaw, 0.75)))] == [
        {"JawOpen": 0.5, "CheekPuffLeft": 1.0}
    ]


def test_a_frame_that_was_given_back_stays_as_it_was() -> None:
    decoder = VRChatDecoder()
    decoder.feed(packet((f"{HERE}v2/JawOpen", 0.25)))
    [first] = decoder.feed(packet((f"{HERE}v2/JawOpen", 0.5)))
    decoder.feed(packet((f"{HERE}v2/JawOpen", 0.75)))
    assert first.weights == {"JawOpen": 0.25}


def test_other_messages_are_ignored() -> None:
    data = packet(("/chatbox/input", ["hello", True]), (f"{HERE}Gesture", 3), ("/input/Jump", 1))
    assert shown(data).weights == {"Gesture": 3.0}


def test_the_avatar_is_told() -> None:
    assert shown(packet(("/avatar/change", "avtr_1"))).about == {"avatar": "avtr_1"}


@pytest.mark.parametrize(
    "message",
    [
        (f"{HERE}v2/JawOpen", "half"),
        (f"{HERE}v2/JawOpen", []),
        ("/tracking/eye/EyesClosedAmount", True),
        ("/tracking/eye/EyesClosedAmount", []),
        ("/tracking/eye/LeftRightPitchYaw", [1.0, 2.0, 3.0]),
        ("/tracking/eye/LeftRightPitchYaw", [1.0, 2.0, 3.0, 4]),
        ("/avatar/change", []),
    ],
)
def test_arguments_that_vrchat_cannot_take_are_refused(message: tuple[str, Any]) -> None:
    with pytest.raises(DecodeError, match="unexpected arguments in"):
        VRChatDecoder().feed(packet(message))


def test_ever_new_names_are_refused_before_they_fill_the_memory() -> None:
    for suffix in ("", "1"):
        decoder: Decoder = VRChatDecoder()
        with pytest.raises(DecodeError, match="more than 4096 parameters"):
            for number in range(5000):
                name = "".join(chr(ord("a") + int(digit)) for digit in str(number))
                decoder.feed(packet((f"{HERE}{name}{suffix}", bool(suffix) or 0.5)))
