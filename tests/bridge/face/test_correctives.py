"""Impossible faces are corrected, and every weight is a number from 0 to 1."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bridge.face.correctives import Correctives
from bridge.face.layer import Frame
from protocols.arkit import BLENDSHAPES, INDEX
from tests.bridge.face.stage import LEFT, RIGHT, bits

ANY = st.floats(width=32) | st.sampled_from([np.nan, np.inf, -np.inf, -0.0, 2.0])
WILD = arrays(np.float32, (2, 52), elements=ANY)
FACES = arrays(np.float32, (2, 52), elements=st.floats(0, 1, width=32))
TOGETHER = [("eyeWide", "eyeBlink"), ("mouthSmile", "mouthFrown")]


def corrected(weights: np.ndarray, *, on: bool = True) -> np.ndarray:
    layer, frame = Correctives(on=on), Frame.of(len(weights))
    for row in range(len(weights)):
        layer.add_rows([str(row)])
    frame.weights[:] = weights
    layer.apply(frame)
    return frame.weights


def face(**weights: float) -> dict[str, float]:
    one = np.zeros((1, 52), np.float32)
    for name, weight in weights.items():
        one[0, INDEX[name]] = weight
    return dict(zip(BLENDSHAPES, corrected(one)[0].tolist(), strict=True))


@pytest.mark.parametrize("on", [True, False])
@given(WILD)
def test_whatever_comes_in_numbers_from_0_to_1_go_out(on, weights):
    out = corrected(weights, on=on)
    assert np.all((out >= 0) & (out <= 1))


@given(WILD)
def test_what_is_no_number_is_0_and_does_not_spread_to_another_shape(weights):
    out = corrected(weights)
    assert not out[np.isnan(weights)].any()
    plain = corrected(np.where(np.isnan(weights), 0, weights))
    assert bits(out + 0.0) == bits(plain + 0.0)


@given(FACES)
def test_no_corrected_face_does_what_is_impossible(weights):
    out = corrected(weights)
    assert np.all(out[:, INDEX["mouthClose"]] <= out[:, INDEX["jawOpen"]] + 2e-6)
    for one, other in TOGETHER:
        for side in ("Left", "Right"):
            assert np.all(out[:, INDEX[one + side]] + out[:, INDEX[other + side]] <= 1 + 1e-6)


@given(FACES)
def test_only_shapes_that_compete_are_changed(weights):
    changed = {BLENDSHAPES[i] for i in np.flatnonzero((corrected(weights) != weights).any(axis=0))}
    allowed = ("mouthClose", "eyeWide", "mouthSmile", "mouthFrown")
    assert all(name.startswith(allowed) for name in changed)


@given(FACES)
def test_a_face_that_is_possible_stays_bit_for_bit(weights):
    possible = corrected(weights)
    possible[:, INDEX["mouthSmileLeft"]] *= 0.99  # the sum may have been rounded up
    possible[:, INDEX["mouthSmileRight"]] *= 0.99
    assert bits(corrected(possible)) == bits(possible)


@given(FACES)
def test_off_nothing_is_corrected(weights):
    assert bits(corrected(weights, on=False)) == bits(weights)


@given(FACES)
def test_a_face_alike_left_and_right_stays_so_bit_for_bit(weights):
    weights[:, RIGHT] = weights[:, LEFT]
    out = corrected(weights)
    assert bits(out[:, LEFT]) == bits(out[:, RIGHT])


def test_lips_close_no_further_than_the_jaw_is_open():
    assert face(mouthClose=0.5, jawOpen=0.2)["mouthClose"] == pytest.approx(0.2)
    assert face(mouthClose=0.5, jawOpen=0.6)["mouthClose"] == pytest.approx(0.5)


def test_wide_eyes_give_way_to_a_blink():
    found = face(eyeWideLeft=0.8, eyeBlinkLeft=0.5, eyeWideRight=0.8, eyeBlinkRight=1.0)
    assert (found["eyeWideLeft"], found["eyeBlinkLeft"]) == pytest.approx((0.5, 0.5))
    assert (found["eyeWideRight"], found["eyeBlinkRight"]) == pytest.approx((0.0, 1.0))


def test_a_smile_and_a_frown_share_what_a_mouth_can_do():
    found = face(mouthSmileLeft=0.9, mouthFrownLeft=0.3)
    assert found["mouthSmileLeft"] == pytest.approx(0.75)
    assert found["mouthFrownLeft"] == pytest.approx(0.25)


def test_a_bitter_smile_shows_both():
    found = face(mouthSmileLeft=0.4, mouthFrownLeft=0.33)
    assert (found["mouthSmileLeft"], found["mouthFrownLeft"]) == pytest.approx((0.4, 0.33))


def test_streams_come_and_go():
    layer = Correctives()
    for rows in (1, 2, 3, 2, 1, 0):
        while len(layer._sums) < rows:
            layer.add_rows(["any"])
        while len(layer._sums) > rows:
            layer.remove_rows([0])
        frame = Frame.of(rows)
        frame.weights[:] = 2.0
        layer.apply(frame)
        assert np.all(frame.weights <= 1)
