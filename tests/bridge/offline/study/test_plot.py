"""The figure of a run."""

import re

import numpy as np
import pytest

from bridge.offline.study.plot import Drawing, draw
from bridge.rendering.reading import Mark
from bridge.rendering.render import render
from bridge.rendering.rendered import Rendered


@pytest.fixture(scope="module")
def run():
    return render([[0, 0], [0.8, 0.5], [-0.6, 0.6], [0, 0]], [0.0, 0.5, 1.5, 2.5])


def texts(path):
    return re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text(encoding="utf-8"))


def test_the_figure_names_the_axes_the_most_active_shapes_and_the_events(run, tmp_path):
    path = tmp_path / "figure.svg"
    marks = [Mark(0.5, "main", "joy $1$"), Mark(1.5, "main", "anger"), Mark(99.0, "main", "later")]
    draw(Drawing(run, marks, note="study.csv"), path)
    said = texts(path)
    for name in ("valence", "arousal", "dominance", "seconds", "weight", "study.csv"):
        assert name in said
    assert said.count("mouthSmile") == 2  # a curve and a row of the map
    assert {"joy $1$", "anger"} <= set(said)
    assert "later" not in said
    assert "<image" in path.read_text()  # the map


def test_labels_that_have_no_room_are_left_out_and_their_lines_are_not(run, tmp_path):
    path = tmp_path / "figure.svg"
    draw(Drawing(run, [Mark(0.5 + n / 1000, "main", f"event {n}") for n in range(9)]), path)
    assert [text for text in texts(path) if text.startswith("event")] == ["event 0"]


def test_the_same_run_gives_the_same_file(run, tmp_path):
    for name in ("a.svg", "b.svg"):
        draw(Drawing(run), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_only_the_chosen_shapes_are_drawn(run, tmp_path):
    path = tmp_path / "figure.svg"
    draw(Drawing(run, shapes=["jawOpen"]), path)
    assert texts(path).count("jawOpen") == 2
    assert "mouthSmile" not in texts(path)


def test_a_png_and_a_pdf_are_written(run, tmp_path):
    for name, start in (("a.png", b"\x89PNG"), ("a.pdf", b"%PDF")):
        draw(Drawing(run), tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(start)


def test_a_run_without_feelings_and_of_one_frame_can_be_drawn(run, tmp_path):
    unknown = np.full_like(run.feelings, np.nan)
    draw(Drawing(Rendered(run.times, unknown, run.weights, run.rotations)), tmp_path / "a.png")
    one = Rendered(*(getattr(run, n)[60:61] for n in ("times", "feelings", "weights", "rotations")))
    draw(Drawing(one, shapes=["jawOpen"]), tmp_path / "b.png")


def test_what_cannot_be_drawn_says_why(run, tmp_path):
    with pytest.raises(ValueError, match=r"expected a name that ends in \.svg, \.png, \.pdf"):
        draw(Drawing(run), tmp_path / "a.gif")
    still = Rendered(run.times, run.feelings, run.weights * 0, run.rotations)
    with pytest.raises(ValueError, match="no blendshape moves"):
        draw(Drawing(still), tmp_path / "a.png")
