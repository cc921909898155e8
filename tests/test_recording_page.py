"""Everything in docs/recording.md works as it is written, from the first block to the last."""

import csv
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from bridge.config.reading import read_settings
from bridge.recording.contents import read_recording
from protocols.arkit import BLENDSHAPES

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/recording.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE, re.M | re.S))
COMMANDS = [
    shlex.split(line)
    for line in re.findall(r"^ {4}affect-bridge (.*)$", PAGE, re.M)
    if not line.startswith("record ")  # tests/end_to_end/test_record_command.py
]
[PYTHON] = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page's files, where its commands are run in their order."""
    place = tmp_path_factory.mktemp("page")
    for name, text in FILES.items():
        (place / name).write_text(text, encoding="utf-8")
    return place


@pytest.mark.parametrize("arguments", COMMANDS, ids=shlex.join)
def test_the_commands_work_in_their_order(folder: Path, arguments: list[str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if arguments[0] == "run":  # until it is stopped
        time.sleep(4.0)
        process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert "Traceback" not in said


def test_what_the_commands_wrote_is_what_the_page_says(folder: Path) -> None:
    lines = (folder / "weights.csv").read_text().splitlines()
    assert len(lines) == 1 + 241
    assert "weights.csv: 241 frames, 4.0 s, rendered in" in PAGE
    with np.load(folder / "weights.npz") as found:
        assert found["weights"].shape == (121, 52)
    recorded = read_recording(folder / "show.jsonl.gz")
    rows = list(csv.DictReader((folder / "again.csv").open()))
    assert len(rows) == len(recorded.faces)
    for row, face in list(zip(rows, recorded.faces, strict=True))[:-30]:  # then it stopped
        weights = [float(row[name]) for name in BLENDSHAPES]
        assert np.abs(weights - face.weights).max() <= 2e-6  # each of two files is rounded
    assert recorded.updates[0].source == "demo"
    assert len(recorded.faces) > 20


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".yaml")])
def test_the_configurations_can_be_read(folder: Path, name: str) -> None:
    read_settings(folder / name)


def test_the_python_runs_as_written() -> None:
    names: dict[str, object] = {}
    exec(PYTHON, names)
    found = names["found"]
    assert found.weights.shape == (121, 52)
    assert found.times.shape == (121,)
    assert found.feelings.shape == (121, 3)
    assert found.rotations.shape == (121, 3, 3)


def test_the_format_is_described_as_it_is(folder: Path) -> None:
    for name in ("in", "sent", "label", "parts", "stream", "hold", "fade", "priority", "cues"):
        assert f"`{name}`" in PAGE
    for name in ("frame", "feeling", "weights", "rotations", "t", "wall", "ends_in", "recording"):
        assert f"`{name}`" in PAGE
