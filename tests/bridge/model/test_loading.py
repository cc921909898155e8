import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from bridge.model import checkpoint
from bridge.model.layers import CheckpointError
from bridge.model.loading import load_checkpoint

Arrays = dict[str, NDArray[np.float32]]
MakeArrays = Callable[[int], Arrays]


def test_without_a_source_the_built_in_model_is_loaded() -> None:
    arrays, header = load_checkpoint(None)
    shipped, told = checkpoint.load(checkpoint.BUILTIN)
    assert header == told
    for name, array in shipped.items():
        np.testing.assert_array_equal(arrays[name], array)


@pytest.mark.parametrize("as_text", [True, False])
def test_a_safetensors_file_is_loaded_with_its_header(
    tmp_path: Path, random_arrays: MakeArrays, as_text: bool
) -> None:
    path = tmp_path / "face.safetensors"
    header = checkpoint.Header(training={"data": "mine"})
    checkpoint.save(path, random_arrays(0), header)
    arrays, told = load_checkpoint(str(path) if as_text else path)
    assert told == header
    np.testing.assert_array_equal(arrays["layers.9.bias"], random_arrays(0)["layers.9.bias"])


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".ckpt", ".bin", ".PT"])
def test_a_pytorch_file_is_loaded_and_named_as_the_source(
    tmp_path: Path, random_arrays: MakeArrays, suffix: str
) -> None:
    path = tmp_path / f"theirs{suffix}"
    arrays = random_arrays(0)
    torch.save({name: torch.from_numpy(array) for name, array in arrays.items()}, path)
    loaded, header = load_checkpoint(path)
    np.testing.assert_array_equal(loaded["layers.12.weight"], arrays["layers.12.weight"])
    assert header.training == {"source": f"theirs{suffix}"}


def test_emo3d_outputs_are_put_in_order_in_either_kind_of_file(
    tmp_path: Path, random_arrays: MakeArrays
) -> None:
    arrays = random_arrays(0)
    torch.save({n: torch.from_numpy(a) for n, a in arrays.items()}, tmp_path / "a.pt")
    checkpoint.save(tmp_path / "a.safetensors", arrays, checkpoint.Header())
    for name in ("a.pt", "a.safetensors"):
        loaded, _ = load_checkpoint(tmp_path / name, "emo3d")
        # MediaPipe's second output, browDownLeft, is the reference's first; tongueOut is the last.
        assert loaded["layers.12.bias"][0] == arrays["layers.12.bias"][1]
        assert loaded["layers.12.bias"][51] == 0.0
        assert not loaded["layers.12.weight"][51].any()


@pytest.mark.parametrize("name", ["none.pt", "none.safetensors"])
def test_a_missing_file_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(CheckpointError, match=f"{name}: no such file"):
        load_checkpoint(tmp_path / name)


def test_without_pytorch_a_pt_file_is_refused_with_what_to_install(tmp_path: Path) -> None:
    path = tmp_path / "best_model.pt"
    torch.save({}, path)
    program = (
        "import sys; sys.modules['torch'] = None;"
        "from bridge.model.loading import load_checkpoint; load_checkpoint(sys.argv[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert "CheckpointError" in done.stderr
    assert "affect-bridge[train]" in done.stderr
