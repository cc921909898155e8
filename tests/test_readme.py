"""What the README and the pages that it leads to show is true."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
RESEARCH = (ROOT / "docs/research.md").read_text(encoding="utf-8")


def test_the_readme_stays_short():
    """It leads to the pages; what only some readers need stands there."""
    assert len(README.splitlines()) <= 150


def test_every_page_can_be_found_from_the_readme():
    pages = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    assert {page for page in pages if page not in README} == set()


def test_the_python_for_researchers_runs_as_written():
    blocks = re.findall(r"```python\n(.*?)```", RESEARCH, flags=re.S)
    assert blocks
    for block in blocks:
        names: dict[str, object] = {}
        exec(block, names)
        assert names["weights"].shape == (52,)
        assert names["faces"].shape == (2, 52)


def test_the_map_of_the_folders_names_what_is_there():
    _, _, after = README.partition("## Folders")
    table, _, _ = after.partition("\n## ")
    named = re.findall(r"`([\w/]+(?:\.py|/))`", table)
    assert len(named) > 15
    for name in named:
        assert (ROOT / name).exists() or (ROOT / "bridge" / name).exists(), name


def test_every_folder_of_code_is_on_the_map():
    _, _, table = README.partition("## Folders")
    for folder in [*(ROOT / "bridge").glob("*/__init__.py"), *(ROOT).glob("*/__init__.py")]:
        path = folder.parent.relative_to(ROOT).as_posix()
        if path != "bridge":
            assert f"`{path}/`" in table, path
