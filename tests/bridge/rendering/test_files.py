"""Files of rendered faces."""

import csv
import math

import numpy as np
import pytest

from bridge.config.settings import Settings
from bridge.config.table import TableSettings
from bridge.emotion.update import named_update
from bridge.frames.virtual import VirtualRun, ticks
from bridge.recording.table import read_table
from bridge.rendering.files import COLUMNS, WRITERS
from bridge.rendering.rendered import collected
from protocols.arkit import BLENDSHAPES

SETTINGS = Settings.model_validate({"face": {"seed": 1}})


def frames(*streams: str):
    updates = [(0.0, named_update("joy", stream=stream), "", 0, math.inf) for stream in streams]
    return VirtualRun(SETTINGS).play(updates, ticks(0.0, 0.5, 60.0))


def test_a_csv_has_a_line_for_each_face_with_every_number_under_its_name(tmp_path):
    path = tmp_path / "out.csv"
    WRITERS[".csv"](frames("main", "夜"), path)
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    expected = collected(frames("main", "夜"))
    assert tuple(rows[0]) == COLUMNS
    assert COLUMNS[-9] == "headYaw"
    assert len(rows) == 62
    for stream, faces in expected.items():
        mine = [row for row in rows if row["stream"] == stream]
        assert [float(row["time"]) for row in mine] == pytest.approx(faces.times, abs=1e-6)
        weights = np.array([[float(row[name]) for name in BLENDSHAPES] for row in mine])
        assert np.abs(weights - faces.weights).max() < 1e-6
        assert float(mine[-1]["rightEyePitch"]) == pytest.approx(
            float(faces.rotations[-1, 2, 1]), abs=1e-6
        )


def test_a_csv_can_be_rendered_again(tmp_path):
    path = tmp_path / "out.csv"
    WRITERS[".csv"](frames("main"), path)
    updates = read_table(path, TableSettings.model_validate({})).updates
    feelings = np.array([timed.update.target for timed in updates])
    assert np.abs(feelings - collected(frames("main"))["main"].feelings).max() < 1e-6


def test_an_npz_has_the_arrays_of_one_stream(tmp_path):
    path = tmp_path / "out.npz"
    WRITERS[".npz"](frames("main"), path)
    expected = collected(frames("main"))["main"]
    with np.load(path, allow_pickle=False) as found:
        for name in ("times", "feelings", "weights", "rotations"):
            assert (found[name] == getattr(expected, name)).all()
        assert tuple(found["blendshapes"]) == BLENDSHAPES


def test_an_npz_of_several_streams_names_them(tmp_path):
    path = tmp_path / "out.npz"
    WRITERS[".npz"](frames("main", "bob"), path)
    with np.load(path) as found:
        assert list(found["streams"]) == ["main", "bob"]
        assert found["bob/weights"].shape == (31, 52)
