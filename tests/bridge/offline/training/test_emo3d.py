"""Small files of the shape in which Emo3D is published."""

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.offline.training.emo3d import Emo3dError, read_emo3d
from protocols.arkit import BLENDSHAPES

EMOTIONS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
COLUMNS = (
    *("sample_id", "prompt_type", "text_1", "text_2", "text_3"),
    *EMOTIONS,
    *(f"img_{i}" for i in range(1, 5)),
    *(f"blenshape_score_{i}" for i in range(1, 5)),
)
Row = dict[str, Any]

# Where MediaPipe has these: 0 is _neutral, jawOpen is 25, mouthSmileLeft 44, noseSneerRight 51.
JAW_OPEN, MOUTH_SMILE_LEFT, NOSE_SNEER_RIGHT = 25, 44, 51


def face(weights: dict[int, float]) -> str:
    """As NumPy prints it: brackets, spaces, and broken lines."""
    values = [weights.get(i, 0.0) for i in range(52)]
    return (
        "["
        + "\n ".join(" ".join(f"{v:.4e}" for v in values[i : i + 6]) for i in range(0, 52, 6))
        + "]"
    )


def row(faces: Sequence[str | None], **emotions: Any) -> Row:
    padded = [*faces, *[None] * (4 - len(faces))]
    return {
        **dict.fromkeys(COLUMNS, ""),
        **dict.fromkeys(EMOTIONS, 0.0),
        **emotions,
        **{f"blenshape_score_{i}": said for i, said in enumerate(padded, 1)},
    }


