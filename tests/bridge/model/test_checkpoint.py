import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_file_from_torch

from bridge.model import checkpoint
from bridge.model.checkpoint import Header, load, save
from bridge.model.layers import SHAPES, CheckpointError
from bridge.model.network import VadToBlendshapes

Arrays = dict[str, NDArray[Any]]
MakeArrays = Callable[[int], Arrays]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "weights.safetensors"


def test_what_is_saved_is_loaded_bit_for_bit(path: Path, random_arrays: MakeArrays) -> None:
    arrays = random_arrays(0)
    header = Header(training={"data": "none", "metrics": {"mse": 0.5}})
    save(path, arrays, header)
    loaded, told = load(path)
    assert loaded.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(loaded[name], array)
    assert told == header


def test_tensors_are_named_and_shaped_as_in_pytorch() -> None:
    state = VadToBlendshapes().state_dict()
    assert {name: tuple(tensor.shape) for name, tensor in state.items()} == SHAPES


def test_a_missing_file_is_refused_by_name(path: Path) -> None:
    with pytest.raises(CheckpointError, match=f"{path.name}: no such file"):
        load(path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        load(tmp_path)


@pytest.mark.parametrize("kept", [0, 4, 8, 100, 0.5, -1])
def test_a_truncated_file_is_refused(path: Path, random_arrays: MakeArrays, kept: float) -> None:
    save(path, random_arrays(0), Header())
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept) if 0 < kept < 1 else int(kept)])
    with pytest.raises(CheckpointError, match=r"the file is (incomplete|empty)"):
        load(path)


def test_a_file_of_another_kind_is_refused(path: Path) -> None:
    path.write_bytes(b"not weights at all")
    with pytest.raises(CheckpointError, match="neither a safetensors nor a PyTorch file"):
        load(path)


def test_a_safetensors_file_of_another_network_is_refused(path: Path) -> None:
    save_file({"encoder.weight": np.zeros((4, 4), np.float32)}, path)
    with pytest.raises(
        CheckpointError, match=r"not a checkpoint of this network .*shapes \[4, 4\]"
    ):
        load(path)


def test_a_tensor_of_another_shape_is_refused_with_both_shapes(
    path: Path, random_arrays: MakeArrays
) -> None:
    arrays = random_arrays(0)
    arrays["layers.12.weight"] = np.zeros((51, 256), np.float32)
    save_file(arrays, path)
    told = r"missing shapes \[52, 256\]; unexpected shapes \[51, 256\]"
    with pytest.raises(CheckpointError, match=told):
        load(path)


def test_a_missing_or_surplus_tensor_is_refused_by_its_shape(
    path: Path, random_arrays: MakeArrays
) -> None:
    arrays = random_arrays(0)
    del arrays["layers.5.bias"]
    save_file(arrays, path)
    with pytest.raises(CheckpointError, match=r"missing shapes \[512\]$"):
        load(path)
    save_file({**random_arrays(0), "layers.13.weight": np.zeros(7, np.float32)}, path)
    with pytest.raises(CheckpointError, match=r"unexpected shapes \[7\]"):
        load(path)


def test_right_shapes_that_do_not_belong_together_are_refused(
    path: Path, random_arrays: MakeArrays
) -> None:
    arrays = random_arrays(0)
    arrays["elsewhere.bias"] = arrays.pop("layers.0.bias")
    save_file(arrays, path)
    with pytest.raises(CheckpointError, match="their names do not form layers"):
        load(path)


def test_foreign_names_are_read_and_numbered_layers_sorted_by_their_numbers(
    path: Path, random_arrays: MakeArrays
) -> None:
    # Five modules to a block: sorted as text, the norm net.12 would come before net.2.
    numbers = {"0": 0, "1": 2, "4": 5, "5": 7, "8": 10, "9": 12, "12": 15}
    arrays = random_arrays(0)
    save_file(
        {
            f"net.{numbers[name.split('.')[1]]}.{name.split('.')[2]}": array
            for name, array in arrays.items()
        },
        path,
    )
    loaded, _ = load(path)
    assert list(loaded) == list(SHAPES)
    for name, array in arrays.items():
        np.testing.assert_array_equal(loaded[name], array, name)


