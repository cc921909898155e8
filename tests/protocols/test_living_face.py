"""A face that blinks, looks and turns its head, in every dialect: what its receiver gets."""

import json
from typing import Any

import numpy as np
import pytest

from protocols.arkit import INDEX
from protocols.dialect import Shown
from protocols.dialects import DIALECTS
from protocols.face import Face, Received
from protocols.facepayload import FacePayloadDecoder, encoder
from protocols.leave import left_out
from protocols.vtubestudio.parameters import InjectionEncoder, custom_inputs, default_inputs

LID, ACROSS, DOWN = 0.75, 0.5, 0.25
"""The left eye winks; both eyes look to the face's own right and down."""
YAW, PITCH, ROLL = 12.0, 6.0, 3.0
"""Degrees: the head turns to its own right, down, and to its own right shoulder."""
EYE_YAW, EYE_PITCH = 35 * ACROSS, 35 * DOWN  # as far as `bridge.face.gaze` turns eyes


def living_face(seconds: float = 0.0) -> Face:
    face = Face(seconds=seconds)
    for shape, weight in (
        ("eyeBlinkLeft", LID),
        *(("eyeLookInLeft", ACROSS), ("eyeLookOutRight", ACROSS)),
        *(("eyeLookDownLeft", DOWN), ("eyeLookDownRight", DOWN)),
    ):
        face.weights[INDEX[shape]] = weight
    eye = [EYE_YAW, EYE_PITCH, 0.0]
    face.rotations[:] = np.radians([[YAW, PITCH, ROLL], eye, eye])
    return face


def received(scheme: str, **settings: Any) -> Received:
    """The face as the decoder of a dialect reads it."""
    made, decoder = DIALECTS[scheme].encoder(Shown(), **settings), DIALECTS[scheme].decoder()
    for seconds in (1.0, 3.0):  # in some dialects a frame is complete when the next one begins
        for datagram in made.encode(living_face(seconds)):
            if frames := decoder.feed(bytes(datagram)):
                return frames[0]
    raise AssertionError("no frame was complete")


def moved(weights: dict[str, float]) -> dict[str, float]:
    return {name: round(weight, 3) for name, weight in weights.items() if weight}


def degrees(said: object) -> list[float]:
    return [float(angle) for angle in str(said).split(",")]


PASCAL = {
    "EyeBlinkLeft": LID,
    **{"EyeLookInLeft": ACROSS, "EyeLookOutRight": ACROSS},
    **{"EyeLookDownLeft": DOWN, "EyeLookDownRight": DOWN},
}
CAMEL = {name[0].lower() + name[1:]: weight for name, weight in PASCAL.items()}


def test_vmc_has_lids_and_gaze_as_shapes_and_head_and_eyes_as_bones() -> None:
    assert moved(received("vmc").weights) == PASCAL
    about = received("vmc", bones=True, gaze=True).about
    angles = {
        bone: [np.degrees(about[f"{bone}{axis}"]) for axis in ("Yaw", "Pitch", "Roll")]
        for bone in ("Head", "LeftEye", "RightEye")
    }
    assert angles["Head"] == pytest.approx([YAW, PITCH, ROLL], abs=1e-4)
    assert angles["LeftEye"] == angles["RightEye"]
    assert angles["LeftEye"] == pytest.approx([EYE_YAW, EYE_PITCH, 0.0], abs=1e-4)
    x, y, z = (float(about[f"Gaze{axis}"]) for axis in "XYZ")
    assert (x > 0.2, y < -0.1, z > 0.9) == (True, True, True)  # Unity's x is to its own right


@pytest.mark.parametrize(
    ("names", "wink", "right", "down"),
    [("vrm0", "Blink_L", "LookRight", "LookDown"), ("vrm1", "blinkLeft", "lookRight", "lookDown")],
)
def test_vmc_has_lids_and_gaze_as_presets(names: str, wink: str, right: str, down: str) -> None:
    assert moved(received("vmc", names=names).weights) == {wink: LID, right: ACROSS, down: DOWN}


def test_live_link_has_everything_in_radians_as_the_app_sends_it() -> None:
    head, eye = np.radians([YAW, PITCH, ROLL]), np.radians([EYE_YAW, EYE_PITCH])
    assert moved(received("livelink").weights) == {
        **PASCAL,
        **{"HeadYaw": round(head[0], 3), "HeadPitch": round(head[1], 3)},
        "HeadRoll": round(head[2], 3),
        **{f"{side}EyeYaw": round(eye[0], 3) for side in ("Left", "Right")},
        **{f"{side}EyePitch": round(eye[1], 3) for side in ("Left", "Right")},
    }


def test_vrchat_has_lids_gaze_and_head_as_parameters() -> None:
    weights = received("vrchat").weights
    assert [weights[f"EyeClosed{side}"] for side in ("Left", "Right", "")] == [LID, 0.0, LID / 2]
    assert [weights[f"EyeLid{side}"] for side in ("Left", "Right")] == [0.75 * (1 - LID), 0.75]
    # X is positive to the face's own right, Y upwards.
    for eye in ("Left", "Right", ""):
        assert (weights[f"Eye{eye}X"], weights[f"Eye{eye}Y"]) == (ACROSS, -DOWN)
    # The head is positive to the left, upwards and to the left shoulder, in radians.
    head = [weights[f"Head/{axis}"] for axis in ("Yaw", "Pitch", "Roll")]
    assert head == pytest.approx(np.radians([-YAW, -PITCH, -ROLL]), abs=1e-6)


