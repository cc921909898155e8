from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.model.engine import Engine
from bridge.model.layers import SHAPES, CheckpointError, arrange, in_reference_order
from protocols.arkit import BLENDSHAPES

Arrays = dict[str, NDArray[Any]]
MakeArrays = Callable[[int], Arrays]

# As MediaPipe's Face Landmarker numbers its blendshapes, typed from its documentation.
MEDIAPIPE = [
    "_neutral",
    "browDownLeft",
    "browDownRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "eyeLookDownLeft",
    "eyeLookDownRight",
    "eyeLookInLeft",
    "eyeLookInRight",
    "eyeLookOutLeft",
    "eyeLookOutRight",
    "eyeLookUpLeft",
    "eyeLookUpRight",
    "eyeSquintLeft",
    "eyeSquintRight",
    "eyeWideLeft",
    "eyeWideRight",
    "jawForward",
    "jawLeft",
    "jawOpen",
    "jawRight",
    "mouthClose",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthFunnel",
    "mouthLeft",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthPucker",
    "mouthRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
    "noseSneerLeft",
    "noseSneerRight",
]


def assert_same(arranged: Any, arrays: Arrays) -> None:
    assert list(arranged) == list(SHAPES)
    for name, array in arrays.items():
        np.testing.assert_array_equal(arranged[name], array, name)


def test_tensors_have_the_shapes_and_order_of_the_reference() -> None:
    assert list(SHAPES.items()) == [
        ("layers.0.weight", (256, 3)),
        ("layers.0.bias", (256,)),
        ("layers.1.weight", (256,)),
        ("layers.1.bias", (256,)),
        ("layers.4.weight", (512, 256)),
        ("layers.4.bias", (512,)),
        ("layers.5.weight", (512,)),
        ("layers.5.bias", (512,)),
        ("layers.8.weight", (256, 512)),
        ("layers.8.bias", (256,)),
        ("layers.9.weight", (256,)),
        ("layers.9.bias", (256,)),
        ("layers.12.weight", (52, 256)),
        ("layers.12.bias", (52,)),
    ]
    assert sum(int(np.prod(shape)) for shape in SHAPES.values()) == 279_348


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
    assert_same(arrange(shuffled), arrays)


def test_names_without_dots_are_taken_in_the_order_of_the_file(random_arrays: MakeArrays) -> None:
    arrays = random_arrays(0)
    dotless = {f"p{13 - place}": array for place, array in enumerate(arrays.values())}
    assert_same(arrange(dotless), arrays)


def test_gamma_and_beta_are_a_norms_weight_and_bias(random_arrays: MakeArrays) -> None:
    arrays = random_arrays(0)
    renamed: Arrays = {}
    for name in reversed(arrays):  # the norms' betas first
        norm = name.startswith(("layers.1.", "layers.5.", "layers.9."))
        foreign = name.replace(".weight", ".gamma").replace(".bias", ".beta") if norm else name
        renamed[foreign] = arrays[name]
    renamed = dict(sorted(renamed.items(), key=lambda item: int(item[0].split(".")[1])))
    assert_same(arrange(renamed), arrays)


def test_counters_and_scalars_beside_the_layers_are_left_out(random_arrays: MakeArrays) -> None:
    arrays = random_arrays(0)
    beside = {"steps": np.array(7), "scale": np.array(0.5), "ids": np.arange(256)}
    assert_same(arrange({**beside, **arrays}), arrays)


def test_the_refusal_of_another_network_says_what_was_found_and_expected() -> None:
    small = {
        "0.weight": np.zeros((64, 3)),
        "0.bias": np.zeros(64),
    }
    with pytest.raises(CheckpointError) as refusal:
        arrange(small)
    said = str(refusal.value)
    assert "3-256-512-256-52" in said
    assert "[256, 3]" in said.partition(";")[0]
    assert "unexpected shapes [64, 3], [64]" in said.partition(";")[2]


def test_nothing_at_all_is_refused() -> None:
    with pytest.raises(CheckpointError, match="not a checkpoint of this network"):
        arrange({})


def test_emo3d_outputs_are_mapped_by_their_names(random_arrays: MakeArrays) -> None:
    assert len(MEDIAPIPE) == 52
    arrays = random_arrays(0)
    arrays["layers.12.weight"] = np.zeros((52, 256), np.float32)
    said = dict(zip(MEDIAPIPE, np.linspace(0.1, 0.9, 52, dtype=np.float32), strict=True))
    arrays["layers.12.bias"] = np.array(list(said.values()))
    [face] = Engine(in_reference_order(arrays, "emo3d")).run(np.zeros((1, 3)))
    for name, weight in zip(BLENDSHAPES, face, strict=True):
        assert weight == pytest.approx(said.get(name, 0.0)), name
    assert face[BLENDSHAPES.index("tongueOut")] == 0.0


def test_reference_outputs_are_left_as_they_are(random_arrays: MakeArrays) -> None:
    arrays = random_arrays(0)
    assert_same(in_reference_order(arrays, "reference"), arrays)


def test_reordering_outputs_does_not_change_the_original(random_arrays: MakeArrays) -> None:
    arrays = random_arrays(0)
    before = arrays["layers.12.bias"].copy()
    ordered = in_reference_order(arrays, "emo3d")
    assert {name: array.shape for name, array in ordered.items()} == SHAPES
    np.testing.assert_array_equal(arrays["layers.12.bias"], before)
