"""Unified Expressions against a table and formulas typed again from their documentation."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from protocols.vrchat.unified_expressions import PARAMETERS, SIGNED, UnifiedExpressions

# docs.vrcft.io, "ARKit": a shape of ARKit, and what it is in Unified Expressions.
_TABLE = """
eyeBlinkLeft EyeClosedLeft
eyeBlinkRight EyeClosedRight
eyeSquintLeft EyeSquintLeft
eyeSquintRight EyeSquintRight
eyeWideLeft EyeWideLeft
eyeWideRight EyeWideRight
browInnerUp BrowInnerUpLeft BrowInnerUpRight
browDownLeft BrowLowererLeft BrowPinchLeft
browDownRight BrowLowererRight BrowPinchRight
browOuterUpLeft BrowOuterUpLeft
browOuterUpRight BrowOuterUpRight
cheekSquintLeft CheekSquintLeft
cheekSquintRight CheekSquintRight
cheekPuff CheekPuffLeft CheekPuffRight
noseSneerLeft NoseSneerLeft
noseSneerRight NoseSneerRight
jawOpen JawOpen
jawLeft JawLeft
jawRight JawRight
jawForward JawForward
mouthClose MouthClosed
mouthFunnel LipFunnelUpperLeft LipFunnelUpperRight LipFunnelLowerLeft LipFunnelLowerRight
mouthPucker LipPuckerUpperLeft LipPuckerUpperRight LipPuckerLowerLeft LipPuckerLowerRight
mouthLeft MouthUpperLeft MouthLowerLeft
mouthRight MouthUpperRight MouthLowerRight
mouthSmileLeft MouthCornerPullLeft MouthCornerSlantLeft
mouthSmileRight MouthCornerPullRight MouthCornerSlantRight
mouthFrownLeft MouthFrownLeft
mouthFrownRight MouthFrownRight
mouthDimpleLeft MouthDimpleLeft
mouthDimpleRight MouthDimpleRight
mouthPressLeft MouthPressLeft
mouthPressRight MouthPressRight
mouthStretchLeft MouthStretchLeft
mouthStretchRight MouthStretchRight
mouthLowerDownLeft MouthLowerDownLeft
mouthLowerDownRight MouthLowerDownRight
mouthUpperUpLeft MouthUpperUpLeft MouthUpperDeepenLeft
mouthUpperUpRight MouthUpperUpRight MouthUpperDeepenRight
mouthRollUpper LipSuckUpperLeft LipSuckUpperRight
mouthRollLower LipSuckLowerLeft LipSuckLowerRight
mouthShrugUpper MouthRaiserUpper
mouthShrugLower MouthRaiserLower
tongueOut TongueOut
"""

_MEANS = """
EyeOpen EyeClosed EyeLid BrowUp BrowDown BrowInnerUp BrowOuterUp BrowExpression CheekSquint
CheekPuffSuck MouthUpperUp MouthLowerDown MouthStretch MouthPress MouthDimple NoseSneer
MouthTightenerStretch MouthCornerY SmileFrown SmileSad LipSuckFunnelUpper LipSuckFunnelLower
"""


def _mean(*numbers: float) -> float:
    return sum(numbers) / len(numbers)


def typed_again(arkit: Mapping[str, float]) -> dict[str, float]:
    """Every parameter, by the formulas of VRCFaceTracking in plain arithmetic."""
    u = {
        unified: arkit[line.split()[0]]
        for line in _TABLE.strip().splitlines()
        for unified in line.split()[1:]
    }
    base = dict(u)
    u["EyeLeftX"] = arkit["eyeLookInLeft"] - arkit["eyeLookOutLeft"]
    u["EyeRightX"] = arkit["eyeLookOutRight"] - arkit["eyeLookInRight"]
    u["EyeX"] = _mean(u["EyeLeftX"], u["EyeRightX"])
    for s in ("Left", "Right"):
        u[f"Eye{s}Y"] = arkit[f"eyeLookUp{s}"] - arkit[f"eyeLookDown{s}"]
        u[f"EyeOpen{s}"] = 1 - base[f"EyeClosed{s}"]
        u[f"EyeLid{s}"] = u[f"EyeOpen{s}"] * 0.75 + base[f"EyeWide{s}"] * 0.25
        u[f"BrowUp{s}"] = base[f"BrowOuterUp{s}"] * 0.60 + base[f"BrowInnerUp{s}"] * 0.40
        u[f"BrowDown{s}"] = base[f"BrowLowerer{s}"] * 0.75 + base[f"BrowPinch{s}"] * 0.25
        u[f"MouthSmile{s}"] = base[f"MouthCornerPull{s}"] * 0.8 + base[f"MouthCornerSlant{s}"] * 0.2
        u[f"MouthSad{s}"] = max(base[f"MouthFrown{s}"], base[f"MouthStretch{s}"])
        up = base[f"BrowInnerUp{s}"] * 0.5 + base[f"BrowOuterUp{s}"] * 0.5
        u[f"BrowExpression{s}"] = min(1, up) - u[f"BrowDown{s}"]
        u[f"CheekPuffSuck{s}"] = base[f"CheekPuff{s}"]  # CheekSuck is 0
        u[f"LipPucker{s}"] = _mean(base[f"LipPuckerUpper{s}"], base[f"LipPuckerLower{s}"])
        for lip in ("Upper", "Lower"):
            u[f"LipSuckFunnel{lip}{s}"] = base[f"LipSuck{lip}{s}"] - base[f"LipFunnel{lip}{s}"]
        u[f"MouthTightenerStretch{s}"] = -base[f"MouthStretch{s}"]  # MouthTightener is 0
        u[f"MouthCornerY{s}"] = base[f"MouthCornerSlant{s}"] - base[f"MouthFrown{s}"]
        u[f"SmileFrown{s}"] = u[f"MouthSmile{s}"] - base[f"MouthFrown{s}"]
        u[f"SmileSad{s}"] = u[f"MouthSmile{s}"] - u[f"MouthSad{s}"]
    u["EyeY"] = _mean(u["EyeLeftY"], u["EyeRightY"])
    u["EyeWide"] = max(base["EyeWideLeft"], base["EyeWideRight"])
    u["EyeSquint"] = u["EyesSquint"] = max(base["EyeSquintLeft"], base["EyeSquintRight"])
    for name in _MEANS.split():
        u[name] = _mean(u[f"{name}Left"], u[f"{name}Right"])
    for lips in ("LipSuck", "LipFunnel", "LipPucker"):
        for lip in ("Upper", "Lower"):
            u[lips + lip] = _mean(base[f"{lips}{lip}Left"], base[f"{lips}{lip}Right"])
        u[lips] = _mean(u[f"{lips}Upper"], u[f"{lips}Lower"])
    u["MouthOpen"] = 0.25 * (
        base["MouthUpperUpLeft"]
        + base["MouthUpperUpRight"]
        + base["MouthLowerDownLeft"]
        + base["MouthLowerDownRight"]
    )
    u["JawX"] = base["JawRight"] - base["JawLeft"]
    u["JawZ"] = base["JawForward"]  # JawBackward is 0
    u["MouthUpperX"] = base["MouthUpperRight"] - base["MouthUpperLeft"]
    u["MouthLowerX"] = base["MouthLowerRight"] - base["MouthLowerLeft"]
    u["MouthX"] = _mean(base["MouthUpperRight"], base["MouthLowerRight"]) - _mean(
        base["MouthUpperLeft"], base["MouthLowerLeft"]
    )
    return u


weights_of_a_face = arrays(np.float32, 52, elements=st.floats(0, 1, width=32))


@settings(deadline=None)
@given(weights=weights_of_a_face)
def test_every_parameter_is_what_the_documentation_makes_of_the_52(
    reference_order: list[str], weights: np.ndarray
) -> None:
    expected = typed_again(dict(zip(reference_order, weights.tolist(), strict=True)))
    expressions = UnifiedExpressions()
    expressions.show(weights)
    found = dict(zip(PARAMETERS, expressions.values.tolist(), strict=True))
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected, abs=1e-6)


@settings(deadline=None)
@given(weights=weights_of_a_face)
def test_parameters_without_a_sign_are_never_negative_and_none_leaves_its_range(
    weights: np.ndarray,
) -> None:
    expressions = UnifiedExpressions()
    expressions.show(weights)
    for name, value in zip(PARAMETERS, expressions.values.tolist(), strict=True):
        assert (-1.000001 if name in SIGNED else 0) <= value <= 1.000001, name


@pytest.mark.parametrize("name", sorted(SIGNED))
def test_a_parameter_with_a_sign_can_be_negative(name: str) -> None:
    expressions = UnifiedExpressions()
    least = 0.0
    for shape in range(52):
        weights = np.zeros(52, np.float32)
        weights[shape] = 1.0
        expressions.show(weights)
        least = min(least, float(expressions.values[PARAMETERS.index(name)]))
    assert least < 0


def test_a_neutral_face_has_open_eyes_and_zeros() -> None:
    expressions = UnifiedExpressions()
    expressions.show(np.zeros(52, np.float32))
    moved = {n: v for n, v in zip(PARAMETERS, expressions.values.tolist(), strict=True) if v}
    sides = ("", "Left", "Right")
    assert moved == {f"EyeOpen{s}": 1.0 for s in sides} | {f"EyeLid{s}": 0.75 for s in sides}
