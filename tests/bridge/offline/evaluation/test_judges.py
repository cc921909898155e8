from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.emotion.names import BASIC_EMOTIONS, emotion_to_vad
from bridge.model.engine import Engine
from bridge.offline.evaluation.judges import agreement, separation, words
from bridge.offline.training.targets import full_face
from protocols.arkit import BLENDSHAPES

Floats = NDArray[np.float32]
Known = Callable[[Callable[[Floats], Floats]], Engine]

EMOTIONS = tuple(BASIC_EMOTIONS)
POINTS = np.array([emotion_to_vad(emotion) for emotion in EMOTIONS])


def nearest(faces: Floats) -> Callable[[Floats], Floats]:
    """At every point the face of the nearest basic emotion."""
    return lambda asked: faces[np.linalg.norm(asked[:, None] - POINTS, axis=2).argmin(axis=1)]


def faces_of(**shapes: dict[str, float]) -> Floats:
    faces = np.zeros((len(EMOTIONS), 52), np.float32)
    for emotion, weights in shapes.items():
        for name, weight in weights.items():
            faces[EMOTIONS.index(emotion), BLENDSHAPES.index(name)] = weight
    return faces


def test_a_still_face_agrees_only_where_nothing_was_seen(known: Known) -> None:
    found = agreement(known(nearest(faces_of())))
    # anger without pressed lips, disgust with a shut mouth, brows that fear hardly raises outside
    assert {(e, s) for e, s, *_ in found.misses}.isdisjoint(
        {("anger", "mouthPressLeft"), ("disgust", "jawOpen"), ("fear", "browOuterUpLeft")}
    )
    assert found.share == pytest.approx(1 - len(found.misses) / 25)
    assert found.share < 0.3
    assert found.mean_gap > 0.15
    assert found.spread > 0.1


def test_what_was_seen_agrees_with_itself_and_a_little_beside_it(known: Known) -> None:
    before = agreement(known(nearest(faces_of())))
    for added, agrees in ((0.0, True), (0.09, True), (0.12, False)):
        shown = faces_of(anger={"jawOpen": 0.25 + added})
        found = agreement(known(nearest(shown)))
        assert (found.share > before.share) == agrees
        missed = {(e, s): weight for e, s, _, _, weight in found.misses}
        assert (("anger", "jawOpen") not in missed) == agrees
        if not agrees:
            assert missed["anger", "jawOpen"] == pytest.approx(0.37)


def test_only_shapes_that_every_receiver_has_keep_emotions_apart(known: Known) -> None:
    shown = faces_of(
        happiness={"mouthSmileLeft": 0.9},
        surprise={"jawOpen": 0.9},
        sadness={"browInnerUp": 0.9},
        anger={"browDownLeft": 0.9, "noseSneerLeft": 0.1},
        disgust={"browDownLeft": 0.8, "noseSneerLeft": 0.9, "cheekPuff": 0.9, "tongueOut": 0.5},
        fear={"eyeWideLeft": 0.9},
        contempt={"mouthDimpleLeft": 0.9},
    )
    found = separation(known(nearest(shown)))
    assert found.smallest_of == ("anger", "disgust")
    assert found.smallest == pytest.approx(0.1, abs=1e-6)
    assert found.mean > 0.9


def test_an_emotion_that_looks_neutral_is_not_apart(known: Known) -> None:
    shown = np.stack([full_face(emotion) for emotion in EMOTIONS])
    shown[EMOTIONS.index("contempt")] *= 0.1
    found = separation(known(nearest(shown)))
    assert found.smallest_of == ("neutral", "contempt")
    assert found.smallest < 0.2


def test_words_are_read_by_the_families_that_other_people_made(known: Known) -> None:
    happy = words(known(lambda points: np.tile(full_face("happiness"), (len(points), 1))))
    assert happy.goemotions == pytest.approx(12 / 28)
    assert happy.goemotions_faces == 1
    assert ("remorse", "sadness", "happiness") in happy.goemotions_misses
    assert happy.sorted_by_people == pytest.approx(13 / happy.sorted_by_people_count)
    assert ("guilty", "sadness", "happiness") in happy.sorted_by_people_misses


def test_a_family_of_several_emotions_takes_each_of_them(known: Known) -> None:
    for emotion in ("anger", "disgust", "contempt"):
        face = full_face(emotion)
        found = words(known(lambda points, face=face: np.tile(face, (len(points), 1))))
        assert found.sorted_by_people == pytest.approx(11 / found.sorted_by_people_count)


def test_words_at_nearly_one_point_are_listed_as_alike(perfect: Engine) -> None:
    found = words(perfect)
    assert ("confusion", "guilt") in found.alike
    assert not any({"happiness", "anger"} & set(pair) for pair in found.alike)
    assert found.goemotions_faces > 20
