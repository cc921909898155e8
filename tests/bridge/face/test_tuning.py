"""Gain, offset and limits: of one shape, of a group, of a style."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.face.layer import Frame, PerStream
from bridge.face.tuning import ShapeTuning, Tuning, TuningSettings
from protocols.arkit import BLENDSHAPES, GROUPS, INDEX
from tests.bridge.face.stage import Stage

WEIGHTS = st.lists(st.floats(0, 1, width=32), min_size=52, max_size=52)


def tuned(settings: TuningSettings, weights) -> dict[str, float]:
    layer = Tuning(PerStream(settings))
    layer.add_rows(["main"])
    frame = Frame.of(1)
    frame.weights[:] = weights
    layer.apply(frame)
    return dict(zip(BLENDSHAPES, frame.weights[0].tolist(), strict=True))


@given(WEIGHTS)
def test_without_settings_a_face_stays_as_it_is_bit_for_bit(weights):
    expected = np.array(weights, np.float32).tolist()
    assert list(tuned(TuningSettings(), weights).values()) == expected


@given(
    WEIGHTS,
    st.builds(ShapeTuning, st.floats(-4, 4), st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1)),
    st.sampled_from(["natural", "stage"]),
)
def test_every_weight_stays_within_its_limits(weights, shape, style):
    settings = TuningSettings(style=style, strength=2.0, shapes={"mouth": shape})
    result = tuned(settings, weights)
    assert all(0.0 <= weight <= 1.0 for weight in result.values())
    for name in GROUPS["mouth"]:
        assert shape.minimum - 1e-6 <= result[name] <= max(shape.minimum, shape.maximum) + 1e-6


def test_a_shape_s_own_setting_wins_over_its_group_s():
    shapes = {"mouth": ShapeTuning(gain=0.5), "mouthPucker": ShapeTuning(gain=0.0, offset=0.2)}
    result = tuned(TuningSettings(shapes=shapes), 0.4)
    assert result["mouthPucker"] == pytest.approx(0.2)
    assert result["mouthSmileLeft"] == pytest.approx(0.2)
    assert result["browInnerUp"] == pytest.approx(0.4)


def test_upper_and_lower_face_are_scaled_apart():
    result = tuned(TuningSettings(upper=0.5, lower=1.5), 0.4)
    for name in ("browInnerUp", "eyeBlinkLeft"):
        assert result[name] == pytest.approx(0.2)
    for name in ("mouthSmileLeft", "jawOpen", "cheekPuff", "noseSneerLeft", "tongueOut"):
        assert result[name] == pytest.approx(0.6)


def test_the_stage_style_shows_more_of_every_part_of_the_face_than_the_natural_one():
    stage = tuned(TuningSettings(style="stage"), 0.4)
    assert all(weight > 0.45 for weight in stage.values())


def test_a_stream_is_tuned_by_its_own_settings_and_by_new_ones_at_once():
    layer = Tuning(PerStream(TuningSettings(), {"alice": TuningSettings(strength=0.5)}))
    layer.add_rows(["main"])
    layer.add_rows(["alice"])
    frame = Frame.of(2)
    frame.weights[:] = 0.4
    layer.apply(frame)
    assert frame.weights[:, INDEX["jawOpen"]].tolist() == pytest.approx([0.4, 0.2])
    layer.configure(PerStream(TuningSettings(strength=2.0)))
    frame.weights[:] = 0.4
    layer.apply(frame)
    assert frame.weights[:, INDEX["jawOpen"]].tolist() == pytest.approx([0.8, 0.8])
    layer.configure(PerStream(TuningSettings()))
    layer.remove_rows([0])
    frame = Frame.of(1)
    frame.weights[:] = 0.3
    layer.apply(frame)
    assert frame.weights.max() == np.float32(0.3)


def test_streams_that_enter_a_state_have_its_tuning_and_leave_it_again():
    shut = TuningSettings(shapes={"eyeBlinkLeft": ShapeTuning(minimum=1.0)})
    states = {"asleep": PerStream(shut)}
    layer = Tuning(PerStream(TuningSettings(), states=states))
    stage = Stage(layer, streams=("alice", "bob"))
    lid = INDEX["eyeBlinkLeft"]
    for row in (0, 1):
        layer.enter(row, "asleep", stage.frame)
    assert stage.step().weights[:, lid].tolist() == [1.0, 1.0]
    layer.enter(0, "", stage.frame)
    assert stage.step().weights[:, lid].tolist() == [0.0, 1.0]
    layer.configure(PerStream(TuningSettings()))
    assert stage.step().weights[:, lid].tolist() == [0.0, 0.0]
