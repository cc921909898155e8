"""The layout of messages from an avatar's list of parameters."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.face import Face
from protocols.leave import left_out
from protocols.vrchat.encoder import VRChatEncoder
from protocols.vrchat.layout import EyeLook, blind_layout, listed_layout, split_bit

HERE = "/avatar/parameters/"


def addresses(listed: dict[str, str], eye_look: EyeLook = "parameters") -> set[str]:
    layout = listed_layout({HERE + name: tags for name, tags in listed.items()}, eye_look)
    found = [*layout.switches, *layout.floats, *layout.bits]
    return {item[0].removeprefix(HERE) for item in found}


def test_parameters_are_found_behind_any_prefix() -> None:
    names = {
        *("v2/JawOpen", "FT/v2/JawX", "a/b/v2/SmileSad", "v2/v2/TongueOut"),
        *("v2/Head/Yaw", "FT/v2/Head/Roll"),
    }
    assert addresses(dict.fromkeys(names, "f")) == names


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("JawOpen", "f"),  # not of the second version
        ("v2/JawOpenly", "f"),
        ("v2/jawOpen", "f"),  # names are case-sensitive
        ("xv2/JawOpen", "f"),
        ("v2/JawOpen", "i"),
        ("v2/JawOpen", "T"),
        ("v2/JawOpen", "ff"),
        ("v2/JawOpen", ""),
        ("v2/JawOpen3", "T"),
        ("v2/JawOpen0", "T"),
        ("v2/JawOpen01", "T"),
        ("v2/JawOpen256", "T"),
        ("v2/JawOpen1", "f"),
        ("v2/JawOpenNegative", "T"),  # a sign without a number
        ("v2/JawOpen/x", "f"),
        ("v2/", "f"),
        ("v2/JawOpen\n", "f"),
        ("\ud800/v2/JawOpen", "f"),
        ("x" * 600 + "/v2/JawOpen", "f"),
        ("VelocityX", "f"),
        ("EyeTrackingActive", "f"),
    ],
)
def test_what_is_not_ours_is_left_out(name: str, tags: str) -> None:
    assert addresses({name: tags}) == set()


def test_addresses_that_are_no_avatar_parameters_are_left_out() -> None:
    layout = listed_layout({"/v2/JawOpen": "f", "/avatar/v2/JawOpen": "f", "": "f"})
    assert not layout.floats


def test_switches_are_found_behind_any_prefix() -> None:
    names = {"EyeTrackingActive": "T", "FT/LipTrackingActive": "F"}
    assert addresses(names) == names.keys()
    assert addresses(names, "off") == {"FT/LipTrackingActive"}


def test_a_binary_parameter_has_as_many_bits_as_the_avatar_has() -> None:
    listed = dict.fromkeys(
        [
            *(f"{HERE}a/v2/JawX{suffix}" for suffix in (1, 2, 4, "Negative")),
            *(f"{HERE}b/v2/JawX{suffix}" for suffix in (1, 2)),
            f"{HERE}v2/CheekPuffLeft1",
        ],
        "T",
    )
    bits = listed_layout(listed).bits
    assert [(b.address.removeprefix(HERE), b.parameter, b.place, b.width) for b in bits] == [
        ("a/v2/JawX1", "JawX", 0, 3),
        ("a/v2/JawX2", "JawX", 1, 3),
        ("a/v2/JawX4", "JawX", 2, 3),
        ("a/v2/JawXNegative", "JawX", -1, 3),
        ("b/v2/JawX1", "JawX", 0, 2),
        ("b/v2/JawX2", "JawX", 1, 2),
        ("v2/CheekPuffLeft1", "CheekPuffLeft", 0, 1),
    ]


def test_a_parameter_that_is_there_as_a_float_and_as_bits_is_sent_as_both() -> None:
    # One of them may be the one that other people see.
    names = {"v2/JawOpen": "f", "v2/JawOpen1": "F", "v2/JawOpen2": "F"}
    assert addresses(names) == names.keys()


EYES = {"v2/EyeLeftX": "f", "v2/EyeY1": "T", "v2/EyeLidRight": "f", "v2/EyeSquintLeft": "f"}


@pytest.mark.parametrize(
    ("listed", "eye_look", "sent", "lids", "gaze"),
    [
        (EYES, "parameters", set(EYES), False, False),
        (EYES, "both", set(EYES), False, False),
        (EYES, "native", {"v2/EyeSquintLeft"}, True, True),
        (EYES, "off", {"v2/EyeSquintLeft"}, False, False),
        ({"v2/EyeX": "f"}, "both", {"v2/EyeX"}, True, False),
        ({"v2/EyeOpen1": "F"}, "both", {"v2/EyeOpen1"}, False, True),
        ({"v2/JawOpen": "f"}, "both", {"v2/JawOpen"}, True, True),
        ({"v2/JawOpen": "f"}, "parameters", {"v2/JawOpen"}, False, False),
    ],
)
def test_eyes_go_the_way_that_was_chosen_and_with_both_not_twice(
    listed: dict[str, str], eye_look: EyeLook, sent: set[str], lids: bool, gaze: bool
) -> None:
    assert addresses(listed, eye_look) == sent
    layout = listed_layout({HERE + name: tags for name, tags in listed.items()}, eye_look)
    assert (layout.native_lids, layout.native_gaze) == (lids, gaze)


@given(
    listed=st.dictionaries(
        st.text(max_size=20).map(lambda text: f"{HERE}{text}")
        | st.text(max_size=9).map(lambda text: f"{HERE}{text}/v2/JawOpen"),
        st.sampled_from(["f", "T", "F", "s", ""]) | st.text(max_size=3),
        max_size=8,
    ),
    eye_look=st.sampled_from(get_args(EyeLook)),
)
def test_whatever_an_avatar_lists_can_be_sent_in_datagrams_that_fit(
    listed: dict[str, str], eye_look: EyeLook
) -> None:
    datagrams = VRChatEncoder(listed_layout(listed, eye_look)).encode(Face())
    assert all(len(datagram) <= 1400 for datagram in datagrams)


def test_an_endless_list_is_cut_off() -> None:
    listed = {
        f"{HERE}{n}/v2/{name}": tags
        for n in range(5000)
        for name, tags in (("JawOpen", "f"), ("JawX1", "T"), ("EyeTrackingActive", "T"))
    }
    listed |= {f"{HERE}{n}/EyeTrackingActive": "T" for n in range(5000)}
    layout = listed_layout(listed)
    assert len(layout.floats) == len(layout.bits) == len(layout.switches) == 4096


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("JawX1", ("JawX", 0)),
        ("JawX128", ("JawX", 7)),
        ("JawXNegative", ("JawX", -1)),
        ("Head/Yaw2", ("Head/Yaw", 1)),
        ("JawX", None),
        ("JawX3", None),
        ("JawX256", None),
        ("JawX" + "1" * 5000, None),
        ("1", None),
        ("Negative", None),
        ("JawX¹", None),
    ],
)
def test_the_name_of_a_bit_is_taken_apart(name: str, parts: tuple[str, int] | None) -> None:
    assert split_bit(name) == parts


def test_the_blind_layout_is_read_back_out_of_its_own_list() -> None:
    blind = blind_layout("FT", bits=4)
    listed = dict.fromkeys([address for address, _ in blind.switches], "T")
    listed |= dict.fromkeys([address for address, _ in blind.floats], "f")
    listed |= dict.fromkeys([bit.address for bit in blind.bits], "F")
    assert listed_layout(listed) == blind


def test_listed_parameters_are_left_to_others_in_every_form() -> None:
    listed = {
        f"{HERE}FT/v2/JawOpen": "f",
        f"{HERE}FT/v2/MouthX": "f",
        f"{HERE}FT/v2/EyeLidLeft1": "T",
        f"{HERE}FT/v2/EyeX": "f",
        f"{HERE}EyeTrackingActive": "T",
        f"{HERE}LipTrackingActive": "F",
    }
    layout = listed_layout(listed, "both", left_out(["mouth", "blink"]))
    assert [address for address, _ in layout.floats] == [
        f"{HERE}FT/v2/JawOpen",
        f"{HERE}FT/v2/EyeX",
    ]
    assert layout.bits == ()
    assert dict(layout.switches) == {
        f"{HERE}EyeTrackingActive": True,
        f"{HERE}LipTrackingActive": False,
    }
    assert not layout.native_lids
