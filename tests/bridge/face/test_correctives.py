"""What cannot be at once is kept apart; the limits hold whatever came before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.face.correctives import Correctives
from bridge.face.layer import Frame
from protocols.arkit import BLENDSHAPES, INDEX, PAIRS

WEIGHTS = st.lists(st.floats(0, 1, width=32), min_size=52, max_size=52)


def corrected(on: bool = True, **weights: float) -> dict[str, float]:
    frame = Frame.of(1)
    for name, weight in weights.items():
        frame.weights[0, INDEX[name]] = weight
    Correctives(on).apply(frame)
    return dict(zip(BLENDSHAPES, frame.weights[0].tolist(), strict=True))


@given(WEIGHTS)
def test_what_cannot_be_at_once_is_kept_apart_on_any_face(weights):
    frame = Frame.of(1)
    frame.weights[:] = weights
    Correctives().apply(frame)
    shown = frame.weights[0]
    assert np.all((shown >= 0) & (shown <= 1))
    assert shown[INDEX["mouthClose"]] <= shown[INDEX["jawOpen"]]
    for side in ("Left", "Right"):
        assert shown[INDEX[f"eyeWide{side}"]] + shown[INDEX[f"eyeBlink{side}"]] <= 1 + 1e-6
        smile, frown = shown[INDEX[f"mouthSmile{side}"]], shown[INDEX[f"mouthFrown{side}"]]
        assert smile + frown <= 1.0 + 1e-6 or min(smile, frown) <= 0.5 + 1e-6


@given(WEIGHTS)
def test_a_symmetric_face_stays_symmetric_bit_for_bit(weights):
    frame = Frame.of(1)
    frame.weights[:] = weights
    for left, right in PAIRS:
        frame.weights[0, right] = frame.weights[0, left]
    Correctives().apply(frame)
    bits = frame.weights[0].view(np.uint32)
    assert all(bits[left] == bits[right] for left, right in PAIRS)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.001, 0.02))
def test_a_small_change_makes_a_small_change(smile, frown, step):
    before = corrected(mouthSmileLeft=smile, mouthFrownLeft=frown)
    after = corrected(mouthSmileLeft=min(1.0, smile + step), mouthFrownLeft=frown)
    for name in ("mouthSmileLeft", "mouthFrownLeft"):
        assert abs(after[name] - before[name]) <= 1.5 * step + 1e-6


def test_smile_and_frown_of_a_mixture_both_show():
    shown = corrected(mouthSmileLeft=0.4, mouthFrownLeft=0.3)
    assert shown["mouthSmileLeft"] > 0.25
    assert shown["mouthFrownLeft"] > 0.2


def test_a_smile_alone_stays_as_it_is():
    assert corrected(mouthSmileLeft=0.8)["mouthSmileLeft"] == np.float32(0.8)


def test_off_changes_nothing_but_the_limits():
    shown = corrected(False, mouthClose=0.5, eyeWideLeft=1.0, eyeBlinkLeft=1.0)
    assert (shown["mouthClose"], shown["eyeWideLeft"]) == (0.5, 1.0)


@pytest.mark.parametrize("nonsense", [np.nan, np.inf, -np.inf, 7.0, -1.0])
def test_a_weight_without_sense_becomes_one_within_the_limits(nonsense):
    frame = Frame.of(1)
    frame.weights[:] = 0.5
    frame.weights[0, INDEX["jawOpen"]] = nonsense
    Correctives(on=False).apply(frame)
    assert 0.0 <= frame.weights[0, INDEX["jawOpen"]] <= 1.0
    assert np.count_nonzero(frame.weights == 0.5) == 51