def write_csv(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_parquet(path: Path, rows: Sequence[Row]) -> Path:
    pyarrow = pytest.importorskip("pyarrow", reason="needs pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs pyarrow")
    parquet.write_table(pyarrow.Table.from_pylist(list(rows)), path)
    return path


WRITERS = {"csv": write_csv, "parquet": write_parquet}

GOOD = row([face({JAW_OPEN: 0.5}), face({JAW_OPEN: 0.6})], happiness=1.0)


@pytest.mark.parametrize("kind", WRITERS)
def test_every_face_of_a_row_is_read_with_its_feeling(tmp_path: Path, kind: str) -> None:
    rows = [GOOD, row([face({}), None, face({}), face({})], fear=0.5)]
    reading = read_emo3d(WRITERS[kind](tmp_path / f"train.{kind}", rows))
    assert not reading.skipped
    assert reading.corpus.faces.shape == (5, 52)
    assert reading.corpus.faces.dtype == reading.corpus.points.dtype == np.float32
    expected = [(0.8, 0.6, 0.5)] * 2 + [(-0.35, 0.4, -0.15)] * 3  # the reference's two points
    np.testing.assert_allclose(reading.corpus.points, expected, atol=1e-6)


@pytest.mark.parametrize("kind", WRITERS)
def test_shapes_are_mapped_by_name_and_neutral_dropped(tmp_path: Path, kind: str) -> None:
    said = face({0: 0.99, JAW_OPEN: 0.5, MOUTH_SMILE_LEFT: 0.7, NOSE_SNEER_RIGHT: 0.3, 1: 0.1})
    reading = read_emo3d(WRITERS[kind](tmp_path / f"a.{kind}", [row([said], happiness=1.0)]))
    [read] = reading.corpus.faces
    named = {name: float(weight) for name, weight in zip(BLENDSHAPES, read, strict=True) if weight}
    assert named == pytest.approx(
        {"browDownLeft": 0.1, "jawOpen": 0.5, "mouthSmileLeft": 0.7, "noseSneerRight": 0.3}
    )
    assert read[BLENDSHAPES.index("tongueOut")] == 0.0


def test_emotion_weights_are_mixed_and_a_sum_above_1_is_scaled_down(tmp_path: Path) -> None:
    # the published example: .9 of sadness (-.8, -.4, -.3) and .1 of contempt (-.4, .3, .8), of 1.2
    rows = [row([face({})], neutral=0.2, sadness=0.9, contempt=0.1)]
    [point] = read_emo3d(write_csv(tmp_path / "a.csv", rows)).corpus.points
    np.testing.assert_allclose(point, np.array([-0.76, -0.33, -0.19]) / 1.2, atol=1e-6)


NONSENSE = {
    "emotion weights that are not numbers": row([face({})], anger="much"),
    "emotion weights that are negative, infinite or all zero": row([face({})]),
    "a face with something that is not a number": row(["[0.1 oops]"], anger=1.0),
    "a face of 51 numbers; expected 52": row(["[" + "0 " * 51 + "]"], anger=1.0),
    "a face with weights outside 0 to 1": row([face({JAW_OPEN: 7.0})], anger=1.0),
}


@pytest.mark.parametrize("reason", NONSENSE)
def test_what_makes_no_sense_is_skipped_and_counted_with_the_reason(
    tmp_path: Path, reason: str
) -> None:
    reading = read_emo3d(write_csv(tmp_path / "a.csv", [GOOD, NONSENSE[reason], NONSENSE[reason]]))
    assert reading.skipped == Counter({reason: 2})
    assert len(reading.corpus) == 2


@pytest.mark.parametrize("weight", [-0.1, "nan", "inf"])
def test_impossible_emotion_weights_are_skipped(tmp_path: Path, weight: Any) -> None:
    rows = [GOOD, row([face({})], happiness=0.5, anger=weight)]
    reading = read_emo3d(write_csv(tmp_path / "a.csv", rows))
    assert reading.skipped.total() == 1
    assert len(reading.corpus) == 2


@pytest.mark.parametrize("empty", ["", "nan", "[]", "None"])
def test_a_picture_without_a_face_is_nothing_to_count(tmp_path: Path, empty: str) -> None:
    reading = read_emo3d(write_csv(tmp_path / "a.csv", [row([face({}), empty], fear=1.0)]))
    assert not reading.skipped
    assert len(reading.corpus) == 1


def test_a_bad_face_does_not_take_the_good_ones_of_its_row_along(tmp_path: Path) -> None:
    rows = [row(["[0.1]", face({JAW_OPEN: 0.5})], fear=1.0)]
    reading = read_emo3d(write_csv(tmp_path / "a.csv", rows))
    assert reading.corpus.faces[:, BLENDSHAPES.index("jawOpen")].tolist() == [0.5]


def test_rounding_outside_0_and_1_is_forgiven(tmp_path: Path) -> None:
    rows = [row([face({JAW_OPEN: 1.0005, 44: -0.0005})], fear=1.0)]
    reading = read_emo3d(write_csv(tmp_path / "a.csv", rows))
    assert reading.corpus.faces.max() == 1.0
    assert reading.corpus.faces.min() == 0.0


def test_a_row_that_ends_early_is_skipped(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [GOOD])
    path.write_text(path.read_text() + "77,short\n")
    reading = read_emo3d(path)
    assert len(reading.corpus) == 2
    assert reading.skipped.total() == 1


def test_a_folder_is_read_with_every_file_in_it(tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    write_csv(tmp_path / "train.csv", [GOOD])
    write_parquet(tmp_path / "deeper" / "val.parquet", [GOOD, GOOD])
    (tmp_path / "README.md").write_text("# not data")
    assert len(read_emo3d(tmp_path).corpus) == 6


def test_missing_columns_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sample_id,neutral,happiness\n1,2,3\n")
    with pytest.raises(Emo3dError, match=r"has no column surprise.*blenshape_score_1"):
        read_emo3d(path)


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)))
    (tmp_path / "text.parquet").write_text("no parquet")
    (tmp_path / "empty").mkdir()
    for name in ("none.csv", "none.parquet", "binary.csv", "text.parquet", "empty"):
        with pytest.raises(Emo3dError, match=name):
            read_emo3d(tmp_path / name)


def test_not_one_usable_face_is_refused_with_the_reasons(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", list(NONSENSE.values()))
    with pytest.raises(Emo3dError, match=r"no usable face.*expected 52"):
        read_emo3d(path)
