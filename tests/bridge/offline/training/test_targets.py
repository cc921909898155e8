from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bridge.emotion.names import BASIC_EMOTIONS, emotion_to_vad, is_emotion
from bridge.offline.training.targets import (
    SOURCES,
    Target,
    TargetsError,
    full_face,
    read_targets,
    shipped_targets,
)
from protocols.arkit import BLENDSHAPES

Write = Callable[[str], Path]

# The words that a chatbot's vocabulary needs beyond the eight.
NAMED = {
    *("love", "admiration", "amusement", "pride", "gratitude", "tenderness", "approval"),
    *("desire", "excitement", "optimism", "relief", "curiosity", "realization", "awe"),
    *("confusion", "embarrassment", "guilt", "remorse", "disappointment", "annoyance"),
    *("disapproval", "nervousness", "boredom", "sleepiness", "determination"),
}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str) -> Path:
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def shown(face: np.ndarray) -> dict[str, float]:
    return {n: float(w) for n, w in zip(BLENDSHAPES, face, strict=True) if w}


def test_a_word_has_its_point_its_face_and_the_sources_of_its_weights(write: Write) -> None:
    file = write("""
joy:
  point: [0.8, 0.6, 0.5]
  shapes:
    mouthSmile: [0.7, artists]
    jawOpen: 0.2
""")
    [joy] = read_targets(file)
    assert joy.word == "joy"
    assert joy.point == (0.8, 0.6, 0.5)
    assert shown(joy.face) == pytest.approx(
        {"mouthSmileLeft": 0.7, "mouthSmileRight": 0.7, "jawOpen": 0.2}
    )
    assert joy.sources == {"mouthSmile": "artists", "jawOpen": "judgement"}


def test_a_word_without_a_point_is_looked_up_and_another_word_can_stand_for_it(
    write: Write,
) -> None:
    file = write("""
curiosity: {shapes: {browOuterUp: .4}}
being in love: {point: in love, shapes: {mouthSmile: .6}}
""")
    curiosity, love = read_targets(file)
    assert curiosity.point == emotion_to_vad("curiosity")
    assert love.point == emotion_to_vad("in love")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", r"mine\.yaml: the file has no words"),
        ("- joy", r"mine\.yaml:1: expected settings"),
        ("joy: [", r"mine\.yaml:\d: not valid YAML"),
        (
            "joy:\n  shapes: {jawOpen: .1}\njoy:\n  shapes: {jawOpen: .2}",
            r":3: joy: is written twice",
        ),
        ("7: {shapes: {jawOpen: .1}}", r":1: 7: expected a word"),
        ("joy: .7", r":1: joy: expected `shapes:`"),
        ("joy:\n  face: {jawOpen: .1}", r":2: joy\.face: expected point or shapes"),
        ("joy:\n  point: [1, 0, 0]", r"joy\.shapes: expected at least one blendshape"),
        ("joy:\n  shapes: {}", r":2: joy\.shapes: expected at least one blendshape"),
        ("florp:\n  shapes: {jawOpen: .1}", r":1: florp: .*valence, arousal, dominance"),
        (
            "joy:\n  point: [1, 0]\n  shapes: {jawOpen: .1}",
            r":2: joy\.point: expected three numbers or a word",
        ),
        ("joy:\n  point: [1, 0, 1.2]\n  shapes: {jawOpen: .1}", r":2: joy\.point: .*from -1 to 1"),
        ("joy:\n  point: [.nan, 0, 1]\n  shapes: {jawOpen: .1}", r":2: joy\.point: .*from -1 to 1"),
        ("calm:\n  point: [0, 0, 0.01]\n  shapes: {jawOpen: .1}", r":2: .*too close to neutral"),
        (
            "joy:\n  shapes:\n    mouthSmil: .5",
            r":3: joy\.shapes\.mouthSmil: .*mean mouthSmile\?",
        ),
        ("joy:\n  shapes:\n    mouthSmileLeft: .5", r"same on both sides; write mouthSmile"),
        ("joy:\n  shapes:\n    jawLeft: .5", r"joy\.shapes\.jawLeft: .*same on both sides$"),
        ("joy:\n  shapes:\n    mouthSmile: 1.5", r":3: joy\.shapes\.mouthSmile: expected a weight"),
        ("joy:\n  shapes:\n    mouthSmile: 0", r"expected a weight above 0"),
        ("joy:\n  shapes:\n    mouthSmile: yes", r"expected a weight above 0"),
        ("joy:\n  shapes:\n    mouthSmile: [.5, photos]", r"'photos'; expected FACS, recordings"),
        (
            "joy:\n  shapes:\n    mouthSmile: .5\n    mouthFrown: .1",
            r":4: joy\.shapes\.mouthFrown: excludes mouthSmile",
        ),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(write: Write, text: str, told: str) -> None:
    with pytest.raises(TargetsError, match=told):
        read_targets(write(text))


