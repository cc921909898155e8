"""What docs/house.md says about the code is true."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/house.md").read_text(encoding="utf-8")


def test_every_place_for_a_change_exists() -> None:
    table = PAGE.partition("## Where a change goes")[2].partition("\n## ")[0]
    places = re.findall(r"`((?:bridge|protocols)/[\w/.]*)`", table)
    assert len(places) > 20
    for place in places:
        assert (ROOT / place).exists(), place


def test_the_order_of_imports_is_the_order_that_is_enforced() -> None:
    drawn = PAGE.partition("## The order of imports")[2].split("```")[1].strip().splitlines()
    assert drawn.pop().startswith("protocols ")
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    [layers] = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    assert [set(line.split(" · ")) for line in drawn] == [set(line.split(" | ")) for line in layers]
