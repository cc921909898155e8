"""PyTorch files as people write them, and as an attacker would."""

import os
import pickle
import re
import zipfile
from argparse import Namespace
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from bridge.model.layers import SHAPES, CheckpointError
from bridge.model.loading import load_checkpoint
from bridge.model.network import VadToBlendshapes

State = dict[str, torch.Tensor]


def load(path: Path) -> Any:
    """The network in a file, whose slope is of no interest here."""
    return load_checkpoint(path, negative_slope=0.01)[0]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def network() -> VadToBlendshapes:
    """A network whose norms differ from each other, so that a swap is noticed."""
    torch.manual_seed(0)
    made = VadToBlendshapes()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "best_model.pt"


def renamed(state: State, names: dict[str, str]) -> State:
    """`names`: module to module, in the order that the file has."""
    return {
        f"{new}.{part}": state[f"layers.{old}.{part}"]
        for old, new in names.items()
        for part in ("weight", "bias")
    }


def optimiser_of(network: VadToBlendshapes) -> dict[str, Any]:
    """The state of an optimiser that has made a step: two tensors like each parameter."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=0.0)
    network(torch.zeros(2, 3)).sum().backward()
    optimiser.step()
    return optimiser.state_dict()


IN_A_ROW = dict.fromkeys(["0", "1", "4", "5", "8", "9", "12"], "")

WRAPPINGS: dict[str, Callable[[VadToBlendshapes], Any]] = {
    "bare": lambda net: net.state_dict(),
    "a plain dictionary": lambda net: dict(net.state_dict()),
    "model_state_dict": lambda net: {"epoch": 99, "model_state_dict": net.state_dict()},
    "state_dict": lambda net: {"state_dict": net.state_dict(), "loss": torch.tensor(0.0251)},
    "model": lambda net: {"model": net.state_dict(), "args": {"lr": 1e-3, "names": ["jawOpen"]}},
    "nested": lambda net: {"checkpoint": {"best": {"model": net.state_dict()}}},
    "beside its optimiser": lambda net: {
        "optimizer_state_dict": optimiser_of(net),
        "model_state_dict": net.state_dict(),
    },
    "prefixed module.": lambda net: {f"module.{n}": t for n, t in net.state_dict().items()},
    "prefixed model.layers": lambda net: {
        "state_dict": OrderedDict((f"model.{n}", t) for n, t in net.state_dict().items())
    },
    "other layer names": lambda net: renamed(
        net.state_dict(),
        {
            "0": "fc1",
            "1": "ln1",
            "4": "fc2",
            "5": "ln2",
            "8": "fc3",
            "9": "ln3",
            "12": "output",
        },
    ),
    "norms after the layers": lambda net: renamed(
        net.state_dict(),
        {
            "12": "head",
            "8": "linears.2",
            "4": "linears.1",
            "0": "linears.0",
            "1": "norms.0",
            "5": "norms.1",
            "9": "norms.2",
        },
    ),
    "names without dots": lambda net: {
        f"{kind}{place}": tensor
        for (place, tensor), kind in zip(
            enumerate(net.state_dict().values()), ["w", "b", "g", "s"] * 3 + ["w", "b"], strict=True
        )
    },
    "biases first": lambda net: dict(
        reversed(renamed(net.state_dict(), reversed_modules()).items())
    ),
    "parameters": lambda net: dict(net.named_parameters()),
    "float64": lambda net: {n: t.double() for n, t in net.state_dict().items()},
}


def reversed_modules() -> dict[str, str]:
    return {name: name for name in reversed(IN_A_ROW)}


def assert_same(arrays: Any, network: VadToBlendshapes, *, tolerance: float = 0.0) -> None:
    assert {name: array.shape for name, array in arrays.items()} == SHAPES
    for name, tensor in network.state_dict().items():
        assert arrays[name].dtype == np.float32
        np.testing.assert_allclose(arrays[name], tensor.numpy(), atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_the_network_is_found_however_it_is_wrapped(
    network: VadToBlendshapes, path: Path, wrapping: str
) -> None:
    torch.save(WRAPPINGS[wrapping](network), path)
    assert_same(load(path), network)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16])
def test_halved_numbers_are_read_as_float32(
    network: VadToBlendshapes, path: Path, kind: torch.dtype
) -> None:
    torch.save({name: tensor.to(kind) for name, tensor in network.state_dict().items()}, path)
    assert_same(load(path), network, tolerance=1e-2)


def test_the_format_before_zip_files_is_read(network: VadToBlendshapes, path: Path) -> None:
    torch.save(network.state_dict(), path, _use_new_zipfile_serialization=False)
    assert_same(load(path), network)


class Hostile:
    """Writes a file when it is unpickled, if the loader runs code."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return eval, (f"open({str(self.mark)!r}, 'w').close()",)


def test_the_hostile_pickle_of_these_tests_runs_code_when_unpickled(tmp_path: Path) -> None:
    mark = tmp_path / "harm"
    pickle.loads(pickle.dumps(Hostile(mark)))
    assert mark.exists()