def test_a_missing_file_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(TargetsError, match=r"none\.yaml: cannot be read"):
        read_targets(tmp_path / "none.yaml")


@pytest.fixture(scope="module")
def shipped() -> dict[str, Target]:
    return {target.word: target for target in shipped_targets()}


def test_the_basic_emotions_come_first_at_the_reference_points(shipped: dict[str, Target]) -> None:
    assert set(list(shipped)[:7]) == set(BASIC_EMOTIONS[1:])
    for emotion in BASIC_EMOTIONS[1:]:
        assert shipped[emotion].point == emotion_to_vad(emotion)


def test_a_word_has_its_face_where_the_bridge_sends_the_word(shipped: dict[str, Target]) -> None:
    elsewhere = {
        word
        for word, target in shipped.items()
        if is_emotion(word) and emotion_to_vad(word) != target.point
    }
    assert elsewhere == {"determination"}  # the bridge takes it for a mixture


def test_at_least_24_more_words_have_faces(shipped: dict[str, Target]) -> None:
    assert set(shipped) >= NAMED
    assert len(shipped) - 7 >= 24


def test_every_weight_has_a_source_and_nobody_calls_it_too_much(
    shipped: dict[str, Target],
) -> None:
    used = Counter(source for target in shipped.values() for source in target.sources.values())
    assert set(used) == set(SOURCES)
    assert max(float(target.face.max()) for target in shipped.values()) <= 0.8501


def test_left_equals_right_in_every_target(shipped: dict[str, Target]) -> None:
    for target in shipped.values():
        for left in (name for name in BLENDSHAPES if name.endswith("Left")):
            right = BLENDSHAPES.index(left.replace("Left", "Right"))
            assert target.face[BLENDSHAPES.index(left)] == target.face[right]


def weights(emotion: str) -> dict[str, float]:
    return {n.removesuffix("Left"): w for n, w in shown(full_face(emotion)).items()}


def test_the_basic_faces_are_those_that_people_and_artists_show() -> None:
    happiness, anger, fear = weights("happiness"), weights("anger"), weights("fear")
    assert min(happiness["mouthUpperUp"], happiness["mouthLowerDown"]) >= 0.2  # teeth
    assert "mouthPress" not in anger
    assert min(anger["mouthUpperUp"], anger["mouthLowerDown"], anger["jawForward"]) >= 0.25
    assert anger["jawOpen"] <= 0.25  # the teeth stay shut
    assert fear["browOuterUp"] <= 0.2 < 0.3 <= min(fear["jawOpen"], fear["mouthLowerDown"])
    assert weights("sadness")["eyeBlink"] >= 0.25
    assert not weights("disgust").keys() & {"jawOpen", "mouthLowerDown"}
    assert np.linalg.norm(full_face("contempt")) >= 0.7
    assert not full_face("neutral").any()


def test_full_faces_are_copies_that_nobody_shares() -> None:
    full_face("anger")[:] = 1
    assert full_face("anger").max() < 1
