from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from bridge.model import checkpoint
from bridge.model.engine import Engine
from bridge.model.network import VadToBlendshapes

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def network() -> VadToBlendshapes:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    return VadToBlendshapes().eval()


@pytest.fixture
def source(tmp_path: Path, network: VadToBlendshapes) -> Path:
    path = tmp_path / "best_model.pt"
    state = {f"module.{name}": tensor for name, tensor in network.state_dict().items()}
    torch.save({"epoch": 99, "model_state_dict": state}, path)
    return path


def test_what_is_converted_runs_in_the_daemon_and_gives_the_same_faces(
    run: Run, tmp_path: Path, source: Path, network: VadToBlendshapes
) -> None:
    output = tmp_path / "face.safetensors"
    status, out, _ = run("convert", str(source), str(output))
    assert status == 0
    assert f"model: {output}" in out
    arrays, header = checkpoint.load(output)
    assert header.training == {"source": "best_model.pt"}
    points = np.random.default_rng(0).uniform(-1, 1, (100, 3)).astype(np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(points)).numpy()
    np.testing.assert_allclose(Engine(arrays).run(points), expected, atol=1e-5)


def test_outputs_are_put_in_reference_order_for_good(
    run: Run, tmp_path: Path, source: Path, network: VadToBlendshapes
) -> None:
    output = tmp_path / "face.safetensors"
    assert run("convert", str(source), str(output), "--output-order", "emo3d")[0] == 0
    bias = checkpoint.load(output)[0]["layers.12.bias"]
    theirs = network.state_dict()["layers.12.bias"].numpy()
    np.testing.assert_array_equal(bias, [*theirs[1:], 0.0])


def test_a_safetensors_file_keeps_its_header(run: Run, tmp_path: Path) -> None:
    output = tmp_path / "again.safetensors"
    assert run("convert", str(checkpoint.BUILTIN), str(output))[0] == 0
    assert checkpoint.load(output)[1] == checkpoint.load(checkpoint.BUILTIN)[1]


@pytest.mark.parametrize(
    ("name", "content"),
    [("none.pt", None), ("text.pt", "no model"), ("text.safetensors", "no model")],
)
def test_a_source_that_is_not_a_model_ends_with_status_2(
    run: Run, tmp_path: Path, name: str, content: str | None
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    status, out, err = run("convert", str(tmp_path / name), str(tmp_path / "out.safetensors"))
    assert (status, out) == (2, "")
    assert name in err
    assert not (tmp_path / "out.safetensors").exists()


@pytest.mark.parametrize("place", ["none/face.safetensors", "."])
def test_an_output_that_cannot_be_written_ends_with_status_2(
    run: Run, tmp_path: Path, source: Path, place: str
) -> None:
    status, out, err = run("convert", str(source), str(tmp_path / place))
    assert (status, out) == (2, "")
    assert str(tmp_path) in err