HOSTILE: dict[str, Callable[[Any, Path], Any]] = {
    "zip": torch.save,
    "before zip": lambda content, path: torch.save(
        content, path, _use_new_zipfile_serialization=False
    ),
    "plain pickle": lambda content, path: path.write_bytes(pickle.dumps(content, protocol=2)),
}


@pytest.mark.parametrize("form", HOSTILE)
def test_a_hostile_file_is_refused_and_nothing_in_it_is_run(
    network: VadToBlendshapes, path: Path, tmp_path: Path, form: str
) -> None:
    mark = tmp_path / "harm"
    HOSTILE[form]({"model": network.state_dict(), "extra": Hostile(mark)}, path)
    with pytest.raises(CheckpointError, match=r"refused, because reading it would run code"):
        load(path)
    assert not mark.exists()


def test_a_whole_pickled_model_is_refused_with_what_to_save_instead(
    network: VadToBlendshapes, path: Path
) -> None:
    torch.save(network, path)
    with pytest.raises(CheckpointError, match=r"save `model\.state_dict\(\)` instead"):
        load(path)


@pytest.mark.parametrize("outputs", [51, 61])
def test_a_network_of_another_shape_is_refused_with_what_was_found_and_expected(
    path: Path, outputs: int
) -> None:
    other = VadToBlendshapes()
    other.layers[-1] = nn.Linear(256, outputs)
    torch.save({"model": other.state_dict()}, path)
    told = f"{path}: not a checkpoint of this network "
    told += "(mlp 3-256-512-256-52, layer norm, leaky ReLU, clamp): "
    found = f"missing shapes [52, 256], [52]; unexpected shapes [{outputs}, 256], [{outputs}]"
    with pytest.raises(CheckpointError, match=re.escape(told + found)):
        load(path)


@pytest.mark.parametrize(
    "content", [{}, [1, 2], "text", 5, None, {"epoch": 3}, {"a": {"b": {"c": 1}}}]
)
def test_a_file_without_a_network_is_refused(path: Path, content: Any) -> None:
    torch.save(content, path)
    with pytest.raises(CheckpointError, match="contains no tensors"):
        load(path)


def test_a_dictionary_that_holds_itself_is_refused(path: Path) -> None:
    content: dict[str, Any] = {}
    content["model"] = content
    torch.save(content, path)
    with pytest.raises(CheckpointError):
        load(path)


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04" + b"\0" * 50, b"\x80\x02}q\x00."])
def test_a_file_of_another_kind_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=f"^{re.escape(str(path))}: "):
        load(path)


def test_a_truncated_file_is_refused(network: VadToBlendshapes, path: Path) -> None:
    torch.save(network.state_dict(), path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(CheckpointError, match="the file is incomplete"):
        load(path)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e300])
def test_numbers_that_are_not_finite_in_float32_are_refused(
    network: VadToBlendshapes, path: Path, bad: float
) -> None:
    state = {name: tensor.double() for name, tensor in network.state_dict().items()}
    state["layers.8.weight"][7, 9] = bad
    torch.save(state, path)
    with pytest.raises(CheckpointError, match="not finite"):
        load(path)


def test_sparse_tensors_are_refused_like_any_other_file_that_does_not_fit(
    network: VadToBlendshapes, path: Path
) -> None:
    state = dict(network.state_dict())
    state["layers.0.weight"] = state["layers.0.weight"].to_sparse()
    torch.save(state, path)
    with pytest.raises(CheckpointError):
        load(path)


def beside(network: VadToBlendshapes, **more: Any) -> dict[str, Any]:
    return {"model": network.state_dict(), **more}


class BigEndian:
    def __reduce__(self) -> tuple[Any, ...]:
        make_scalar = np.int64(0).__reduce__()[0]
        return make_scalar, (np.dtype(">i8"), (99).to_bytes(8, "big"))


HARMLESS: dict[str, tuple[Callable[[], Any], Any]] = {
    "NumPy float64": (lambda: np.float64(0.0251), 0.0251),
    "NumPy float32": (lambda: np.float32(0.5), 0.5),
    "NumPy int64": (lambda: np.int64(99), 99),
    "NumPy float16": (lambda: np.float16(0.5), 0.5),
    "NumPy uint8": (lambda: np.uint8(200), 200),
    "NumPy int64 of a big-endian machine": (BigEndian, 99),
    "NumPy text": (lambda: np.str_("try 3 あ"), "try 3 あ"),
    "NumPy bool": (lambda: np.bool_(True), True),
    "Namespace": (lambda: Namespace(lr=1e-3, out=Path("runs/3")), {"lr": 1e-3, "out": "runs/3"}),
    "Path": (lambda: Path("data/emo3d"), "data/emo3d"),
    "a path of Windows": (lambda: PureWindowsPath("C:/data"), "C:\\data"),
    "defaultdict of lists": (lambda: defaultdict(list, train=[0.5, 0.4]), {"train": [0.5, 0.4]}),
    "defaultdict of floats": (lambda: defaultdict(float, mse=0.5), {"mse": 0.5}),
    "Counter": (lambda: Counter("aab"), {"a": 2, "b": 1}),
}


