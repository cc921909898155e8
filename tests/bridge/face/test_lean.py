"""The one-sided part of an emotion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.names import emotion_to_vad
from bridge.face.layer import Frame, PerStream
from bridge.face.lean import Lean, LeanSettings
from protocols.arkit import BLENDSHAPES, INDEX


def leaned(settings: LeanSettings, feeling, weight: float = 0.0) -> dict[str, float]:
    layer = Lean(PerStream(settings))
    layer.add_row("main")
    frame = Frame.of(1)
    frame.weights[:] = weight
    frame.feelings[0] = feeling
    layer.apply(frame)
    return dict(zip(BLENDSHAPES, frame.weights[0].tolist(), strict=True))


CONTEMPT = emotion_to_vad("contempt")


def test_contempt_sneers_on_one_side_alone():
    shown = leaned(LeanSettings({"contempt": 1.0}), CONTEMPT)
    assert shown["mouthSmileLeft"] == pytest.approx(0.35)
    assert shown["mouthDimpleLeft"] == pytest.approx(0.35)
    assert all(weight == 0.0 for name, weight in shown.items() if not name.endswith("Left"))
    other = leaned(LeanSettings({"contempt": 1.0}, "right"), CONTEMPT)
    assert other["mouthSmileRight"] == pytest.approx(0.35)
    assert other["mouthSmileLeft"] == 0.0


def test_it_shows_as_much_as_its_amount_and_the_feeling():
    half = leaned(LeanSettings({"contempt": 0.5}), CONTEMPT)["mouthSmileLeft"]
    weak = leaned(LeanSettings({"contempt": 1.0}), CONTEMPT.scaled(0.5))["mouthSmileLeft"]
    assert half == pytest.approx(0.175)
    assert weak == pytest.approx(0.175)


@pytest.mark.parametrize("other", ["neutral", "happiness", "sadness", "fear", "surprise"])
def test_other_feelings_do_not_lean(other):
    shown = leaned(LeanSettings({"contempt": 1.0}), emotion_to_vad(other), weight=0.25)
    assert set(shown.values()) == {0.25}


@given(st.tuples(*[st.floats(-1, 1)] * 3), st.floats(0, 1))
def test_weights_stay_within_0_and_1(feeling, weight):
    amounts = dict.fromkeys(("contempt", "disgust", "happiness", "smirk", "curious"), 1.0)
    shown = leaned(LeanSettings(amounts), feeling, weight)
    assert all(0.0 <= value <= 1.0 for value in shown.values())


def test_without_settings_a_face_stays_as_it_is_bit_for_bit():
    assert set(leaned(LeanSettings(), CONTEMPT, 0.3).values()) == {float(np.float32(0.3))}


def test_a_stream_of_its_own_leans_and_new_settings_count_at_once():
    layer = Lean(PerStream(LeanSettings(), {"alice": LeanSettings({"contempt": 1.0})}))
    for stream in ("main", "alice", "bob"):
        layer.add_row(stream)
    smile = INDEX["mouthSmileLeft"]

    def show(rows: int) -> list[float]:
        frame = Frame.of(rows)
        frame.feelings[:] = CONTEMPT
        layer.apply(frame)
        return frame.weights[:, smile].tolist()

    assert show(3) == pytest.approx([0.0, 0.35, 0.0])
    layer.remove_row(0)
    assert show(2) == pytest.approx([0.35, 0.0])
    layer.configure(PerStream(LeanSettings({"contempt": 0.5, "disgust": 1.0})))
    layer.add_row("carol")
    assert show(3) == pytest.approx([0.175] * 3, abs=0.01)
    layer.configure(PerStream(LeanSettings()))
    assert show(3) == [0.0] * 3
