"""The script runs as the reference's does, in a process of its own or in this one."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from bridge.inference import emotion_to_vad, enforce_symmetry, load_model, predict
from bridge.inference.__main__ import main
from bridge.model import checkpoint
from protocols.arkit import BLENDSHAPES

Run = Callable[..., tuple[int, str, str]]

FIRST_MODEL = Path(__file__).parents[1] / "model" / "fixtures" / "first_model.safetensors"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run_script(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main(arguments)
        except SystemExit as end:  # argparse ends this way
            status = int(end.code or 0)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run_script


@pytest.fixture(scope="module")
def best_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint as the reference's training writes it."""
    arrays, _ = checkpoint.load(FIRST_MODEL)
    path = tmp_path_factory.mktemp("reference") / "best_model.pt"
    state = {name: torch.from_numpy(array) for name, array in arrays.items()}
    torch.save({"epoch": 87, "val_loss": 0.0251, "model_state_dict": state}, path)
    return path


def table(out: str) -> dict[str, float]:
    return {name: float(weight) for name, weight in map(str.split, out.splitlines())}


def test_the_command_line_of_the_reference_prints_the_52_weights_by_name(
    best_model: Path,
) -> None:
    typed = "--checkpoint best_model.pt --emotion happiness --intensity 0.9 --enforce-symmetry"
    done = subprocess.run(
        [sys.executable, "-m", "bridge.inference", *typed.split()],
        capture_output=True,
        text=True,
        check=True,
        cwd=best_model.parent,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    weights = table(done.stdout)
    assert tuple(weights) == BLENDSHAPES
    model, _ = load_model(best_model)
    expected = enforce_symmetry(predict(model, emotion_to_vad("happiness", 0.9)))
    np.testing.assert_allclose(list(weights.values()), expected, atol=5.1e-5)
    assert weights["mouthSmileLeft"] == weights["mouthSmileRight"] > 0.5
    assert "LeakyReLU slope 0.01: " in done.stderr
    assert "best_model.pt: epoch: 87" in done.stderr
    assert "best_model.pt: val_loss: 0.0251" in done.stderr


def test_without_a_checkpoint_the_built_in_model_is_used(run: Run) -> None:
    status, out, err = run("--vad", "0.8", "0.6", "0.5")
    assert (status, err) == (0, "")
    expected = predict(load_model()[0], (0.8, 0.6, 0.5))
    np.testing.assert_allclose(list(table(out).values()), expected, atol=5.1e-5)


def test_json_is_printed_and_written(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "face.json"
    status, out, _ = run("--emotion", "fear", "--json", "--output", str(path))
    assert status == 0
    printed = json.loads(out)
    assert printed == json.loads(path.read_text())
    assert (printed["valence"], printed["arousal"]) == pytest.approx((-0.7, 0.8))
    assert tuple(printed["weights"]) == BLENDSHAPES


def test_a_file_is_written_beside_the_table(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "face.json"
    status, out, _ = run("--emotion", "fear", "--output", str(path))
    assert status == 0
    weights = json.loads(path.read_text())["weights"]
    assert table(out) == pytest.approx(weights, abs=5.1e-5)


def test_leak_decides(run: Run, best_model: Path) -> None:
    ordinary = ("--checkpoint", str(best_model), "--emotion", "surprise")
    assert run(*ordinary)[1] != run(*ordinary, "--leak", "0.2")[1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--checkpoint", "none.pt", "--emotion", "fear"), "none.pt: no such file"),
        (("--emotion", "hapiness"), "happiness"),
        (("--emotion", "fear", "--intensity", "2"), "intensity"),
        (("--vad", "0", "0", "2"), "2 is outside -1 to 1"),
        (("--vad", "0", "0"), "expected 3 arguments"),
        (("--vad", "0", "0", "0", "--emotion", "fear"), "not allowed with"),
        ((), "required"),
        (("--emotion", "fear", "--prefer", "ema"), "contains no EMA weights"),
        (("--emotion", "fear", "--leak", "3"), "'3': expected a number from 0 to 1"),
        (("--emotion", "fear", "--output", "/no/such/folder/a.json"), "/no/such/folder/a.json"),
    ],
)
def test_a_mistake_is_said_with_status_2(run: Run, arguments: tuple[str, ...], told: str) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert told in err
