import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.emotion.names import emotion_to_vad
from bridge.offline.training.blend import shipped_blend
from bridge.offline.training.corpus import (
    MEASURED_TERMS,
    Corpus,
    Variation,
    facs_corpus,
    mirrored,
    sample_points,
    vary,
)
from bridge.offline.training.targets import full_face, shipped_targets
from protocols.arkit import BLENDSHAPES

# The reference model's eight points.
POINTS = (
    (0.0, 0.0, 0.0),
    (0.80, 0.60, 0.50),
    (0.30, 0.90, 0.20),
    (-0.80, -0.40, -0.30),
    (-0.70, 0.80, 0.70),
    (-0.60, 0.30, 0.40),
    (-0.70, 0.80, -0.30),
    (-0.40, 0.30, 0.80),
)
SILENT_IN_EMO3D = (
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "jawForward",
    "noseSneerLeft",
    "noseSneerRight",
    "tongueOut",
)
LEFT = [i for i, name in enumerate(BLENDSHAPES) if name.endswith("Left")]
RIGHT = [BLENDSHAPES.index(BLENDSHAPES[i].replace("Left", "Right")) for i in LEFT]


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return facs_corpus(10_000, np.random.default_rng(0), shipped_blend(), Variation())


def random_faces(count: int) -> NDArray[np.float32]:
    return np.random.default_rng(0).uniform(0, 1, (count, 52)).astype(np.float32)


def test_training_points_fill_the_cube_and_crowd_around_the_basic_emotions() -> None:
    sampled = sample_points(4001, np.random.default_rng(0), shipped_blend())
    assert sampled.shape == (4001, 3)
    assert sampled.dtype == np.float32
    assert np.abs(sampled).max() <= 1.0
    for corner in np.stack(np.meshgrid(*[(-1, 1)] * 3), axis=-1).reshape(-1, 3):
        assert np.linalg.norm(sampled - corner, axis=1).min() < 0.4
    # a ball of radius .2 is .4 % of the cube
    for vad in POINTS:
        near = np.linalg.norm(sampled - np.array(vad), axis=1) < 0.2
        assert near.mean() > 0.01


def test_the_same_seed_draws_the_same_points() -> None:
    first, second = (
        sample_points(100, np.random.default_rng(7), shipped_blend()) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


def test_there_are_151_measured_terms_and_they_and_all_targets_are_learnt() -> None:
    assert len(MEASURED_TERMS) == 151
    sampled = sample_points(20_000, np.random.default_rng(0), shipped_blend())
    words = [(term.name, term.point) for term in MEASURED_TERMS]
    words += [(target.word, target.point) for target in shipped_targets()]
    for name, point in words:
        assert np.linalg.norm(sampled - np.array(point), axis=1).min() < 0.15, name


def test_a_corpus_has_as_many_faces_as_asked_for_and_only_weights(corpus: Corpus) -> None:
    assert len(corpus) == 10_000
    assert corpus.points.shape == (10_000, 3)
    assert corpus.faces.shape == (10_000, 52)
    assert corpus.faces.dtype == corpus.points.dtype == np.float32
    assert corpus.faces.min() >= 0.0
    assert corpus.faces.max() <= 1.0


def test_the_same_seed_makes_the_same_corpus() -> None:
    first, second = (
        facs_corpus(100, np.random.default_rng(3), shipped_blend(), Variation()) for _ in range(2)
    )
    np.testing.assert_array_equal(first.points, second.points)
    np.testing.assert_array_equal(first.faces, second.faces)


def test_without_variation_every_face_is_its_target() -> None:
    made = facs_corpus(500, np.random.default_rng(0), shipped_blend())
    np.testing.assert_array_equal(made.faces, shipped_blend().faces(made.points))


def test_left_and_right_differ_as_much_as_in_emo3d(corpus: Corpus) -> None:
    left, right = corpus.faces[:, LEFT], corpus.faces[:, RIGHT]
    taking_part = np.maximum(left, right) > 0.05
    assert np.abs(left - right)[taking_part].mean() == pytest.approx(0.14, abs=0.02)


def test_neither_side_is_preferred(corpus: Corpus) -> None:
    lean = (corpus.faces[:, LEFT] - corpus.faces[:, RIGHT]).mean(axis=0)
    assert np.abs(lean).max() < 0.01


@pytest.mark.parametrize(
    "emotion", ["happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"]
)
def test_people_differ_but_their_mean_face_is_the_target(emotion: str) -> None:
    faces = np.tile(full_face(emotion), (20_000, 1))
    varied = vary(faces, Variation(), np.random.default_rng(0))
    assert varied.std(axis=0)[faces[0] > 0].min() > 0.01
    np.testing.assert_allclose(varied.mean(axis=0), faces[0], atol=0.03)


def test_what_takes_no_part_stays_at_rest(corpus: Corpus) -> None:
    assert not corpus.faces[shipped_blend().faces(corpus.points) == 0].any()


def test_no_variation_at_all_leaves_a_face_as_it_is() -> None:
    faces = random_faces(20)
    still = vary(faces, Variation(0.0, 0.0, 0.0), np.random.default_rng(0))
    np.testing.assert_allclose(still, faces, atol=1e-6)


@pytest.mark.parametrize("shape", [name for name in SILENT_IN_EMO3D if name != "tongueOut"])
def test_the_channels_on_which_emo3d_is_silent_have_signal(corpus: Corpus, shape: str) -> None:
    weights = corpus.faces[:, BLENDSHAPES.index(shape)]
    assert weights.max() > 0.1
    assert (weights > 0.02).mean() > 0.01


def test_no_word_puts_the_tongue_out(corpus: Corpus) -> None:
    assert not corpus.faces[:, BLENDSHAPES.index("tongueOut")].any()


def test_mirroring_twice_gives_the_face_back() -> None:
    faces = random_faces(50)
    before = faces.copy()
    np.testing.assert_array_equal(mirrored(mirrored(faces)), faces)
    np.testing.assert_array_equal(faces, before)
    assert (mirrored(faces) != faces).any()


def test_a_mirror_swaps_partners_and_keeps_what_has_none() -> None:
    face = np.zeros((1, 52), np.float32)
    shown = {"mouthSmileLeft": 0.3, "jawRight": 0.2, "jawOpen": 0.6, "tongueOut": 0.1}
    for name, weight in shown.items():
        face[0, BLENDSHAPES.index(name)] = weight
    [seen] = mirrored(face)
    named = {name: weight for name, weight in zip(BLENDSHAPES, seen, strict=True) if weight}
    assert named == pytest.approx(
        {"mouthSmileRight": 0.3, "jawLeft": 0.2, "jawOpen": 0.6, "tongueOut": 0.1}
    )


def test_a_feeling_is_learnt_from_faint_to_full() -> None:
    made = facs_corpus(20_000, np.random.default_rng(0), shipped_blend())
    anger = np.array(emotion_to_vad("anger"))
    along = made.points @ anger / (anger @ anger)
    aside = np.linalg.norm(made.points - along[:, None] * anger, axis=1)
    near = along[(aside < 0.1) & (along > 0)]
    for faintest in np.arange(0, 1, 0.1):
        assert ((near >= faintest) & (near < faintest + 0.1)).any()
