"""What others cite is what they have."""

import tomllib
from pathlib import Path

import yaml

from bridge.model.identity import identity

ROOT = Path(__file__).parent.parent


def test_the_citation_has_the_version_the_licences_and_the_authors_of_the_package() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["version"] == project["version"]
    assert " AND ".join(citation["license"]) == project["license"]
    assert citation["authors"] == project["authors"]
    for key in ("cff-version", "message", "title"):  # with the authors, what the format requires
        assert citation[key]


def test_the_card_has_the_version_and_the_hash_of_the_shipped_model() -> None:
    card = (ROOT / "docs/model-card.md").read_text(encoding="utf-8")
    _, version, digest = identity()
    assert f"Version {version} of the shipped model" in card
    assert f"`{digest}`" in card
