"""Which tensor of a file is which tensor of the network."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.model.arranging import arrange
from bridge.model.layers import SHAPES, CheckpointError

Arrays = dict[str, NDArray[Any]]
MakeArrays = Callable[[int], Arrays]


def assert_same(arranged: Any, arrays: Arrays) -> None:
    assert list(arranged) == list(SHAPES)
    for name, array in arrays.items():
        np.testing.assert_array_equal(arranged[name], array, name)


def test_biases_before_weights_and_layers_from_the_end_are_told_apart(
    random_arrays: MakeArrays,
) -> None:
    arrays = random_arrays(0)
    linear = ["layers.12", "layers.8", "layers.4", "layers.0"]
    norms = ["layers.1", "layers.5", "layers.9"]
    shuffled = {
        f"{module}.{part}": arrays[f"{module}.{part}"]
        for module in [*norms, *linear]
        for part in ("bias", "weight")
    }
    assert_same(arrange(shuffled, ordered=True), arrays)


def test_names_without_dots_are_taken_in_the_order_of_the_file(random_arrays: MakeArrays) -> None:
    arrays = random_arrays(0)
    dotless = {f"p{13 - place}": array for place, array in enumerate(arrays.values())}
    assert_same(arrange(dotless, ordered=True), arrays)


def test_gamma_and_beta_are_a_norms_weight_and_bias(random_arrays: MakeArrays) -> None:
    arrays = random_arrays(0)
    renamed: Arrays = {}
    for name in reversed(arrays):  # the norms' betas first
        norm = name.startswith(("layers.1.", "layers.5.", "layers.9."))
        foreign = name.replace(".weight", ".gamma").replace(".bias", ".beta") if norm else name
        renamed[foreign] = arrays[name]
    renamed = dict(sorted(renamed.items(), key=lambda item: int(item[0].split(".")[1])))
    assert_same(arrange(renamed, ordered=True), arrays)


def test_counters_and_scalars_beside_the_layers_are_left_out(random_arrays: MakeArrays) -> None:
    arrays = random_arrays(0)
    beside = {"steps": np.array(7), "scale": np.array(0.5), "ids": np.arange(256)}
    assert_same(arrange({**beside, **arrays}, ordered=True), arrays)


def test_the_refusal_of_another_network_says_what_was_found_and_expected() -> None:
    small = {
        "0.weight": np.zeros((64, 3)),
        "0.bias": np.zeros(64),
    }
    with pytest.raises(CheckpointError) as refusal:
        arrange(small, ordered=True)
    said = str(refusal.value)
    assert "3-256-512-256-52" in said
    assert "[256, 3]" in said.partition(";")[0]
    assert "unexpected shapes [64, 3], [64]" in said.partition(";")[2]


def test_nothing_at_all_is_refused() -> None:
    with pytest.raises(CheckpointError, match="not a checkpoint of this network"):
        arrange({}, ordered=True)


def renamed(arrays: Arrays, modules: dict[str, str], parts: str = "weight bias") -> Arrays:
    """The tensors under other names, sorted as safetensors files are: the order is lost."""
    weight, bias = parts.split()
    told = {
        f"{modules[name.rpartition('.')[0]]}.{weight if name.endswith('weight') else bias}": array
        for name, array in arrays.items()
    }
    return dict(sorted(told.items()))


def names(text: str) -> dict[str, str]:
    """Names of the seven layers, in the order in which they run."""
    layers = [f"layers.{n}" for n in (0, 1, 4, 5, 8, 9, 12)]
    return dict(zip(layers, text.split(), strict=True))


TELLING = [
    "fc1 ln1 fc2 ln2 fc3 ln3 out",
    "inp.linear inp.norm mid.linear mid.norm last.linear last.norm head",
    "linear_in norm_in linear_mid norm_mid linear_out norm_out head",
    "z.0 z.1 z.3 z.4 z.6 z.7 z.9",
    "net.0 net.2 net.5 net.7 net.10 net.12 net.15",
    "fc norm fc2 norm2 fc3 norm3 fc4",
    "d a.b0.norm e a.b1.norm f a.b2.norm g",
    "zebra.fc zebra.ln middle.fc middle.ln apple.fc apple.ln out",
]


@pytest.mark.parametrize("modules", TELLING)
def test_names_tell_the_norms_apart_when_the_order_is_lost(
    random_arrays: MakeArrays, modules: str
) -> None:
    arrays = random_arrays(0)
    assert_same(arrange(renamed(arrays, names(modules)), ordered=False), arrays)


@pytest.mark.parametrize(
    "modules",
    [
        "inp norm_a mid norm_m last norm_b out",
        "inp norm_b mid norm_m last norm_a out",
        "inp ln mid ln_mid last other out",
        "fc1 norm1 fc2 norm3 fc3 norm2 out",  # the numbers do not rise with the sizes
    ],
)
def test_norms_that_cannot_be_told_apart_are_refused_with_the_mapping_to_give(
    random_arrays: MakeArrays, modules: str
) -> None:
    arrays = random_arrays(0)
    told = names(modules)
    first, third = told["layers.1"], told["layers.9"]
    tensors = renamed(arrays, told)
    with pytest.raises(CheckpointError) as refusal:
        arrange(tensors, ordered=False)
    assert f"--map {first}=layers.1,{third}=layers.9" in str(refusal.value)
    assert_same(arrange(tensors, {first: "layers.1", third: "layers.9"}, ordered=False), arrays)
    assert_same(arrange(tensors, {third: "layers.9"}, ordered=False), arrays)


def test_an_order_that_is_alphabetical_is_not_trusted(random_arrays: MakeArrays) -> None:
    arrays = random_arrays(0)
    tensors = renamed(arrays, names("inp norm_b mid norm_m last norm_a out"))
    with pytest.raises(CheckpointError, match="does not say which comes first"):
        arrange(tensors, ordered=True)
    in_order = {  # as PyTorch keeps it
        f"{module}.{part}": arrays[f"{layer}.{part}"]
        for layer, module in names("inp norm_b mid norm_m last norm_a out").items()
        for part in ("weight", "bias")
    }
    assert_same(arrange(in_order, ordered=True), arrays)


def test_names_win_over_the_order_of_the_file(random_arrays: MakeArrays) -> None:
    arrays = random_arrays(0)
    backwards = dict(reversed(renamed(arrays, names(TELLING[0])).items()))
    assert_same(arrange(backwards, ordered=True), arrays)


@pytest.mark.parametrize("parts", ["scale offset", "gamma beta", "g b", "w b", "gain anything"])
def test_a_norms_weight_is_known_by_its_usual_names(random_arrays: MakeArrays, parts: str) -> None:
    arrays = random_arrays(0)
    assert_same(arrange(renamed(arrays, names(TELLING[0]), parts), ordered=False), arrays)


def test_a_norms_tensors_with_unknown_names_are_refused_with_the_mapping_to_give(
    random_arrays: MakeArrays,
) -> None:
    arrays = random_arrays(0)
    tensors = renamed(arrays, names(TELLING[0]), "y x")
    with pytest.raises(CheckpointError, match=r"--map ln1\.x=layers\.1\.weight,ln1\.y="):
        arrange(tensors, ordered=False)
    places = {"ln1.y": "layers.1.weight", "ln2.x": "layers.5.bias", "ln3.y": "layers.9.weight"}
    assert_same(arrange(tensors, places, ordered=False), arrays)


def test_names_joined_by_underscores_form_layers(random_arrays: MakeArrays) -> None:
    arrays = random_arrays(0)
    dotless = {
        name.replace(".", "_"): array for name, array in renamed(arrays, names(TELLING[0])).items()
    }
    assert_same(arrange(dotless, ordered=False), arrays)


def test_numbered_tensors_are_taken_in_the_order_of_their_numbers(
    random_arrays: MakeArrays,
) -> None:
    arrays = random_arrays(0)
    numbered = {f"param_{at}": array for at, array in enumerate(arrays.values())}
    assert_same(arrange(dict(sorted(numbered.items())), ordered=False), arrays)


def test_tensors_without_telling_names_or_order_are_refused_with_what_to_map(
    random_arrays: MakeArrays,
) -> None:
    arrays = random_arrays(0)
    letters = dict(zip("fbdaecghkjilnm", arrays, strict=True))
    tensors = {letter: arrays[letters[letter]] for letter in sorted(letters)}
    with pytest.raises(CheckpointError, match=r"--map \w=PLACE.*layers\.0\.bias, layers\.1"):
        arrange(tensors, ordered=False)
    places = {letter: place for letter, place in letters.items() if "12" not in place}
    assert_same(arrange(tensors, places, ordered=False), arrays)


@pytest.mark.parametrize(
    ("places", "told"),
    [
        ({"ln9": "layers.1"}, "the file has no 'ln9'; it has fc1, "),
        ({"ln1": "layers.2"}, "no layer 'layers.2'; the layers are layers.0, layers.1, "),
        ({"ln1": "layers.5"}, r"ln1 has the shape \[256\]; layers.5 needs \[512\]"),
        ({"fc1": "layers.4"}, r"fc1 has the shape \[256, 3\]; layers.4 needs \[512, 256\]"),
        ({"ln1": "layers.1", "ln3": "layers.1"}, "ln3.weight=layers.1.weight is assigned twice"),
        ({"fc1.bias": "layers.4.bias"}, r"fc1.bias has the shape \[256\]; layers.4.bias needs"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(
    random_arrays: MakeArrays, places: dict[str, str], told: str
) -> None:
    tensors = renamed(random_arrays(0), names(TELLING[0]))
    with pytest.raises(CheckpointError, match=told):
        arrange(tensors, places, ordered=False)


def test_a_mapping_may_name_every_layer(random_arrays: MakeArrays) -> None:
    arrays = random_arrays(0)
    told = names("inp norm_a mid norm_m last norm_b out")
    places = {module: layer for layer, module in told.items()}
    assert_same(arrange(renamed(arrays, told), places, ordered=False), arrays)
