import re
from xml.etree import ElementTree

import numpy as np
import pytest

from bridge.offline.portrait import Sheet, portrait_rig, svg_portrait, svg_sheet
from bridge.offline.portrait.svg import path_data

SVG = "{http://www.w3.org/2000/svg}"
SMILING = np.linspace(0, 1, 52)


def named_elements(svg: str) -> dict[str, bytes]:
    return {
        element.attrib["id"]: ElementTree.tostring(element)
        for element in ElementTree.fromstring(svg).iter()
        if "id" in element.attrib
    }


def test_path_data_is_relative_and_in_tenths() -> None:
    points = np.array([[1, 2], [1.04, 2], [0.5, -1.26], [2, 2.5], [2, 3], [3, 3], [3, 2.5]])
    # Start 1,2; then from there 0,0 and -.5,-3.3 and 1,.5; then from 2,2.5 onwards.
    assert path_data(points) == "M1 2c0 0-.5-3.3 1 .5 0 .5 1 .5 1 0"


def test_a_portrait_is_well_formed_and_shows_the_rigs_view() -> None:
    root = ElementTree.fromstring(svg_portrait(SMILING))
    assert root.tag == SVG + "svg"
    assert [float(n) for n in root.attrib["viewBox"].split()] == list(portrait_rig().view)


def test_a_portrait_paints_every_painted_path() -> None:
    root = ElementTree.fromstring(svg_portrait(SMILING))
    painted = [path for path in root.iter(SVG + "path") if {"fill", "stroke"} & set(path.attrib)]
    assert len(painted) == sum(path.painted for path in portrait_rig().paths)


@pytest.mark.parametrize("sheet", [False, True])
def test_nothing_outside_the_document_is_referred_to(sheet: bool) -> None:
    faces = np.stack([np.zeros(52), SMILING])[None]
    svg = svg_sheet(Sheet(faces)) if sheet else svg_portrait(SMILING)
    names = named_elements(svg)
    references = re.findall(r'href="([^"]*)"|url\(([^)]*)\)', svg)
    assert references
    assert all((href or url).removeprefix("#") in names for href, url in references)
    outside = svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?:|data:|<style|<script|<image|@import", outside)


def test_portraits_in_one_page_do_not_take_each_others_clips() -> None:
    one, other = named_elements(svg_portrait(np.zeros(52))), named_elements(svg_portrait(SMILING))
    shared = one.keys() & other.keys()
    assert shared
    assert one.keys() != other.keys()
    assert all(one[name] == other[name] for name in shared)


def test_the_same_face_is_the_same_text() -> None:
    assert svg_portrait(SMILING) == svg_portrait(SMILING)
    assert svg_portrait(SMILING) != svg_portrait(SMILING * 0.5)


def test_a_portrait_is_small() -> None:
    assert len(svg_portrait(SMILING)) < 20_000


def test_a_sheet_holds_what_portraits_share_only_once() -> None:
    faces = np.broadcast_to(SMILING, (2, 4, 52))
    svg = svg_sheet(Sheet(faces))
    assert len(svg) < 3 * len(svg_portrait(SMILING))
    groups = [g for g in ElementTree.fromstring(svg) if g.tag == SVG + "g"]
    assert len(groups) == 8


def test_a_sheet_shows_its_captions_as_they_are() -> None:
    sheet = Sheet(np.zeros((1, 2, 52)), row_captions=["<0.4>"], column_captions=["joy & co", "é"])
    texts = [text.text for text in ElementTree.fromstring(svg_sheet(sheet)).iter(SVG + "text")]
    assert texts == ["joy & co", "é", "<0.4>"]


def test_width_and_title_are_said_when_they_are_given() -> None:
    root = ElementTree.fromstring(svg_portrait(SMILING, width=120, title="joy & <fear>"))
    assert (root.attrib["width"], root.attrib["height"]) == ("120", "150")
    title = root.find(SVG + "title")
    assert title is not None
    assert title.text == "joy & <fear>"
    plain = ElementTree.fromstring(svg_portrait(SMILING))
    assert "width" not in plain.attrib
    assert plain.find(SVG + "title") is None
