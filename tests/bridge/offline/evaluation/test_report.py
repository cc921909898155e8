import re
from collections import Counter
from html.parser import HTMLParser

import numpy as np
import pytest

from bridge.inference import load_model
from bridge.model.engine import Engine
from bridge.offline.evaluation.evaluation import evaluate
from bridge.offline.evaluation.report import emotion_sheet, html_report
from bridge.offline.training.blend import shipped_blend
from bridge.offline.training.corpus import facs_corpus

EMOTIONS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
NASTY = "<script>alert('1')</script>&\"best\".pt"

# What HTML lets stand without an end.
UNENDED = {"img", "meta", "html", "link", "br"}


class Page(HTMLParser):
    """Reads a page, and fails where an element ends that is not open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in UNENDED:
            self.opened.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if tag not in UNENDED:
            assert self.opened.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def report(perfect: Engine) -> str:
    engine, _ = load_model()
    data = facs_corpus(100, np.random.default_rng(0), shipped_blend())
    evaluations = [evaluate(NASTY, perfect, data), evaluate("shipped", engine, data)]
    return html_report(evaluations, [perfect, engine], "emo3d:<b>data</b>&co")


@pytest.fixture(scope="module")
def page(report: str) -> Page:
    return Page(report)


def test_every_element_that_is_opened_is_closed(report: str, page: Page) -> None:
    assert report.startswith("<!doctype html>")
    assert page.opened == []
    assert page.tags["tr"] > 50
    assert page.tags["img"] == 2 * 24


def test_the_page_needs_nothing_from_elsewhere(report: str, page: Page) -> None:
    assert not page.tags.keys() & {"script", "link", "iframe", "object", "embed"}
    for name, value in page.attributes:
        if name in {"src", "href", "xlink:href", "data", "srcset"}:
            assert value.startswith(("#", "data:"))
    assert "@import" not in report
    assert all(inside.startswith("#") for inside in re.findall(r"url\(['\"]?([^)]*)", report))


def test_names_are_text_and_never_markup(report: str, page: Page) -> None:
    assert "<script" not in report
    assert "<b>data" not in report
    assert page.text.count(NASTY) >= 2  # above its column, and above its faces
    assert "emo3d:<b>data</b>&co" in page.text


def test_no_two_elements_have_the_same_id(page: Page) -> None:
    ids = Counter(value for name, value in page.attributes if name == "id")
    assert not [name for name, times in ids.items() if times > 1]


def test_the_figures_of_all_models_stand_side_by_side(page: Page) -> None:
    assert "8 of 8" in page.text
    assert "at least 90%" in page.text
    assert ("class", "met") in page.attributes
    for emotion in EMOTIONS:
        assert emotion in page.text


def test_the_sheet_has_the_emotions_at_three_intensities_with_equal_sides(engine: Engine) -> None:
    sheet = emotion_sheet(engine)
    faces = np.array([cell.weights for cell in sheet.cells()])
    assert faces.shape == (24, 52)
    np.testing.assert_array_equal(faces[:, 43], faces[:, 44])  # mouthSmileLeft and -Right
    assert faces[17, 43] > faces[1, 43] > 0.1  # happiness at 1, and at .4
