"""What docs/python.md shows runs as written."""

import re
import threading
from pathlib import Path

import pytest

PAGE = (Path(__file__).parent.parent / "docs" / "python.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.S)


@pytest.mark.parametrize("number", range(len(SECTIONS)))
def test_each_block_of_the_page_runs_as_written(number, capsys):
    exec(SECTIONS[number], {"__name__": "__main__"})
    printed = capsys.readouterr().out
    if "hapy" in SECTIONS[number]:
        assert 'unknown emotion "hapy"; did you mean "happy"' in printed
    elif "face.shown()" in SECTIONS[number]:
        assert re.fullmatch(r"joy 0\.8 0\.\d+ python 0\.\d+\n0\.[1-9]\d*\n", printed)
    elif "Error" in SECTIONS[number]:
        assert printed == ""
    assert "affect-bridge" not in {thread.name for thread in threading.enumerate()}


def test_the_page_has_blocks():
    assert len(SECTIONS) == 5
