"""`affect-bridge compare`: two models or two runs in one table."""

import csv
import io
import json

import pytest

from bridge.cli import main
from bridge.model.identity import BUILTIN, identity


@pytest.fixture
def runs(tmp_path):
    """The same feelings, once with the pace of a spring and once at once."""
    (tmp_path / "table.csv").write_text("t,emotion\n0,joy\n1,sadness\n2,neutral\n")
    for name, kind in (("a.csv", "spring"), ("b.npz", "none")):
        config = tmp_path / "study.yaml"
        config.write_text(f"inputs: file:table.csv\ninterpolation: {kind}\n")
        assert main(["render", str(config), str(tmp_path / name)]) == 0
    return str(tmp_path / "a.csv"), str(tmp_path / "b.npz")


def test_two_runs_are_one_table_with_the_data_named(runs, capsys):
    capsys.readouterr()
    assert main(["compare", *runs]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"A: {runs[0]}, stream main, 121 frames"
    assert lines[2] == "121 frames, 2.0 s from the beginning of each"
    [smile] = [line.split() for line in lines if line.startswith("mouthSmileLeft")]
    assert float(smile[4]) > 0.01
    assert 0.5 < float(smile[6]) < 1


def test_two_models_are_named_by_version_and_hash_in_json(tmp_path, capsys):
    copy = tmp_path / "mine.safetensors"
    copy.write_bytes(BUILTIN.read_bytes())
    assert main(["compare", "shipped", str(copy), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["a"] == str(identity())
    assert told["b"] == f"mine.safetensors, sha256 {identity().sha256}"
    assert len(told["rows"]) == 52 + 8
    assert all(row["distance"] == 0 for row in told["rows"])


def test_a_csv_has_every_shape(runs, capsys):
    capsys.readouterr()
    assert main(["compare", *runs, "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["by"] for row in rows].count("shape") == 52
    assert [row["name"] for row in rows if row["by"] == "feeling"] == [
        *("valence", "arousal", "dominance")
    ]


@pytest.mark.parametrize(
    ("pair", "why"),
    [
        (("shipped", "show.jsonl"), "expected two models, or two files with faces"),
        (("shipped", "none.safetensors"), "none.safetensors"),
        (("a.txt", "b.txt"), "a.txt: expected shipped, a model"),
        (("a.csv", "b.csv"), "a.csv: no such file"),
    ],
)
def test_what_cannot_be_compared_says_why(capsys, pair, why):
    assert main(["compare", *pair]) == 2
    assert why in capsys.readouterr().err
