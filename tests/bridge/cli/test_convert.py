from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from bridge.inference import load_model, predict
from bridge.model import checkpoint
from bridge.model.engine import Engine
from bridge.model.network import VadToBlendshapes

Run = Callable[..., tuple[int, str, str]]

FIRST_MODEL = Path(__file__).parents[1] / "model" / "fixtures" / "first_model.safetensors"


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
    assert header.training == {
        "source": "best_model.pt",
        "key": "model_state_dict",
        "checkpoint": {"epoch": 99},
    }
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


def test_what_a_checkpoint_says_of_itself_is_shown_and_kept(
    run: Run, tmp_path: Path, network: VadToBlendshapes
) -> None:
    torch.save(
        {
            "epoch": 42,
            "metrics": {"val_mse": np.float64(0.0251)},
            "args": Namespace(lr=1e-3, negative_slope=0.2),
            "model": network.state_dict(),
        },
        tmp_path / "best_model.pth.tar",
    )
    output = tmp_path / "face.safetensors"
    status, out, err = run("convert", str(tmp_path / "best_model.pth.tar"), str(output))
    assert (status, err) == (0, "")
    shown = [
        "epoch: 42",
        'metrics: {"val_mse": 0.0251}',
        'args: {"lr": 0.001, "negative_slope": 0.2}',
    ]
    assert [line.strip() for line in out.splitlines()[:3]] == shown
    header = checkpoint.load(output)[1]
    assert header.negative_slope == 0.2
    assert header.training["checkpoint"]["metrics"] == {"val_mse": 0.0251}


def test_the_slope_of_the_training_is_found_said_and_kept(run: Run, tmp_path: Path) -> None:
    arrays, _ = checkpoint.load(FIRST_MODEL)
    torch.save({name: torch.from_numpy(a) for name, a in arrays.items()}, tmp_path / "best.pt")
    output = tmp_path / "face.safetensors"
    status, _, err = run("convert", str(tmp_path / "best.pt"), str(output))
    assert status == 0
    assert err.startswith("LeakyReLU slope 0.01: with it left and right differ by 0.00019")
    assert checkpoint.load(output)[1].negative_slope == 0.01


def test_a_slope_that_the_weights_do_not_show_is_said_and_leak_decides(
    run: Run, tmp_path: Path, source: Path
) -> None:
    output = tmp_path / "face.safetensors"
    status, _, err = run("convert", str(source), str(output))
    assert status == 0
    assert "using 0.01, PyTorch's default (`affect-bridge convert --leak` sets another)" in err
    assert checkpoint.load(output)[1].negative_slope == 0.01
    status, _, err = run("convert", str(source), str(output), "--leak", "0.2")
    assert (status, err) == (0, "")
    assert checkpoint.load(output)[1].negative_slope == 0.2


def test_the_slope_in_the_header_gives_the_faces_of_the_training(run: Run, tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = VadToBlendshapes(negative_slope=0.2).eval()
    torch.save({"model": network.state_dict(), "negative_slope": 0.2}, tmp_path / "a.pt")
    output = tmp_path / "face.safetensors"
    assert run("convert", str(tmp_path / "a.pt"), str(output))[0] == 0
    points = np.random.default_rng(0).uniform(-1, 1, (100, 3)).astype(np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(points)).numpy()
    model, _ = load_model(output)
    np.testing.assert_allclose(predict(model, points), expected, atol=1e-5)
    wrong, _ = load_model(output, negative_slope=0.01)
    assert np.abs(predict(wrong, points) - expected).max() > 0.05


def test_which_of_two_networks_was_taken_is_said_and_prefer_decides(
    run: Run, tmp_path: Path, network: VadToBlendshapes
) -> None:
    ema = {name: tensor * 0.5 for name, tensor in network.state_dict().items()}
    torch.save({"model": network.state_dict(), "ema": ema}, tmp_path / "both.pt")
    output = tmp_path / "face.safetensors"
    ordinary = ["convert", str(tmp_path / "both.pt"), str(output), "--leak", "0.01"]
    status, _, err = run(*ordinary)
    assert (status, err) == (
        0,
        "took the model at 'model'; the file also has 'ema'; --prefer ema takes the EMA weights\n",
    )
    bias = network.state_dict()["layers.12.bias"].numpy()
    np.testing.assert_array_equal(checkpoint.load(output)[0]["layers.12.bias"], bias)
    assert run(*ordinary, "--prefer", "ema")[0] == 0
    np.testing.assert_array_equal(checkpoint.load(output)[0]["layers.12.bias"], bias / 2)


def test_layers_that_cannot_be_told_apart_are_refused_and_map_decides(
    run: Run, tmp_path: Path, network: VadToBlendshapes
) -> None:
    layers = ["0", "1", "4", "5", "8", "9", "12"]
    told = dict(
        zip(layers, ["inp", "norm_b", "mid", "norm_m", "last", "norm_a", "out"], strict=True)
    )
    theirs = tmp_path / "theirs.safetensors"
    state = {
        f"{told[name.split('.')[1]]}.{name.split('.')[2]}": tensor.numpy() + at
        for at, (name, tensor) in enumerate(network.state_dict().items())
    }
    save_file(state, theirs)
    output = tmp_path / "face.safetensors"
    status, out, err = run("convert", str(theirs), str(output))
    assert (status, out, output.exists()) == (2, "", False)
    assert "--map norm_b=layers.1,norm_a=layers.9" in err
    given = "inp=layers.0,norm_b=layers.1,norm_a=layers.9"
    assert run("convert", str(theirs), str(output), "--map", given)[0] == 0
    arrays, _ = checkpoint.load(output)
    for at, (name, tensor) in enumerate(network.state_dict().items()):
        np.testing.assert_array_equal(arrays[name], tensor.numpy() + at)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--leak", "x"], "'x': expected a number from 0 to 1"),
        (["--leak", "1.5"], "'1.5': expected a number from 0 to 1"),
        (["--map", "norm_a"], "'norm_a': expected each layer once"),
        (["--map", "a=layers.1,a=layers.9"], "'a=layers.9': expected each layer once"),
        (["--prefer", "best"], "invalid choice: 'best'"),
    ],
)
def test_a_wrong_option_is_refused(
    run: Run, tmp_path: Path, source: Path, options: list[str], told: str
) -> None:
    status, _, err = run("convert", str(source), str(tmp_path / "face.safetensors"), *options)
    assert status == 2
    assert told in err
