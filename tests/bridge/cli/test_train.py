import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from bridge.model import checkpoint

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Matrices this small are many times slower on several threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_training_writes_weights_that_can_be_read_and_says_how_good_they_are(
    run: Run, tmp_path: Path
) -> None:
    weights = tmp_path / "weights.safetensors"
    status, out, _ = run("train", str(weights), "--epochs", "2", "--samples", "300", "--seed", "5")
    assert status == 0
    arrays, header = checkpoint.load(weights)
    assert all(np.isfinite(array).all() for array in arrays.values())
    assert (
        header.training["recipe"] | {"seed": 5, "epochs": 2, "samples": 300}
        == (header.training["recipe"])
    )
    assert "epoch 2/2" in out
    assert "constant mean face" in out


def test_a_place_that_cannot_be_written_is_told_before_the_work(run: Run, tmp_path: Path) -> None:
    status, out, err = run(
        "train", str(tmp_path / "none" / "weights.safetensors"), "--epochs", "1", "--samples", "300"
    )
    assert status == 2
    assert "epoch" not in out
    assert "none" in err


def test_without_pytorch_training_says_what_to_install(tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['torch'] = None; from bridge.cli import main;"
        f"sys.exit(main(['train', {str(tmp_path / 'weights')!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "affect-bridge[train]" in done.stderr
