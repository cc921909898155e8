"""`affect-bridge plot`: from a file of faces to a figure."""

import re
import sys

import pytest

from bridge.cli import main


@pytest.fixture
def rendered(tmp_path):
    (tmp_path / "two.csv").write_text("t,emotion,stream\n0,joy,bob\n0,sadness,eve\n1,anger,eve\n")
    (tmp_path / "two.yaml").write_text("inputs: file:two.csv\n")
    out = tmp_path / "out.csv"
    assert main(["render", str(tmp_path / "two.yaml"), str(out), "--fps", "30"]) == 0
    return out


def test_a_rendered_file_becomes_a_figure_with_marks(rendered, tmp_path, capsys):
    out = tmp_path / "figure.svg"
    marks = ["--mark", "0.25=stimulus", "--mark", "0.75"]
    assert main(["plot", str(rendered), "-o", str(out), "--stream", "eve", *marks]) == 0
    assert "figure.svg: 31 frames, 2 events" in capsys.readouterr().out
    said = re.findall(r"<text[^>]*>([^<]*)</text>", out.read_text(encoding="utf-8"))
    assert "stimulus" in said
    assert "out.csv, stream eve" in said


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ([], "several streams (bob, eve); choose one with --stream"),
        (["--stream", "bob", "--shapes", "smile"], "no blendshape 'smile'"),
        (["--stream", "bob", "-o", "none/figure.svg"], "no such file"),
    ],
)
def test_a_mistake_is_named(rendered, tmp_path, monkeypatch, capsys, more, why):
    monkeypatch.chdir(tmp_path)
    assert main(["plot", str(rendered), "-o", "figure.svg", *more]) == 2
    assert why in capsys.readouterr().err


def test_without_matplotlib_the_extra_is_named(rendered, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    out = str(tmp_path / "figure.svg")
    assert main(["plot", str(rendered), "-o", out, "--stream", "bob"]) == 2
    assert "pip install 'affect-bridge[plot]'" in capsys.readouterr().err


def test_a_mark_needs_its_seconds(capsys):
    with pytest.raises(SystemExit):
        main(["plot", "a.csv", "-o", "b.svg", "--mark", "soon"])
    assert "'soon': expected seconds, or seconds=text" in capsys.readouterr().err
