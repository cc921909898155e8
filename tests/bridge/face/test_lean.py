"""One side of the face does more, if it is told to."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.emotion.names import BASIC_EMOTIONS, emotion_to_vad
from bridge.face.layer import PerStream
from bridge.face.lean import PARTS, Lean, LeanSettings
from protocols.arkit import BLENDSHAPES, INDEX
from tests.bridge.face.stage import LEFT, RIGHT, Stage, bits

FACES = st.dictionaries(st.sampled_from(BLENDSHAPES), st.floats(0, 1, width=32))
FEELINGS = st.tuples(*[st.floats(-1, 1)] * 3)


def lean(side="left", **amounts) -> Lean:
    return Lean(PerStream(LeanSettings(amounts, side)))


def shown(layer: Lean, feeling, **face) -> dict[str, float]:
    """What a frame shows of the shapes that are not 0."""
    stage = Stage(layer, **face)
    stage.frame.feelings[:] = emotion_to_vad(feeling) if isinstance(feeling, str) else feeling
    weights = stage.play(1 / 60)[0, 0]
    return {name: float(w) for name, w in zip(BLENDSHAPES, weights, strict=True) if w}


@given(FACES, FEELINGS)
def test_without_amounts_every_bit_of_the_face_stays(face, feeling):
    stage = Stage(Lean(PerStream(LeanSettings())), **face)
    stage.frame.feelings[:] = feeling
    assert bits(stage.play(0.1)[-1]) == bits(stage.face)


@given(FACES)
def test_a_neutral_face_never_leans(face):
    stage = Stage(lean(**dict.fromkeys(PARTS, 1.0)), **face)
    assert bits(stage.play(0.1)[-1]) == bits(stage.face)


@pytest.mark.parametrize("emotion", PARTS)
@pytest.mark.parametrize(("side", "other"), [("left", "Right"), ("right", "Left")])
def test_an_emotion_at_its_point_shows_its_part_on_one_side_alone(emotion, side, other):
    found = shown(lean(side, **{emotion: 1.0}), emotion)
    assert sorted(found.values()) == pytest.approx(sorted(PARTS[emotion].values()), abs=1e-6)
    assert not any(name.endswith(other) for name in found)


def test_the_part_grows_with_the_intensity_and_the_amount():
    point = emotion_to_vad("contempt")
    full = shown(lean(contempt=1.0), point)["mouthSmileLeft"]
    assert shown(lean(contempt=1.0), point.scaled(0.5))["mouthSmileLeft"] == pytest.approx(full / 2)
    assert shown(lean(contempt=0.4), point)["mouthSmileLeft"] == pytest.approx(full * 0.4)


@pytest.mark.parametrize(("leans", "felt"), list(itertools.permutations(PARTS, 2)))
def test_another_emotion_does_not_lean(leans, felt):
    assert max(shown(lean(**{leans: 1.0}), felt).values(), default=0.0) < 0.02


def test_an_emotion_without_a_part_of_its_own_has_that_of_the_nearest():
    found = shown(lean(smirk=1.0), "smirk")
    assert found.keys() == {f"{shape}Left" for shape in PARTS["happiness"]}
    assert found["mouthSmileLeft"] == pytest.approx(PARTS["happiness"]["mouthSmile"])


@pytest.mark.parametrize("emotion", ["neutral", "happiness+sadness"])
def test_a_name_without_a_direction_does_nothing(emotion):
    assert all(shown(lean(**{emotion: 1.0}), felt) == {} for felt in ("neutral", "anger"))


def test_what_the_emotion_shows_on_both_sides_stays():
    found = shown(lean(contempt=1.0), "contempt", mouthDimpleLeft=0.25, mouthDimpleRight=0.25)
    assert found["mouthDimpleRight"] == 0.25
    assert found["mouthDimpleLeft"] == pytest.approx(0.25 + 0.75 * 0.35)


@given(FACES, FEELINGS, st.sampled_from(["left", "right"]))
def test_weights_stay_within_bounds(face, feeling, side):
    stage = Stage(lean(side, **dict.fromkeys(PARTS, 1.0)), **face)
    stage.frame.feelings[:] = feeling
    stage.play(0.1)  # which checks them


@pytest.mark.parametrize("emotion", BASIC_EMOTIONS)
def test_a_feeling_on_its_way_leans_without_jumps(emotion):
    stage = Stage(lean(**dict.fromkeys(PARTS, 1.0)))
    steps = []
    for part in np.linspace(0, 1, 200):
        stage.frame.feelings[:] = emotion_to_vad(emotion, float(part))
        steps.append(stage.play(1 / 60)[0, 0])
    assert np.abs(np.diff(steps, axis=0)).max() < 0.01


def test_each_stream_leans_by_its_own_settings_whatever_comes_and_goes():
    own = {"alice": LeanSettings({"contempt": 1.0}), "bob": LeanSettings({"anger": 0.5}, "right")}
    stage = Stage(Lean(PerStream(LeanSettings(), own)), streams=("main", "alice"))

    def leaning(feeling: str) -> list[str]:
        """What each stream does more of: the left, the right, or nothing."""
        stage.frame.feelings[:] = emotion_to_vad(feeling)
        shown = stage.play(1 / 60)[0]
        return ["left" if row[LEFT].any() else "right" if row[RIGHT].any() else "" for row in shown]

    assert leaning("contempt") == ["", "left"]
    stage.add("bob")
    assert leaning("contempt") == ["", "left", ""]
    assert leaning("anger") == ["", "", "right"]
    stage.remove(1)
    assert leaning("anger") == ["", "right"]
    stage.remove(1)
    assert leaning("anger") == [""]


def test_new_settings_count_from_the_next_frame_on():
    layer = lean(contempt=1.0)
    stage = Stage(layer)
    stage.frame.feelings[:] = emotion_to_vad("contempt")
    assert stage.play(1 / 60)[0, 0, INDEX["mouthSmileLeft"]] > 0.3
    layer.configure(PerStream(LeanSettings({"contempt": 1.0}, "right")))
    after = stage.play(1 / 60)[0, 0]
    assert after[INDEX["mouthSmileLeft"]] == 0.0
    assert after[INDEX["mouthSmileRight"]] > 0.3


def test_no_stream_is_no_mistake():
    Stage(lean(contempt=1.0), streams=()).layers[0].apply(Stage(streams=()).frame)
