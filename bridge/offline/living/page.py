"""The page about the living face: its table of statistics and its picture.

`python -m bridge.offline.living.page` writes both anew. The text of the page is written by hand.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from bridge.offline.living.picture import draw, minute
from bridge.offline.living.statistics import Statistic, statistics

DOCS = Path(__file__).parent.parent.parent.parent / "docs"
PAGE = DOCS / "living-face.md"
PICTURE = DOCS / "living-face.svg"

_TABLE = re.compile(r"(<!-- statistics -->\n).*?(<!-- end -->)", re.DOTALL)


def table(some: Sequence[Statistic]) -> str:
    """The statistics as a Markdown table."""
    rows = [
        f"| {one.what} | {_here(one)} | {one.expected} | {one.source} | {'✓' if one.met else '✗'} |"
        for one in some
    ]
    return "\n".join(["| what | here | expected | source | |", "|---|---|---|---|---|", *rows, ""])


def with_table(page: str, some: Sequence[Statistic]) -> str:
    """The page with this table in place of its own."""
    return _TABLE.sub(lambda found: f"{found[1]}{table(some)}{found[2]}", page)


def _here(one: Statistic) -> str:
    """One number, or the least and the most where they differ."""
    numbers = [f"{number:.{one.digits}f}" for number in one.here]
    return "–".join(dict.fromkeys(re.sub(r"^0\.", ".", number) for number in numbers))


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), statistics()), encoding="utf-8")
    draw(minute(), PICTURE)