@pytest.mark.parametrize("suffix", [".pt", ".pth.tar", ".PT", ""])
def test_a_pytorch_file_is_refused_with_the_command_that_converts_it(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"best_model{suffix}"
    torch.save({}, path)
    told = f"affect-bridge convert {path} best_model.safetensors"
    with pytest.raises(CheckpointError, match=re.escape(told)):
        load(path)


@pytest.mark.skipif(os.name != "posix", reason="Windows has other permissions")
def test_a_saved_file_has_the_usual_permissions(path: Path, random_arrays: MakeArrays) -> None:
    save(path, random_arrays(0), Header())
    ordinary = path.with_name("ordinary")
    ordinary.touch()
    assert oct(path.stat().st_mode) == oct(ordinary.stat().st_mode)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(
    path: Path, random_arrays: MakeArrays, bad: float
) -> None:
    arrays = random_arrays(0)
    arrays["layers.8.weight"][7, 9] = bad
    save(path, arrays, Header())
    with pytest.raises(CheckpointError, match="not finite"):
        load(path)


@pytest.mark.filterwarnings("error")
def test_numbers_too_large_for_float32_are_refused(path: Path, random_arrays: MakeArrays) -> None:
    arrays = {name: array.astype(np.float64) for name, array in random_arrays(0).items()}
    arrays["layers.0.bias"][0] = 1e300
    save_file(arrays, path)
    with pytest.raises(CheckpointError):
        load(path)


@pytest.mark.parametrize("kind", [np.float16, np.float64])
def test_other_float_widths_are_read_as_float32(
    path: Path, random_arrays: MakeArrays, kind: type[np.floating[Any]]
) -> None:
    arrays = {name: array.astype(kind) for name, array in random_arrays(0).items()}
    save_file(arrays, path)
    loaded, _ = load(path)
    assert {array.dtype for array in loaded.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("{", "cannot read its header"),
        ("[]", "cannot read its header"),
        ('{"colour": "red"}', "cannot read its header"),
        ('{"negative_slope": "x"}', "negative_slope 'x' is not a number from 0 to 1"),
        ('{"negative_slope": 1.5}', "negative_slope 1.5 is not a number from 0 to 1"),
        ('{"names": 5}', "cannot read its header"),
        ('{"format_version": 2}', "format version 2; this program reads version 1"),
        ('{"names": ["jawOpen"]}', "not the 52 blendshapes in reference order"),
    ],
)
def test_a_wrong_header_is_refused(
    path: Path, random_arrays: MakeArrays, header: str, told: str
) -> None:
    save_file(random_arrays(0), path, metadata={"affect-bridge": header})
    with pytest.raises(CheckpointError, match=told):
        load(path)


def test_outputs_in_another_order_are_refused(path: Path, random_arrays: MakeArrays) -> None:
    names = Header().names
    header = json.dumps({"names": [names[1], names[0], *names[2:]]})
    save_file(random_arrays(0), path, metadata={"affect-bridge": header})
    with pytest.raises(CheckpointError, match="reference order"):
        load(path)


def test_a_refusal_names_the_file(path: Path) -> None:
    path.write_bytes(b"x" * 100)
    with pytest.raises(CheckpointError, match=f"^{path}: "):
        load(path)


def test_bfloat16_is_read_as_float32(path: Path, random_arrays: MakeArrays) -> None:
    tensors = {name: torch.from_numpy(a).bfloat16() for name, a in random_arrays(0).items()}
    save_file_from_torch(tensors, path)
    loaded, _ = load(path)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(loaded[name], tensor.float().numpy())


def test_numbers_that_numpy_has_not_beside_the_network_are_left_out(
    path: Path, random_arrays: MakeArrays
) -> None:
    tensors = {name: torch.from_numpy(array) for name, array in random_arrays(0).items()}
    beside = {"scales": torch.zeros(4).to(torch.float8_e4m3fn), "mask": torch.ones(3) > 0}
    save_file_from_torch({**tensors, **beside}, path)
    assert load(path)[0].keys() == SHAPES.keys()


def test_a_file_of_another_program_does_not_say_its_slope_unless_its_metadata_does(
    path: Path, random_arrays: MakeArrays
) -> None:
    save_file(random_arrays(0), path, metadata={"format": "pt"})
    assert load(path)[1] == Header(training={"source": path.name}, negative_slope=None)
    save_file(random_arrays(0), path, metadata={"epoch": "9", "config": '{"negative_slope": 0.2}'})
    header = load(path)[1]
    assert header.negative_slope == 0.2
    assert header.training["checkpoint"] == {"epoch": 9, "config": {"negative_slope": 0.2}}


def test_a_file_of_ours_without_a_slope_has_pytorchs_default(
    path: Path, random_arrays: MakeArrays
) -> None:
    save_file(random_arrays(0), path, metadata={"affect-bridge": "{}"})
    assert load(path)[1].negative_slope == 0.01
    save(path, random_arrays(0), Header(negative_slope=0.2))
    assert load(path)[1].negative_slope == 0.2


def test_norms_that_cannot_be_told_apart_are_refused_by_name(
    path: Path, random_arrays: MakeArrays
) -> None:
    modules = dict(
        zip(
            ["0", "1", "4", "5", "8", "9", "12"],
            ["i", "na", "m", "nm", "l", "nb", "o"],
            strict=True,
        )
    )
    arrays = {
        f"{modules[name.split('.')[1]]}.{name.split('.')[2]}": array
        for name, array in random_arrays(0).items()
    }
    save_file(arrays, path)
    with pytest.raises(CheckpointError, match=r"--map na=layers\.1,nb=layers\.9"):
        load(path)


def test_more_than_one_network_is_refused_with_the_command_that_chooses(
    path: Path, random_arrays: MakeArrays
) -> None:
    two = {
        f"{which}.{name}": a for which in ("ema", "model") for name, a in random_arrays(0).items()
    }
    save_file(two, path)
    told = f"affect-bridge convert {path} weights.safetensors --prefer ema|model"
    with pytest.raises(CheckpointError, match=re.escape(told)):
        load(path)


def test_a_file_that_is_far_too_large_is_not_read(
    path: Path, random_arrays: MakeArrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "_LARGEST", 1000)
    save(path, random_arrays(0), Header())
    with pytest.raises(CheckpointError, match="bytes, more than 1000; a model has 1"):
        load(path)
