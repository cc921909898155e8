"""Everything in docs/study.md works as it is written, from the first block to the last."""

import contextlib
import csv
import importlib.util
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.config.reading import read_settings
from bridge.model.identity import identity

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/study.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE, re.M | re.S))
COMMANDS = [
    shlex.split(line)
    for line in re.findall(r"^ {4}affect-bridge (.*)$", PAGE, re.M)
    if line != "run lsl.yaml"  # tests/end_to_end/test_lsl.py
]
[PYTHON] = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A folder with the page's files, and what its commands printed, in their order."""
    place = tmp_path_factory.mktemp("study")
    for name, text in FILES.items():
        (place / name).write_text(text, encoding="utf-8")
    said = []
    for arguments in COMMANDS:
        done = subprocess.run(
            [sys.executable, "-m", "bridge", *arguments],
            cwd=place,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode, done.stderr) == (0, ""), arguments
        said.append(done.stdout)
    return place, said


def test_the_weights_are_as_many_as_the_page_says(printed: tuple[Path, list[str]]) -> None:
    place, said = printed
    assert "Each file has 601 frames: 10 seconds at 60" in PAGE
    assert all("601 frames, 10.0 s" in line for line in said[:2])
    rows = list(csv.DictReader((place / "weights.csv").open()))
    assert max(float(row["valence"]) for row in rows) == pytest.approx(0.75, abs=0.01)  # 8 of 9
    assert max(rows, key=lambda row: float(row["mouthSmileLeft"]))["time"] < "6"


def test_the_python_finds_the_smile_after_the_reunion(
    printed: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(printed[0])
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(PYTHON, {})
    seconds = float(re.search(r"at ([\d.]+) s", out.getvalue())[1])  # type: ignore[index]
    assert 3 < seconds < 5.5


def test_the_figure_is_written_and_the_comparison_has_every_shape(
    printed: tuple[Path, list[str]],
) -> None:
    place, said = printed
    assert (place / "figure.pdf").read_bytes().startswith(b"%PDF")
    table, as_csv = said[-3:-1]
    assert "mouthSmileLeft" in table
    rows = list(csv.DictReader(io.StringIO(as_csv)))
    [smile] = [row for row in rows if row["name"] == "mouthSmileLeft"]
    assert 0.5 < float(smile["correlation"]) < 1
    assert float(smile["distance"]) > 0.005
    assert len(rows) == 3 + 52


def test_the_configuration_for_the_laboratory_can_be_read(tmp_path: Path) -> None:
    config = tmp_path / "lsl.yaml"
    config.write_text(FILES["lsl.yaml"], encoding="utf-8")
    if importlib.util.find_spec("pylsl") is None:
        pytest.skip("pylsl is not installed")
    settings = read_settings(config)
    assert [section.name for section in (*settings.inputs, *settings.outputs)] == [
        *("lsl Ratings", "vmc 127.0.0.1:39539", "lsl Face")
    ]


def test_the_versions_are_printed(printed: tuple[Path, list[str]]) -> None:
    assert str(identity()) in printed[1][-1]
