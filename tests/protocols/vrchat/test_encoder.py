"""What VRChat gets: what has changed, everything in time, as floats, bits and eye look."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from protocols.dialect import Shown
from protocols.face import Face
from protocols.vrchat.encoder import Messages, VRChatEncoder, changed_avatar, encoder
from protocols.vrchat.layout import NAMES, listed_layout
from protocols.vrchat.unified_expressions import PARAMETERS, SIGNED, UnifiedExpressions

Said = list[tuple[str, list[object]]]
OutsideOsc = Callable[[Sequence[bytes]], Said]
TypedMessages = Callable[[bytes], list[tuple[str, str, list[object]]]]
Read = Callable[[Sequence[bytes]], dict[str, Any]]

HERE = "/avatar/parameters/"
JAW = f"{HERE}v2/JawOpen"
ACTIVE = [f"{HERE}{what}TrackingActive" for what in ("Eye", "Expression", "Lip")]
EYES_CLOSED = "/tracking/eye/EyesClosedAmount"
EYE_ANGLES = "/tracking/eye/LeftRightPitchYaw"
GOLDEN_AVATAR = {
    f"{HERE}EyeTrackingActive": "T",
    f"{HERE}v2/JawOpen": "f",
    f"{HERE}FT/v2/MouthTightenerStretchLeft1": "T",
    f"{HERE}FT/v2/MouthTightenerStretchLeft2": "T",
    f"{HERE}FT/v2/MouthTightenerStretchLeftNegative": "T",
}


def made(**settings: Any) -> VRChatEncoder:
    return encoder(Shown(), **settings)


@pytest.fixture
def read(typed_messages: TypedMessages) -> Read:
    """What datagrams set, by address; asserts that each address is set once."""

    def values(datagrams: Sequence[bytes]) -> dict[str, Any]:
        said = [message for datagram in datagrams for message in typed_messages(datagram)]
        by_address = {a: args[0] if len(args) == 1 else args for a, _, args in said}
        assert len(by_address) == len(said)
        return by_address

    return values


@pytest.fixture
def still() -> Face:
    return Face(seconds=5.0)


def moved(reference_order: list[str], seconds: float = 5.0, **weights: float) -> Face:
    face = Face(seconds=seconds)
    for name, weight in weights.items():
        face.weights[reference_order.index(name)] = weight
    return face


def test_an_avatar_gets_the_golden_bytes(
    golden: Callable[[str], list[bytes]], golden_face: Face
) -> None:
    avatar = VRChatEncoder(listed_layout(GOLDEN_AVATAR, "both"))
    assert [bytes(d) for d in avatar.encode(golden_face)] == golden("vrchat.hex")


def test_every_decoder_reads_three_switches_and_every_parameter_as_a_float(
    outside_osc: OutsideOsc, golden_face: Face
) -> None:
    expressions = UnifiedExpressions()
    expressions.show(golden_face.weights)
    floats = zip(PARAMETERS, expressions.values.tolist(), strict=True)
    assert outside_osc(made().encode(golden_face)) == [
        *((address, [True]) for address in ACTIVE),
        *((f"{HERE}v2/{name}", [value]) for name, value in floats),
        # The golden head is turned by 0.5, -0.5 and 0.25 radians.
        (f"{HERE}v2/Head/Yaw", [-0.5]),
        (f"{HERE}v2/Head/Pitch", [0.5]),
        (f"{HERE}v2/Head/Roll", [-0.25]),
    ]


def test_the_head_is_in_radians_to_its_left_up_and_to_its_left_shoulder_within_1(
    read: Read,
) -> None:
    face = Face(seconds=5.0)
    face.rotations[0] = 0.25, -0.5, 3.0
    said = read(made(bits=2, prefix="FT").encode(face))
    head = [said[f"{HERE}FT/v2/Head/{angle}"] for angle in ("Yaw", "Pitch", "Roll")]
    assert head == [-0.25, 0.5, -1.0]
    roll = [said[f"{HERE}FT/v2/Head/Roll{bit}"] for bit in ("1", "2", "Negative")]
    assert roll == [True, True, True]


def test_the_head_is_left_to_others_in_every_form(read: Read, still: Face) -> None:
    said = read(made(bits=2, leave=["head"]).encode(still))
    assert not [address for address in said if "/Head/" in address]
    assert f"{HERE}v2/EyeLeftX" in said


def test_a_head_at_rest_is_sent_without_a_sign(read: Read, still: Face) -> None:
    said = read(made(bits=1).encode(still))
    assert np.signbit(said[f"{HERE}v2/Head/Yaw"]) == np.False_
    assert said[f"{HERE}v2/Head/YawNegative"] is False


def test_types_are_float_and_true_or_false(
    typed_messages: TypedMessages, golden_face: Face
) -> None:
    datagrams = made(bits=2, eye_look="both").encode(golden_face)
    tags = {tags for d in datagrams for _, tags, _ in typed_messages(bytes(d))}
    assert tags == {",f", ",ffff", ",T", ",F"}


def test_a_whole_face_is_split_into_bundles_that_fit_an_ethernet_packet() -> None:
    datagrams = made(prefix="some/very/long/folder", bits=8, eye_look="both").encode(Face())
    assert len(datagrams) > 30
    assert all(len(datagram) <= 1400 for datagram in datagrams)


@pytest.mark.parametrize(
    ("prefix", "address"),
    [
        ("", "/avatar/parameters/v2/JawOpen"),
        ("FT/", "/avatar/parameters/FT/v2/JawOpen"),
        ("FT", "/avatar/parameters/FT/v2/JawOpen"),
        ("/a/b", "/avatar/parameters/a/b/v2/JawOpen"),
    ],
)
def test_the_prefix_stands_before_the_version_and_never_before_the_switches(
    read: Read, prefix: str, address: str
) -> None:
    said = read(made(prefix=prefix).encode(Face()))
    assert address in said
    assert set(ACTIVE) <= said.keys()


@pytest.mark.parametrize("prefix", ["F T", "F#", "a*", "a,b", "a?", "[a]", "{a}", "ä", "a\n", "\0"])
def test_a_prefix_that_no_address_can_contain_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="an OSC address cannot contain"):
        made(prefix=prefix)


@pytest.mark.parametrize("prefix", ["a//b", "x" * 300])
def test_a_prefix_that_is_no_folder_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="expected words separated by single slashes"):
        made(prefix=prefix)


def test_nothing_to_send_is_refused() -> None:
    with pytest.raises(ValueError, match="bits=4"):
        made(floats=False)


def test_only_what_has_changed_is_sent(read: Read, reference_order: list[str], still: Face) -> None:
    avatar = made()
    avatar.encode(still)
    assert avatar.encode(still) == ()
    assert read(avatar.encode(moved(reference_order, jawOpen=0.5))) == {JAW: 0.5}
    smile = read(avatar.encode(moved(reference_order, jawOpen=0.5, mouthSmileLeft=1.0)))
    assert f"{HERE}v2/MouthCornerPullLeft" in smile
    assert not {name for name in smile if "Jaw" in name or "Right" in name}


def test_a_slow_drift_is_sent_as_soon_as_it_adds_up_to_the_threshold(
    read: Read, reference_order: list[str], still: Face
) -> None:
    avatar = made()
    avatar.encode(still)
    shown = 0.0
    sent = 0
    for step in range(200):
        weight = step * 0.0003
        shown = read(avatar.encode(moved(reference_order, jawOpen=weight))).get(JAW, shown)
        sent += shown == np.float32(weight)
        assert abs(shown - weight) <= 0.001 + 1e-7
    assert 30 < sent < 70


def test_everything_is_sent_again_each_second_of_the_faces_own_time(read: Read) -> None:
    avatar = made()
    whole = len(read(avatar.encode(Face(seconds=5.0))))
    sizes = [len(read(avatar.encode(Face(seconds=s)))) for s in (5.5, 5.999, 6.0, 6.9, 7.0)]
    assert sizes == [0, 0, whole, 0, whole]


def test_a_clock_that_starts_anew_does_not_silence_the_refresh(read: Read) -> None:
    avatar = made()
    avatar.encode(Face(seconds=1000.0))
    assert JAW in read(avatar.encode(Face(seconds=1.0)))


def test_a_refresh_sends_everything_once(read: Read, still: Face) -> None:
    avatar = made(bits=2, eye_look="both")
    whole = read(avatar.encode(still))
    assert avatar.encode(still) == ()
    avatar.refresh()
    assert read(avatar.encode(still)) == whole
    assert avatar.encode(still) == ()


def test_the_last_face_is_whole_and_gives_the_avatar_its_eyes_and_face_back(
    read: Read, still: Face
) -> None:
    avatar = made()
    whole = read(avatar.encode(still))
    avatar.leave()
    assert read(avatar.encode(still)) == whole | dict.fromkeys(ACTIVE, False)


# VRCFaceTracking's rule, in words: all bits from 0.99999 on, else those of int(|value| · 2^bits).
@pytest.mark.parametrize(
    ("weight", "bits", "code"),
    [
        (0.0, 4, 0),
        (0.06, 4, 0),
        (0.0625, 4, 1),
        (0.5, 4, 8),
        (0.9, 4, 14),
        (0.99998, 4, 15),
        (1.0, 4, 15),
        (0.49, 1, 0),
        (0.5, 1, 1),
        (1.0, 1, 1),
        (1.0, 8, 255),
        (0.75, 8, 192),
    ],
)
def test_a_parameter_without_a_sign_is_a_binary_number(
    read: Read, reference_order: list[str], weight: float, bits: int, code: int
) -> None:
    said = read(made(bits=bits, floats=False).encode(moved(reference_order, jawOpen=weight)))
    found = {n.removeprefix(JAW): on for n, on in said.items() if n.startswith(JAW)}
    assert found == {str(1 << k): bool(code & 1 << k) for k in range(bits)}


@pytest.mark.parametrize(
    ("shape", "weight", "code", "negative"),
    [
        ("jawRight", 0.5, 4, False),
        ("jawLeft", 0.5, 4, True),
        ("jawLeft", 1.0, 7, True),
        ("jawLeft", 0.1, 0, False),  # nothing is left to be negative
    ],
)
def test_a_parameter_with_a_sign_has_a_boolean_for_it(
    read: Read, reference_order: list[str], shape: str, weight: float, code: int, negative: bool
) -> None:
    said = read(made(bits=3, floats=False).encode(moved(reference_order, **{shape: weight})))
    prefix = f"{HERE}v2/JawX"
    found = {n.removeprefix(prefix): on for n, on in said.items() if n.startswith(prefix)}
    bits = {str(1 << k): bool(code & 1 << k) for k in range(3)}
    assert found == bits | {"Negative": negative}


def test_a_bit_is_sent_when_it_changes_and_its_neighbours_are_not(
    read: Read, reference_order: list[str]
) -> None:
    avatar = made(bits=3, floats=False)
    avatar.encode(moved(reference_order, jawOpen=0.5))
    assert avatar.encode(moved(reference_order, jawOpen=0.6)) == ()
    assert read(avatar.encode(moved(reference_order, jawOpen=0.7))) == {f"{JAW}1": True}
    assert read(avatar.encode(moved(reference_order, jawOpen=0.8))) == {
        f"{JAW}1": False,
        f"{JAW}2": True,
    }


def test_bits_go_beside_floats_or_instead_of_them(read: Read) -> None:
    names = {
        (floats, bits): set(read(made(floats=floats, bits=bits).encode(Face())))
        for floats, bits in ((True, 0), (True, 4), (False, 4))
    }
    assert JAW in names[True, 0]
    assert f"{JAW}1" not in names[True, 0]
    assert JAW not in names[False, 4]
    assert names[True, 4] == names[True, 0] | names[False, 4]
    signs = {name for name in names[False, 4] if name.endswith("Negative")}
    signed = [*SIGNED, "Head/Yaw", "Head/Pitch", "Head/Roll"]
    assert signs == {f"{HERE}v2/{name}Negative" for name in signed}


def test_native_eye_look_is_in_degrees_down_and_to_the_own_right(
    read: Read, reference_order: list[str]
) -> None:
    face = moved(reference_order, eyeBlinkLeft=1.0, eyeBlinkRight=0.5)
    # head, left and right eye by yaw (to its own right), pitch (down) and roll, in radians
    face.rotations[:] = np.radians([[50, 60, 70], [10, 20, 5], [-30, -40, 5]])
    said = read(made(eye_look="native").encode(face))
    assert said[EYES_CLOSED] == 0.75
    assert said[EYE_ANGLES] == pytest.approx([20, 10, -40, -30], abs=1e-4)


def test_the_four_angles_of_the_eyes_are_sent_together_and_within_the_timeout(
    read: Read, still: Face
) -> None:
    avatar = made(eye_look="native")
    avatar.encode(still)
    still.rotations[2, 0] = 0.1
    said = read(avatar.encode(still))
    assert list(said) == [EYE_ANGLES]
    assert said[EYE_ANGLES] == pytest.approx([0, 0, 0, 5.729578])
    assert avatar.encode(still) == ()
    still.seconds += 1  # VRChat waits ten
    assert {EYE_ANGLES, EYES_CLOSED} <= read(avatar.encode(still)).keys()


@pytest.mark.parametrize(
    ("eye_look", "parameters", "native", "active"),
    [
        ("parameters", True, False, True),
        ("native", False, True, False),
        ("both", True, True, True),
        ("off", False, False, None),
    ],
)
def test_eyes_go_as_parameters_or_natively_or_not_at_all(
    read: Read, eye_look: str, parameters: bool, native: bool, active: bool | None
) -> None:
    said = read(made(eye_look=eye_look).encode(Face()))
    for name in ("EyeLeftX", "EyeY", "EyeOpenRight", "EyeClosed", "EyeLidLeft"):
        assert (f"{HERE}v2/{name}" in said) == parameters
    assert (EYES_CLOSED in said, EYE_ANGLES in said) == (native, native)
    assert said.get(ACTIVE[0]) is active
    assert said[ACTIVE[1]] is said[ACTIVE[2]] is True
    assert f"{HERE}v2/EyeWideLeft" in said


def test_an_avatar_that_lists_its_parameters_gets_them_at_once_and_no_others(
    read: Read, still: Face
) -> None:
    avatar = made()
    avatar.encode(still)
    avatar.use(Messages(listed_layout({f"{HERE}x/v2/JawOpen": "f"})))
    assert read(avatar.encode(still)) == {f"{HERE}x/v2/JawOpen": 0.0}
    avatar.use(None)
    assert len(read(avatar.encode(still))) == 3 + len(NAMES)


def test_an_avatar_of_switches_alone_is_no_trouble(read: Read, still: Face) -> None:
    avatar = VRChatEncoder(listed_layout({ACTIVE[1]: "F"}))
    assert read(avatar.encode(still)) == {ACTIVE[1]: True}
    assert avatar.encode(still) == ()


@settings(deadline=None)
@given(weights=st.lists(arrays(np.float32, 52, elements=st.floats(0, 1, width=32)), max_size=4))
def test_an_avatar_shows_the_face_to_within_the_threshold_whatever_was_left_out(
    typed_messages: TypedMessages, weights: list[np.ndarray]
) -> None:
    avatar, expressions = made(), UnifiedExpressions()
    shown: dict[str, object] = {}
    for frame in [*weights, np.zeros(52, np.float32)]:
        for datagram in avatar.encode(Face(frame, seconds=3.0)):
            shown |= {address: args[0] for address, _, args in typed_messages(datagram)}
        expressions.show(frame)
        for name, value in zip(PARAMETERS, expressions.values.tolist(), strict=True):
            assert shown[f"{HERE}v2/{name}"] == pytest.approx(value, abs=0.00101)


AVATAR_CHANGE = b"/avatar/change\0\0,s\0\0avtr_1\0\0"


@pytest.mark.parametrize(
    ("datagram", "avatar"),
    [
        (AVATAR_CHANGE, "avtr_1"),
        (b"#bundle\0\0\0\0\0\0\0\0\1\0\0\0\x1c" + AVATAR_CHANGE, "avtr_1"),
        (b"/avatar/change\0\0,\0\0\0", ""),
        (b"/avatar/parameters/VelocityX\0\0\0\0,f\0\0\0\0\0\0", None),
        (b"/avatar/changed\0,s\0\0avtr_1\0\0", None),
        (b"/x\0\0,s\0\0/avatar/change\0\0", None),
        (AVATAR_CHANGE[:-4], None),
        (b"nonsense /avatar/change\0", None),
        (b"", None),
    ],
)
def test_a_new_avatar_is_heard_of_and_nothing_else_is(datagram: bytes, avatar: str | None) -> None:
    assert changed_avatar(datagram) == avatar


@settings(deadline=None)
@given(data=st.data())
def test_no_bytes_that_are_heard_raise_anything(
    mutated: Callable[[Sequence[bytes]], st.SearchStrategy[bytes]], data: st.DataObject
) -> None:
    datagram = data.draw(mutated([AVATAR_CHANGE]) | st.binary().map(AVATAR_CHANGE.__add__))
    assert isinstance(changed_avatar(datagram), str | None)
