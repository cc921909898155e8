"""The network in files of other programs: nested, beside an optimiser, beside EMA weights."""

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bridge.model.foreign import Found, count_networks, find_network
from bridge.model.layers import CheckpointError

Arrays = dict[str, NDArray[np.float32]]
MakeArrays = Callable[[int], Arrays]


def find(content: Any, **options: Any) -> Found:
    return find_network(content, ordered=True, **options)


def is_network(found: Found, arrays: Arrays) -> bool:
    return all(np.array_equal(found.arrays[name], array) for name, array in arrays.items())


def prefixed(prefix: str, arrays: Arrays) -> Arrays:
    return {f"{prefix}{name}": array for name, array in arrays.items()}


TWO: dict[str, Callable[[Arrays, Arrays], dict[str, Any]]] = {
    "side by side": lambda model, ema: {"epoch": 3, "model": model, "ema": ema},
    "EMA first": lambda model, ema: {"ema_state_dict": ema, "model_state_dict": model},
    "nested": lambda model, ema: {"model": model, "ema": {"decay": 0.999, "shadow": ema}},
    "by prefix": lambda model, ema: {
        "state_dict": {**prefixed("model.", model), **prefixed("model_ema.", ema)}
    },
    "by a longer prefix": lambda model, ema: {
        **prefixed("net.online.", model),
        **prefixed("net.ema.", ema),
    },
    "as a list": lambda model, ema: {
        "model": model,
        "ema": {"decay": 0.99, "num_updates": 5, "shadow_params": list(ema.values())},
    },
    "a list in another order": lambda model, ema: {
        "model": dict(reversed(model.items())),
        "ema": {"shadow_params": list(reversed(ema.values()))},
    },
    "averaged by PyTorch": lambda model, ema: {
        "model": model,
        "swa_model": {"n_averaged": np.array(7), **prefixed("module.", ema)},
    },
}


@pytest.mark.parametrize("form", TWO)
def test_with_ema_beside_the_model_the_model_is_taken_and_that_is_said(
    random_arrays: MakeArrays, caplog: pytest.LogCaptureFixture, form: str
) -> None:
    model, ema = random_arrays(0), random_arrays(1)
    found = find(TWO[form](model, ema))
    assert is_network(found, model)
    (said,) = caplog.messages
    assert said.startswith("took the model at ")
    assert "--prefer ema takes the EMA weights" in said
    assert not is_network(found, ema)


@pytest.mark.parametrize("form", TWO)
def test_ema_weights_are_taken_when_preferred(
    random_arrays: MakeArrays, caplog: pytest.LogCaptureFixture, form: str
) -> None:
    model, ema = random_arrays(0), random_arrays(1)
    assert is_network(find(TWO[form](model, ema), prefer="ema"), ema)
    assert caplog.messages[0].startswith("took the EMA weights at ")


def test_a_preference_that_cannot_be_met_is_refused(random_arrays: MakeArrays) -> None:
    with pytest.raises(CheckpointError, match="contains no EMA weights"):
        find({"model": random_arrays(0)}, prefer="ema")
    with pytest.raises(CheckpointError, match="contains only EMA weights"):
        find({"ema": random_arrays(0)}, prefer="model")


def test_ema_weights_alone_are_taken_and_that_is_said(
    random_arrays: MakeArrays, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert is_network(find({"ema": random_arrays(0)}), random_arrays(0))
    assert caplog.messages == ["took the EMA weights at 'ema'; the file has no others"]


def test_a_single_network_needs_no_note(
    random_arrays: MakeArrays, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    found = find({"checkpoint": {"schema": {"state": random_arrays(0)}}})
    assert (found.key, caplog.messages) == ("checkpoint.schema.state", [])


def test_of_two_networks_that_are_not_ema_it_is_said_which_was_taken(
    random_arrays: MakeArrays, caplog: pytest.LogCaptureFixture
) -> None:
    found = find({"student": random_arrays(0), "teacher": random_arrays(1)})
    assert is_network(found, random_arrays(0))
    assert caplog.messages == ["took the model at 'student'; the file also has 'teacher'"]


@pytest.mark.parametrize("key", ["optimizer", "optimiser_state_dict", "exp_avg"])
def test_an_optimiser_that_keeps_tensors_by_name_is_not_taken_for_the_network(
    random_arrays: MakeArrays, key: str
) -> None:
    moments, model = random_arrays(1), random_arrays(0)
    assert is_network(find({key: {"m": moments}, "model": model}), model)
    assert is_network(find({key: moments, "model": model}), model)


def test_only_what_is_beside_the_network_counts_as_a_remark(random_arrays: MakeArrays) -> None:
    found = find(
        {
            "epoch": 99,
            "best": {"val_loss": 0.025, "state": random_arrays(0)},
            "optimizer": {"lr": 0.1},
            "other": {"epoch": 3},
        }
    )
    assert found.remarks == {"epoch": 99, "val_loss": 0.025, "other": {"epoch": 3}}


def test_networks_are_counted(random_arrays: MakeArrays) -> None:
    assert count_networks(random_arrays(0)) == 1
    assert count_networks({**prefixed("a.", random_arrays(0)), **prefixed("b.", random_arrays(1))})
    assert count_networks({"epoch": 3}) == 0
