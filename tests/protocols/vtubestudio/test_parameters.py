"""What a face comes to in VTube Studio's inputs, against tables typed from its documentation."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from protocols.face import Face
from protocols.leave import left_out
from protocols.vtubestudio.parameters import (
    InjectionEncoder,
    Input,
    custom_inputs,
    custom_parameters,
    default_inputs,
)

weights_of_a_face = arrays(np.float32, 52, elements=st.floats(0, 1, width=32))
rotations_of_a_face = arrays(np.float32, (3, 3), elements=st.floats(-4, 4, width=32))

# Name, range, value at rest, and by how much each shape at 1 moves it from there.
DEFAULTS = """
MouthSmile   0 1 0.5  mouthSmileLeft +0.25 mouthSmileRight +0.25 mouthFrownLeft -0.25 mouthFrownRight -0.25
MouthOpen    0 1 0    jawOpen +1
MouthX      -1 1 0    mouthLeft +1 mouthRight -1
Brows        0 1 0.5  browInnerUp +0.25 browOuterUpLeft +0.125 browOuterUpRight +0.125 browDownLeft -0.25 browDownRight -0.25
BrowLeftY    0 1 0.5  browInnerUp +0.25 browOuterUpLeft +0.25 browDownLeft -0.5
BrowRightY   0 1 0.5  browInnerUp +0.25 browOuterUpRight +0.25 browDownRight -0.5
EyeOpenLeft  0 1 1    eyeBlinkLeft -1 eyeSquintLeft -0.25
EyeOpenRight 0 1 1    eyeBlinkRight -1 eyeSquintRight -0.25
EyeLeftX    -1 1 0    eyeLookOutLeft +1 eyeLookInLeft -1
EyeLeftY    -1 1 0    eyeLookUpLeft +1 eyeLookDownLeft -1
EyeRightX   -1 1 0    eyeLookInRight +1 eyeLookOutRight -1
EyeRightY   -1 1 0    eyeLookUpRight +1 eyeLookDownRight -1
CheekPuff    0 1 0    cheekPuff +1
TongueOut    0 1 0    tongueOut +1
"""  # noqa: E501
HEAD = {"FaceAngleX": 30, "FaceAngleY": 30, "FaceAngleZ": 90}


def values(inputs: list[Input], face: Face) -> dict[str, float]:
    said = json.loads(f"[{InjectionEncoder(inputs).encode(face)}]")
    assert all(list(one) == ["id", "value"] for one in said)
    return {one["id"]: one["value"] for one in said}


def showing(order: list[str], **weights: float) -> Face:
    face = Face()
    for name, weight in weights.items():
        face.weights[order.index(name)] = weight
    return face


def test_custom_parameters_are_the_52_shapes_under_names_that_vtube_studio_takes(
    live_link_order: list[str],
) -> None:
    made = custom_parameters("Affect", angles=False)
    expected = {"Affect" + name[0].upper() + name[1:] for name in live_link_order}
    assert {one.name for one in made} == expected
    assert len(made) == 52
    assert {(one.low, one.high, one.rest) for one in made} == {(0.0, 1.0, 0.0)}
    assert [one.name for one in made] == [one.name for one in custom_inputs("Affect", angles=False)]


@pytest.mark.parametrize("prefix", ["A", "Affect", "Thirteenchars"])
def test_names_numbers_and_explanations_keep_within_the_limits(prefix: str) -> None:
    made = custom_parameters(prefix, angles=True)
    assert len(made) == 61 <= 100
    assert len({one.name for one in made}) == 61
    for one in made:
        assert 4 <= len(one.name) <= 32
        assert one.name.isascii()
        assert one.name.isalnum()
        assert 0 < len(one.explanation) < 256
        assert one.low <= one.rest <= one.high


@pytest.mark.parametrize(
    "prefix", ["", "Fourteen chars", "FourteenCharsX", "a b", "Ä", "a-b", "a_b"]
)
def test_a_prefix_that_makes_names_vtube_studio_refuses_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="1–13 ASCII letters and digits"):
        custom_parameters(prefix, angles=False)


def test_angles_are_added_in_degrees_with_the_signs_of_the_face() -> None:
    face = Face(rotations=np.radians(np.arange(9, dtype=np.float32).reshape(3, 3) * 10 - 40))
    shown = values(custom_inputs("My", angles=True), face)
    assert list(shown.items())[52:] == [
        ("MyHeadYaw", pytest.approx(-40, abs=1e-3)),
        ("MyHeadPitch", pytest.approx(-30, abs=1e-3)),
        ("MyHeadRoll", pytest.approx(-20, abs=1e-3)),
        ("MyLeftEyeYaw", pytest.approx(-10, abs=1e-3)),
        ("MyLeftEyePitch", pytest.approx(0, abs=1e-3)),
        ("MyLeftEyeRoll", pytest.approx(10, abs=1e-3)),
        ("MyRightEyeYaw", pytest.approx(20, abs=1e-3)),
        ("MyRightEyePitch", pytest.approx(30, abs=1e-3)),
        ("MyRightEyeRoll", pytest.approx(40, abs=1e-3)),
    ]


@given(weights=weights_of_a_face)
def test_a_custom_parameter_shows_its_shape(
    reference_order: list[str], weights: np.ndarray
) -> None:
    shown = values(custom_inputs("X", angles=False), Face(weights))
    expected = {f"X{n[0].upper()}{n[1:]}": w for n, w in zip(reference_order, weights, strict=True)}
    assert shown == pytest.approx(expected, abs=5.1e-5)


def test_a_face_at_rest_leaves_the_default_inputs_at_rest() -> None:
    rests = {line.split()[0]: float(line.split()[3]) for line in DEFAULTS.strip().splitlines()}
    assert values(default_inputs(angles=False, mirror=False), Face()) == rests


@pytest.mark.parametrize("line", DEFAULTS.strip().splitlines(), ids=lambda line: line.split()[0])
def test_each_shape_moves_the_default_inputs_by_the_table(
    reference_order: list[str], line: str
) -> None:
    name, low, high, rest, *moves = line.split()
    factors = dict(zip(moves[::2], map(float, moves[1::2]), strict=True))
    for shape in reference_order:
        shown = values(
            default_inputs(angles=False, mirror=False), showing(reference_order, **{shape: 1.0})
        )
        moved = float(rest) + factors.get(shape, 0.0)
        assert shown[name] == min(max(moved, float(low)), float(high)), shape


def test_a_mouth_that_is_kept_closed_is_not_open(reference_order: list[str]) -> None:
    face = showing(reference_order, jawOpen=0.75, mouthClose=0.5)
    assert values(default_inputs(angles=False, mirror=False), face)["MouthOpen"] == 0.25


def test_a_head_is_turned_only_if_asked_for_and_towards_the_side_of_the_screen() -> None:
    # To its own right is to the left of the screen; down is below; and its right shoulder is left.
    face = Face(rotations=np.array([[math.pi / 9, math.pi / 18, math.pi / 4]] * 3, np.float32))
    shown = values(default_inputs(angles=True, mirror=False), face)
    assert {name: shown[name] for name in HEAD} == {
        "FaceAngleX": pytest.approx(-20, abs=1e-3),
        "FaceAngleY": pytest.approx(-10, abs=1e-3),
        "FaceAngleZ": pytest.approx(-45, abs=1e-3),
    }
    assert not HEAD.keys() & values(default_inputs(angles=False, mirror=False), face).keys()


@given(weights=weights_of_a_face, rotations=rotations_of_a_face, mirror=st.booleans())
def test_default_inputs_keep_within_their_ranges(
    weights: np.ndarray, rotations: np.ndarray, mirror: bool
) -> None:
    shown = values(default_inputs(angles=True, mirror=mirror), Face(weights, rotations))
    for line in DEFAULTS.strip().splitlines():
        name, low, high, *_ = line.split()
        assert float(low) <= shown[name] <= float(high)
    for name, furthest in HEAD.items():
        assert -furthest <= shown[name] <= furthest


@given(weights=weights_of_a_face, rotations=rotations_of_a_face)
def test_mirrored_inputs_show_the_mirror_image(
    reference_order: list[str], weights: np.ndarray, rotations: np.ndarray
) -> None:
    def partner(name: str) -> str:
        if name.endswith("Left"):
            return name[:-4] + "Right"
        return name[:-5] + "Left" if name.endswith("Right") else name

    image = Face(
        weights[[reference_order.index(partner(name)) for name in reference_order]],
        rotations[[0, 2, 1]] * np.array([-1, 1, -1], np.float32),
    )
    mirrored = values(default_inputs(angles=True, mirror=True), Face(weights, rotations))
    assert mirrored == pytest.approx(
        values(default_inputs(angles=True, mirror=False), image), abs=2e-4
    )


def test_shapes_left_to_others_have_no_custom_parameters() -> None:
    left = left_out(["jaw", "head"])
    created = {one.name for one in custom_parameters("Affect", angles=True, left=left)}
    assert created == {one.name for one in custom_inputs("Affect", angles=True, left=left)}
    everything = {one.name for one in custom_parameters("Affect", angles=True)}
    assert everything - created == {
        *("AffectJawForward", "AffectJawLeft", "AffectJawOpen", "AffectJawRight"),
        *("AffectHeadYaw", "AffectHeadPitch", "AffectHeadRoll"),
    }


@pytest.mark.parametrize(
    ("leave", "gone"),
    [
        (["blink"], {"EyeOpenLeft", "EyeOpenRight"}),
        (["mouth"], {"MouthSmile", "MouthOpen", "MouthX"}),
        (["jaw"], {"MouthOpen"}),
        (["gaze"], {"EyeLeftX", "EyeLeftY", "EyeRightX", "EyeRightY"}),
        (["head"], {"FaceAngleX", "FaceAngleY", "FaceAngleZ"}),
        (["tongueOut", "cheekPuff"], {"TongueOut", "CheekPuff"}),
    ],
)
def test_a_default_input_is_left_out_with_any_shape_that_moves_it(
    leave: list[str], gone: set[str]
) -> None:
    everything = {one.name for one in default_inputs(angles=True, mirror=False)}
    kept = {one.name for one in default_inputs(angles=True, mirror=False, left=left_out(leave))}
    assert everything - kept == gone


def test_the_mirrored_side_is_left_out_of_a_mirror_image() -> None:
    left = left_out(["eyeBlinkLeft"])
    kept = {one.name for one in default_inputs(angles=False, mirror=True, left=left)}
    assert "EyeOpenLeft" in kept
    assert "EyeOpenRight" not in kept