@pytest.mark.parametrize("form", ["zip", "before zip"])
@pytest.mark.parametrize("kind", HARMLESS)
def test_a_state_dict_beside_what_training_scripts_keep_is_read(
    network: VadToBlendshapes, path: Path, kind: str, form: str
) -> None:
    make, plain = HARMLESS[kind]
    HOSTILE[form](beside(network, said=make(), metrics={"best": make()}), path)
    arrays, header = load_checkpoint(path, negative_slope=0.01)
    assert_same(arrays, network)
    assert header.training["checkpoint"] == {"said": plain, "metrics": {"best": plain}}


def test_a_path_of_another_system_is_read(network: VadToBlendshapes, path: Path) -> None:
    """Of a file that was written on the other of Windows and Linux."""
    torch.save(beside(network, out=Path("a/b")), path)
    other = b"WindowsPath" if os.name == "posix" else b"PosixPath"
    content = path.read_bytes()
    here = type(Path()).__name__.encode()
    # A pickle names a class in a line of text, so the names need not have one length.
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    assert here in content
    with zipfile.ZipFile(path, "w") as archive:
        for name, entry in entries.items():
            changed = entry.replace(here + b"\n", other + b"\n")
            archive.writestr(name, changed if name.endswith("data.pkl") else entry)
    training = load_checkpoint(path, negative_slope=0.01)[1].training
    assert str(training["checkpoint"]["out"]).replace("\\", "/") == "a/b"


class Unknown:
    """A class of a training script."""


def test_a_refusal_names_the_class_that_is_to_blame(network: VadToBlendshapes, path: Path) -> None:
    torch.save(beside(network, config=Unknown()), path)
    with pytest.raises(CheckpointError, match=r"would run code from the file \(\S*\.Unknown\)"):
        load(path)


class Harmless:
    """Calls a function that is allowed here with what is not: a defaultdict of a function."""

    def __reduce__(self) -> tuple[Any, ...]:
        return defaultdict, (os.getcwd,)


def test_what_is_allowed_cannot_be_used_to_reach_what_is_not(
    network: VadToBlendshapes, path: Path
) -> None:
    torch.save(beside(network, extra=Harmless()), path)
    with pytest.raises(CheckpointError, match="refused, because reading it would run code"):
        load(path)


@pytest.mark.parametrize("extra", [np.dtype("f8"), np.dtype("O"), np.complex128(1j)], ids=repr)
def test_other_scalars_and_types_of_numpy_are_left_out(
    network: VadToBlendshapes, path: Path, extra: Any
) -> None:
    torch.save(beside(network, extra=extra), path)
    arrays, header = load_checkpoint(path, negative_slope=0.01)
    assert_same(arrays, network)
    assert "checkpoint" not in header.training


def test_an_array_of_numpy_is_refused_by_name(network: VadToBlendshapes, path: Path) -> None:
    torch.save(beside(network, extra=np.zeros(3)), path)
    with pytest.raises(CheckpointError, match=r"numpy\._core\.multiarray\._reconstruct"):
        load(path)


def test_a_number_with_too_few_bytes_is_refused(network: VadToBlendshapes, path: Path) -> None:
    class Short:
        def __reduce__(self) -> tuple[Any, ...]:
            return np.float64(0).__reduce__()[0], (np.dtype("f8"), b"abc")

    torch.save(beside(network, extra=Short()), path)
    with pytest.raises(CheckpointError):
        load(path)


def test_nothing_stays_allowed_after_a_file_was_read(network: VadToBlendshapes, path: Path) -> None:
    torch.save(beside(network, args=Namespace(lr=0.1)), path)
    load(path)
    with pytest.raises(pickle.UnpicklingError):
        torch.load(path, weights_only=True)


def test_a_plain_pickle_is_called_that(path: Path) -> None:
    path.write_bytes(pickle.dumps({"epoch": 3, "weights": [1.0, 2.0]}, protocol=2))
    with pytest.raises(CheckpointError, match=r"plain pickle, .* `torch\.save"):
        load(path)


def test_a_cut_file_of_the_format_before_zip_is_called_incomplete(
    network: VadToBlendshapes, path: Path
) -> None:
    torch.save(network.state_dict(), path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(CheckpointError, match="it is damaged or incomplete"):
        load(path)


@pytest.mark.parametrize("name", ["best_model.pth.tar", "best_model.pkl", "best_model"])
def test_a_file_is_read_by_its_content(
    network: VadToBlendshapes, tmp_path: Path, name: str
) -> None:
    torch.save(network.state_dict(), tmp_path / name)
    assert_same(load(tmp_path / name), network)
