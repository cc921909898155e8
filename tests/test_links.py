"""Every link within the project leads to a file that exists, and to a heading in it."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES.append(ROOT / "examples/README.md")


def tokens(page: Path) -> list[Token]:
    """The blocks of a page and what is in them, in order."""
    blocks = MarkdownIt().enable("table").parse(page.read_text(encoding="utf-8"))
    return [token for block in blocks for token in (block, *(block.children or []))]


def targets(page: Path) -> list[str]:
    """Where the links and the pictures of a page lead, except to other sites."""
    found = [str(t.attrs.get("href") or t.attrs.get("src") or "") for t in tokens(page)]
    return [target for target in found if target and not re.match(r"[a-z]+:", target)]


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    found = tokens(page)
    titles = [
        "".join(piece.content for piece in found[index + 1].children or [])
        for index, token in enumerate(found)
        if token.type == "heading_open"
    ]
    anchors: set[str] = set()
    for title in titles:
        anchor = re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
        again = sum(bool(re.fullmatch(rf"{re.escape(anchor)}(-\d+)?", old)) for old in anchors)
        anchors.add(f"{anchor}-{again}" if again else anchor)
    return anchors


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for target in targets(page):
        path, _, anchor = unquote(target).partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.is_relative_to(ROOT), target
        assert linked.exists(), target
        if anchor:
            assert anchor in anchors(linked), target


def test_links_are_found() -> None:
    """The test above would also pass if it found no links."""
    assert "emotions.png" in targets(ROOT / "docs/research.md")
    assert "../README.md#folders" in targets(ROOT / "docs/house.md")
    assert "what-is-defended" in anchors(ROOT / "SECURITY.md")


def test_every_page_can_be_reached_from_the_readme() -> None:
    linked = {
        (page.parent / target.partition("#")[0]).resolve()
        for page in PAGES
        for target in targets(page)
    }
    assert [page.name for page in PAGES if page not in linked] == []
