"""What an output leaves to others: the parts by name, and each dialect's packets without them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from protocols.arkit import BLENDSHAPES
from protocols.dialect import Shown
from protocols.dialects import DIALECTS
from protocols.face import Face, Received
from protocols.facepayload import FacePayloadDecoder, encoder
from protocols.leave import PARTS, checked_leave, left_out

MOUTH = [name for name in BLENDSHAPES if name.startswith("mouth")]
BLINK = ["eyeBlinkLeft", "eyeBlinkRight"]
LOOKS = [
    f"eyeLook{where}{side}" for where in ("Down", "In", "Out", "Up") for side in ("Left", "Right")
]

AT_REST = {"livelink", "meowface"}
"""Dialects in which each shape has a fixed place, so that it is sent as 0."""


def face() -> Face:
    """Every shape and every angle is visible."""
    return Face(
        weights=np.full(52, 0.5, np.float32),
        rotations=np.full((3, 3), 0.25, np.float32),
        feeling=np.array([0.8, 0.6, 0.5], np.float32),
        seconds=1.0,
    )


def sent(scheme: str, **settings: Any) -> Received:
    """One frame in a dialect, as its decoder reads it."""
    dialect = DIALECTS[scheme]
    encoder = dialect.encoder(Shown(), **settings)
    decoder = dialect.decoder()
    for seconds in (1.0, 3.0):  # in some dialects a frame is complete when the next one begins
        shown = face()
        shown.seconds = seconds
        for datagram in encoder.encode(shown):
            if frames := decoder.feed(bytes(datagram)):
                return frames[0]
    raise AssertionError("no frame was complete")


def spelled_in(scheme: str, shapes: Sequence[str]) -> set[str]:
    """How a dialect spells shapes in which each has its own name."""
    pascal = {shape[0].upper() + shape[1:] for shape in shapes}
    match scheme:
        case "vmc" | "livelink" | "vts-phone":
            return pascal
        case "osc":
            return {f"/blendshape/{shape}" for shape in shapes}
        case "ifacialmocap" | "ifacialmocap-phone":
            plain = ("mouthLeft", "mouthRight", "jawLeft", "jawRight")
            return {
                shape if shape in plain else shape.replace("Left", "_L").replace("Right", "_R")
                for shape in shapes
            }
        case "meowface":  # has no name for these
            return {s for s in shapes if not s.startswith(NOT_IN_MEOWFACE)}
        case _:
            return set(shapes)


NOT_IN_MEOWFACE = ("mouthClose", "mouthDimple", "mouthPress", "mouthShrugLower", "mouthStretch")

ONE_NAME_A_SHAPE = [scheme for scheme in DIALECTS if scheme != "vrchat"]


@pytest.mark.parametrize("scheme", ONE_NAME_A_SHAPE)
@pytest.mark.parametrize(
    ("leave", "shapes"),
    [(["mouth", "blink"], [*MOUTH, *BLINK]), (["jawOpen"], ["jawOpen"]), (["gaze"], LOOKS)],
)
def test_what_is_left_to_others_is_not_in_the_packets_and_the_rest_is_as_before(
    scheme: str, leave: list[str], shapes: list[str]
) -> None:
    everything = sent(scheme).weights
    rest = sent(scheme, leave=leave).weights
    left = spelled_in(scheme, shapes)
    if scheme == "livelink" and shapes == LOOKS:
        left |= {
            f"{eye}Eye{turn}" for eye in ("Left", "Right") for turn in ("Yaw", "Pitch", "Roll")
        }
    assert left <= everything.keys()
    if scheme in AT_REST:
        assert {rest.pop(name) for name in left} == {0.0}
    assert rest == {name: weight for name, weight in everything.items() if name not in left}


@pytest.mark.parametrize("layout", ["array", "indexed"])
def test_in_osc_an_array_has_0_in_its_places_and_indices_stay(layout: str) -> None:
    weights = list(sent("osc", layout=layout, leave=["browDownRight"]).weights.items())
    name = "/blendshapes[1]" if layout == "array" else "/blendshape 1"
    if layout == "array":
        assert weights.pop(1) == (name, 0.0)
    assert name not in dict(weights)
    assert [weight for _, weight in weights] == [0.5] * 51


def test_vmc_leaves_out_the_presets_that_blink_and_speak() -> None:
    presets = sent("vmc", names=["vrm0", "vrm1"]).weights
    rest = sent("vmc", names=["vrm0", "vrm1"], leave=["mouth", "blink"]).weights
    assert presets.keys() - rest.keys() == set("AIUEO") | {
        *("aa", "ih", "ou", "ee", "oh", "Blink", "Blink_L", "Blink_R"),
        *("blink", "blinkLeft", "blinkRight"),
    }
    assert len(rest) == 10 + 8
    assert rest["happy"] == presets["happy"] > 0.5


@pytest.mark.parametrize(
    ("leave", "gone"),
    [
        (["jaw"], {"A", "I", "U", "E", "O"}),
        (["blink"], {"Blink", "Blink_L", "Blink_R"}),
        (["gaze"], {"LookUp", "LookDown", "LookLeft", "LookRight"}),
        (
            ["eye"],
            {
                *("Blink", "Blink_L", "Blink_R"),
                *("LookUp", "LookDown", "LookLeft", "LookRight"),
            },
        ),
        (["eyeBlinkLeft"], set()),  # the preset moves the other eye as well
        (["brow"], set()),
    ],
)
def test_a_preset_is_left_out_with_the_part_that_it_moves(leave: list[str], gone: set[str]) -> None:
    assert (
        sent("vmc", names="vrm0").weights.keys()
        - (sent("vmc", names="vrm0", leave=leave).weights.keys())
        == gone
    )


def test_vmc_leaves_out_bones_and_the_gaze_point() -> None:
    about = sent("vmc", bones=True, gaze=True).about
    assert {"HeadYaw", "LeftEyeYaw", "RightEyeYaw", "GazeX"} <= about.keys()
    no_head = sent("vmc", bones=True, gaze=True, leave=["head"]).about
    assert about.keys() - no_head.keys() == {"HeadYaw", "HeadPitch", "HeadRoll"}
    no_gaze = sent("vmc", bones=True, gaze=True, leave=["gaze"]).about
    assert {"HeadYaw"} <= no_gaze.keys()
    assert not {"LeftEyeYaw", "RightEyeYaw", "GazeX"} & no_gaze.keys()


def test_live_link_keeps_rotations_that_are_left_out_at_0() -> None:
    weights = sent("livelink", leave=["head", "gaze"]).weights
    turns = {name for name in weights if name.endswith(("Yaw", "Pitch", "Roll"))}
    assert len(turns) == 9
    assert {weights[name] for name in turns} == {0.0}
    weights = sent("livelink", leave=["head"]).weights
    assert (weights["HeadYaw"], weights["LeftEyeYaw"]) == (0.0, 0.25)


@pytest.mark.parametrize(
    "scheme",
    [
        *("vts-phone", "meowface", "ifacialmocap", "ifacialmocap-phone"),
        *("facemotion3d", "facemotion3d-phone"),
    ],
)
def test_text_that_always_has_rotations_has_0_for_those_left_out(scheme: str) -> None:
    everything = sent(scheme).about
    no_head = sent(scheme, leave=["head"]).about
    assert str(everything["head"]) != str(no_head["head"]) == "0,0,0"
    assert (no_head["left"], no_head["right"]) == (everything["left"], everything["right"])
    no_gaze = sent(scheme, leave=["gaze"]).about
    assert (no_gaze["left"], no_gaze["right"]) == ("0,0,0", "0,0,0")
    assert no_gaze["head"] == everything["head"]


def test_face_cap_leaves_rotations_out() -> None:
    assert sent("facecap").about.keys() == {"head", "left", "right"}
    assert sent("facecap", leave=["head"]).about.keys() == {"left", "right"}
    assert sent("facecap", leave=["eye"]).about.keys() == {"head"}


def test_vrchat_leaves_out_every_parameter_that_such_a_shape_moves() -> None:
    everything = sent("vrchat").weights
    rest = sent("vrchat", leave=["mouth", "blink"]).weights
    assert everything.items() >= rest.items()
    gone = everything.keys() - rest.keys()
    assert {"MouthOpen", "MouthClosed", "SmileSadLeft", "MouthX", "LipPucker"} <= gone
    assert {"EyeOpenLeft", "EyeClosed", "EyeLidRight"} <= gone
    kept = {"JawOpen", "JawX", "EyeLeftX", "EyeSquintLeft", "BrowExpressionLeft", "CheekPuffLeft"}
    assert kept <= rest.keys()


@pytest.mark.parametrize(
    ("leave", "active"),
    [
        ([], {"EyeTrackingActive": True, "LipTrackingActive": True}),
        (["mouth"], {"EyeTrackingActive": True, "LipTrackingActive": False}),
        (["blink"], {"EyeTrackingActive": True, "LipTrackingActive": True}),
        (["eye"], {"LipTrackingActive": True}),
    ],
)
def test_vrchat_is_told_that_the_lips_or_eyes_are_not_tracked(
    leave: list[str], active: dict[str, bool]
) -> None:
    told = sent("vrchat", leave=leave).about
    assert told == {**active, "ExpressionTrackingActive": True}


def test_vrchats_own_eye_look_is_left_out_in_parts() -> None:
    eyes = {"eyes_closed", "left_pitch", "left_yaw", "right_pitch", "right_yaw"}
    assert eyes <= sent("vrchat", eye_look="native").about.keys()
    assert sent("vrchat", eye_look="native", leave=["blink"]).about.keys() & eyes == (
        eyes - {"eyes_closed"}
    )
    assert sent("vrchat", eye_look="native", leave=["gaze"]).about.keys() & eyes == {"eyes_closed"}


@pytest.mark.parametrize("payload", ["json", "binary"])
def test_a_payload_leaves_shapes_out_of_its_map_or_has_0_in_their_places(payload: str) -> None:
    [datagram] = encoder(payload, "main", ["mouth"]).encode(face())
    [frame] = FacePayloadDecoder().feed(bytes(datagram))
    if payload == "binary":
        assert {frame.weights.pop(name) for name in MOUTH} == {0.0}
    assert frame.weights == {name: 0.5 for name in BLENDSHAPES if name not in MOUTH}


@pytest.mark.parametrize("scheme", ["osc", "vts-phone", "facecap"])
def test_a_face_of_which_nothing_is_left_is_refused(scheme: str) -> None:
    everything = ["brow", "eye", "cheek", "nose", "mouth", "jaw", "tongue", "head"]
    with pytest.raises(ValueError, match="left to send"):
        sent(scheme, leave=everything)


def test_parts_and_shapes_add_up() -> None:
    left = left_out(["blink", "jawOpen", "head"])
    assert (left.shapes, left.head) == ({*BLINK, "jawOpen"}, True)
    assert left_out([]).shapes == frozenset()
    assert list(PARTS) == [
        "brow",
        "eye",
        "cheek",
        "nose",
        "mouth",
        "jaw",
        "tongue",
        "blink",
        "gaze",
        "head",
    ]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (["mout"], 'unknown blendshape "mout"; did you mean "mouth"'),
        (["JawOpen"], 'unknown blendshape "JawOpen"; did you mean "jawOpen"'),
        ("mouth, blnk", 'unknown blendshape "blnk"; did you mean "blink"'),
        (7, "7: expected a list of brow, eye"),
        (["mouth", None], "expected a list of brow, eye"),
    ],
)
def test_an_unknown_part_is_refused_with_the_nearest_name(said: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        checked_leave(said)


def test_text_with_commas_is_a_list() -> None:
    assert checked_leave("mouth, blink") == ["mouth", "blink"]
