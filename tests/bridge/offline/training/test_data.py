import csv
from pathlib import Path

import numpy as np
import pytest

from bridge.offline.training.blend import shipped_blend
from bridge.offline.training.corpus import Corpus, Variation, facs_corpus
from bridge.offline.training.data import DataError, Generated, load_data
from bridge.offline.training.emo3d import Emo3dError, Reading
from protocols.arkit import BLENDSHAPES

EMOTIONS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
SILENT = [
    BLENDSHAPES.index(name)
    for name in (
        "cheekPuff",
        "cheekSquintLeft",
        "cheekSquintRight",
        "jawForward",
        "noseSneerLeft",
        "noseSneerRight",
        "tongueOut",
    )
]
SPEAKING = [i for i in range(52) if i not in SILENT]


@pytest.fixture
def emo3d(tmp_path: Path) -> Path:
    """Sixteen disgusted and happy rows, whose faces are .25 on every channel."""
    path = tmp_path / "train.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*EMOTIONS, "blenshape_score_1"])
        for emotion in ("disgust", "happiness") * 8:
            weights = [float(name == emotion) for name in EMOTIONS]
            writer.writerow([*weights, "[" + " ".join(["0.25"] * 52) + "]"])
    return path


def load(name: str, samples: int) -> tuple[Corpus, Reading | None]:
    return load_data(name, Generated(shipped_blend(), samples, 7))


def test_people_differ_in_generated_faces_only_when_asked() -> None:
    generated = Generated(shipped_blend(), 50, 7, Variation())
    varied, _ = load_data("facs", generated)
    plain, _ = load("facs", 50)
    np.testing.assert_array_equal(varied.points, plain.points)
    assert (varied.faces != plain.faces).any()


def test_facs_is_the_corpus_of_that_seed() -> None:
    corpus, reading = load("facs", 50)
    expected = facs_corpus(50, np.random.default_rng(7), shipped_blend())
    np.testing.assert_array_equal(corpus.points, expected.points)
    np.testing.assert_array_equal(corpus.faces, expected.faces)
    assert reading is None


def test_emo3d_is_what_the_file_says(emo3d: Path) -> None:
    corpus, reading = load(f"emo3d:{emo3d}", 50)
    assert reading is not None
    assert reading.corpus is corpus
    assert len(corpus) == 16


def test_both_fills_the_silent_channels_and_leaves_the_others(emo3d: Path) -> None:
    corpus, reading = load(f"both:{emo3d}", 2000)
    assert reading is not None
    assert len(reading.corpus) == 16
    theirs = corpus.faces[:16]
    np.testing.assert_array_equal(theirs[:, SPEAKING], np.float32(0.25))
    disgust, happiness = theirs[0::2], theirs[1::2]
    sneer, squint = (BLENDSHAPES.index(name) for name in ("noseSneerLeft", "cheekSquintLeft"))
    assert disgust[:, sneer].mean() > 0.4  # .8 in the full face, .2 of cheekSquint
    assert happiness[:, squint].mean() > 0.3  # .55 in the full face, no noseSneer
    assert happiness[:, sneer].max() < 0.02
    assert not theirs[:, BLENDSHAPES.index("tongueOut")].any()


def test_both_leaves_to_emo3d_the_feelings_that_it_has(emo3d: Path) -> None:
    corpus, _ = load(f"both:{emo3d}", 2000)
    ours = corpus.points[16:]
    assert 1000 < len(ours) < 2000
    for theirs in ((-0.6, 0.3, 0.4), (0.8, 0.6, 0.5)):
        nearest = np.linalg.norm(ours - np.array(theirs), axis=1).min()
        assert 0.13 < nearest < 0.25


def test_both_does_not_change_what_was_read(emo3d: Path) -> None:
    _, reading = load(f"both:{emo3d}", 100)
    assert reading is not None
    np.testing.assert_allclose(reading.corpus.faces[:, SPEAKING], 0.25)
    np.testing.assert_allclose(reading.corpus.faces[:, SILENT[:-1]], 0.25)


@pytest.mark.parametrize("name", ["", "faces", "facs:file", "emo3d", "emo3d:", "both", "both:"])
def test_an_unknown_name_is_answered_with_those_that_are_known(name: str) -> None:
    with pytest.raises(DataError, match="expected facs, emo3d:PATH or both:PATH"):
        load(name, 10)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Emo3dError, match=r"none\.csv"):
        load(f"emo3d:{tmp_path / 'none.csv'}", 10)