def test_vrchats_own_eye_look_has_lids_and_gaze_in_degrees() -> None:
    about = received("vrchat", eye_look="native").about
    assert about["eyes_closed"] == LID / 2  # there is one value for both eyes
    for side in ("left", "right"):
        angles = [float(about[f"{side}_{axis}"]) for axis in ("yaw", "pitch")]
        assert angles == pytest.approx([EYE_YAW, EYE_PITCH], abs=1e-4)


@pytest.mark.parametrize("scheme", ["vts-phone", "meowface"])
def test_the_raw_phone_stream_has_angles_in_degrees(scheme: str) -> None:
    frame = received(scheme)
    shapes = PASCAL if scheme == "vts-phone" else CAMEL
    assert moved(frame.weights).items() >= shapes.items()
    # Of the head x is yaw and y is pitch, of the eyes x is pitch and y is yaw.
    assert degrees(frame.about["head"]) == [-YAW, PITCH, ROLL]
    assert degrees(frame.about["left"]) == degrees(frame.about["right"]) == [8.75, 17.5, 0.0]


def test_meowface_has_the_head_as_weights_too() -> None:
    weights = received("meowface").weights
    turned = {name: weight for name, weight in weights.items() if name.startswith("head")}
    assert moved(turned) == {
        "headRight": round(YAW / 45, 3),
        "headDown": round(PITCH / 45, 3),
        "headRollRight": round(ROLL / 45, 3),
    }


@pytest.mark.parametrize(
    "scheme", ["ifacialmocap", "ifacialmocap-phone", "facemotion3d", "facemotion3d-phone"]
)
def test_ifacialmocap_has_whole_percents_and_angles_in_degrees(scheme: str) -> None:
    frame = received(scheme)
    in_short = "mocap" in scheme
    assert moved(frame.weights) == {
        name.replace("Left", "_L").replace("Right", "_R") if in_short else name: weight
        for name, weight in CAMEL.items()
    }
    # rx is positive downwards, ry to the face's own left.
    assert degrees(frame.about["head"]) == [PITCH, -YAW, ROLL]
    assert degrees(frame.about["left"]) == degrees(frame.about["right"]) == [8.75, -17.5, 0.0]


def test_face_cap_has_shapes_and_angles_in_degrees() -> None:
    frame = received("facecap")
    assert moved(frame.weights) == CAMEL
    assert degrees(frame.about["head"]) == pytest.approx([PITCH, -YAW, ROLL], abs=1e-4)
    for eye in ("left", "right"):
        assert degrees(frame.about[eye]) == pytest.approx([EYE_PITCH, -EYE_YAW], abs=1e-4)


def test_plain_osc_has_lids_and_gaze_as_shapes() -> None:
    assert moved(received("osc").weights) == {
        f"/blendshape/{name}": weight for name, weight in CAMEL.items()
    }


def test_vtube_studios_default_inputs_blink_look_and_turn_on_the_screen() -> None:
    values = injected(InjectionEncoder(default_inputs(angles=True, mirror=False)))
    # X is positive to the right of the screen, which is the face's own left; Y is upwards.
    expected = {
        **{"FaceAngleX": -YAW, "FaceAngleY": -PITCH, "FaceAngleZ": -ROLL},
        **{"EyeOpenLeft": 1 - LID, "EyeOpenRight": 1.0},
        **{f"Eye{side}X": -ACROSS for side in ("Left", "Right")},
        **{f"Eye{side}Y": -DOWN for side in ("Left", "Right")},
    }
    assert values == pytest.approx(values | expected, abs=1e-3)


def test_vtube_studios_custom_parameters_blink_look_and_turn() -> None:
    values = injected(InjectionEncoder(custom_inputs("Affect", angles=True)))
    expected = {
        **{f"Affect{name}": weight for name, weight in PASCAL.items()},
        **{"AffectHeadYaw": YAW, "AffectHeadPitch": PITCH, "AffectHeadRoll": ROLL},
        **{f"Affect{side}EyeYaw": EYE_YAW for side in ("Left", "Right")},
        **{f"Affect{side}EyePitch": EYE_PITCH for side in ("Left", "Right")},
    }
    assert {name: value for name, value in values.items() if value} == pytest.approx(
        expected, abs=1e-3
    )


def test_vtube_studios_camera_keeps_the_head_unless_angles_are_set() -> None:
    for angles, leave, there in ((False, [], False), (True, [], True), (True, ["head"], False)):
        inputs = default_inputs(angles=angles, mirror=False, left=left_out(leave))
        assert ("FaceAngleX" in {one.name for one in inputs}) == there


def injected(made: InjectionEncoder) -> dict[str, float]:
    return {one["id"]: one["value"] for one in json.loads(f"[{made.encode(living_face())}]")}


@pytest.mark.parametrize("payload", ["json", "binary"])
def test_a_payload_has_lids_and_gaze_as_shapes_and_in_json_the_head(payload: str) -> None:
    [data] = encoder(payload, "main").encode(living_face())
    [frame] = FacePayloadDecoder().feed(bytes(data))
    assert moved(frame.weights) == CAMEL
    if payload == "json":
        angles = [frame.about[f"head_{axis}"] for axis in ("yaw", "pitch", "roll")]
        assert angles == [YAW, PITCH, ROLL]
