"""What a checkpoint says about itself is kept, bounded and ready for JSON."""

import json
from typing import Any

import numpy as np
import pytest

from bridge.model.remarks import as_lines, remarks, said_slope

SAID = {
    "epoch": 99,
    "metrics": {"mse": 0.0251, "per_shape": [0.1, 0.2]},
    "config": {"model": {"hidden": [256, 512, 256], "negative_slope": 0.2}, "name": "try 3"},
    "args": {"lr": 1e-3, "resume": None},
    "loss": np.array(0.5),
    "best": True,
}


def test_epoch_metrics_config_and_args_are_kept() -> None:
    assert remarks(SAID, ()) == {**SAID, "args": {"lr": 1e-3}, "loss": 0.5}


def test_tensors_and_the_state_of_the_training_are_left_out() -> None:
    beside = {
        "model": {"a": np.zeros(3)},
        "optimizer_state_dict": {"lr": 1},
        "lr_scheduler": {"last_epoch": 3},
        "scaler": {"scale": 1.0},
        "rng_state": [1, 2],
        "noise": np.zeros(5),
    }
    assert remarks({"epoch": 1, **beside}, ()) == {"epoch": 1}


def test_what_is_not_finite_becomes_text_because_json_has_no_such_numbers() -> None:
    found = remarks({"loss": float("nan"), "worst": float("inf")}, ())
    assert found == {"loss": "nan", "worst": "inf"}
    json.dumps(found, allow_nan=False)


def test_remarks_are_bounded() -> None:
    deep: dict[str, Any] = {}
    deep["itself"] = deep
    found = remarks(
        {
            "text": "x" * 1_000_000,
            "history": list(range(1_000_000)),
            "many": {str(at): "y" * 100 for at in range(10_000)},
            "deep": deep,
            "epoch": 7,
        },
        (),
    )
    assert len(json.dumps(found)) <= 20_000
    assert found["epoch"] == 7
    assert found["text"] == "x" * 1000


@pytest.mark.parametrize(
    ("said", "slope"),
    [
        (SAID, 0.2),
        ({"negative_slope": 0.1}, 0.1),
        ({"hparams": {"leaky_slope": "0.3"}}, 0.3),
        ({"negative_slope": 0.0}, 0.0),
        ({"negative_slope": "steep"}, None),
        ({"negative_slope": -3.0}, None),
        ({"slope": 0.2}, None),
        ({}, None),
    ],
)
def test_a_slope_is_found_wherever_it_is_said(said: dict[str, Any], slope: float | None) -> None:
    assert said_slope(said) == slope


def test_remarks_are_shown_one_a_line() -> None:
    assert as_lines({"epoch": 99, "name": "try 3", "config": {"lr": 0.1}}) == [
        "epoch: 99",
        "name: try 3",
        'config: {"lr": 0.1}',
    ]
