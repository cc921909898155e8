"""The slope of the leaky ReLU is found from the weights, or else it is said that it is not."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from bridge.model import checkpoint
from bridge.model.network import VadToBlendshapes
from bridge.model.slope import asymmetry, find_slope, settled_slope
from protocols.arkit import PAIRS

Arrays = dict[str, NDArray[np.float32]]

FIRST_MODEL = Path(__file__).parent / "fixtures" / "first_model.safetensors"


@pytest.fixture(scope="module")
def first_model() -> Arrays:
    """Weights of this project that were trained with slope 0.01 and the symmetry loss."""
    return dict(checkpoint.load(FIRST_MODEL)[0])


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def trained(slope: float, steps: int = 250) -> Arrays:
    """A network that was trained for two seconds, with the reference's symmetry loss."""
    torch.manual_seed(0)
    left, right = torch.tensor(PAIRS).T
    network = VadToBlendshapes(negative_slope=slope)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)
    directions = torch.randn(3, 52)
    directions[:, right] = directions[:, left]
    for _ in range(steps):
        points = torch.rand(128, 3) * 2 - 1
        output = network.unclamped(points)
        target = torch.sigmoid(2 * points @ directions)
        loss = nn.functional.smooth_l1_loss(output, target)
        loss = loss + 2 * (output[:, left] - output[:, right]).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return {name: tensor.numpy() for name, tensor in network.state_dict().items()}


@pytest.mark.parametrize(
    ("slope", "difference"), [(0.0, 0.00053), (0.01, 0.00019), (0.02, 0.00049), (0.1, 0.0035)]
)
def test_the_first_model_is_most_symmetric_with_the_slope_of_its_training(
    first_model: Arrays, slope: float, difference: float
) -> None:
    assert asymmetry(first_model, slope) == pytest.approx(difference, rel=0.04)


def test_the_slope_of_the_first_model_is_found(first_model: Arrays) -> None:
    found = find_slope(first_model)
    assert found.clear
    assert found.slope == 0.01
    assert found.next_difference > 2 * found.difference


@pytest.mark.parametrize("slope", [0.0, 0.1, 0.2])
def test_the_slope_of_a_trained_network_is_found_and_said(
    caplog: pytest.LogCaptureFixture, slope: float
) -> None:
    caplog.set_level(logging.INFO)
    assert settled_slope(trained(slope), None) == slope
    assert caplog.messages[0].startswith(f"LeakyReLU slope {slope:g}: ")


def test_a_network_that_shows_no_slope_gets_pytorchs_default_and_a_warning(
    random_arrays: Callable[[int], Arrays], caplog: pytest.LogCaptureFixture
) -> None:
    assert settled_slope(random_arrays(0), None) == 0.01
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert "using 0.01" in record.getMessage()
    assert "--leak" in record.getMessage()


def test_tied_rows_show_no_slope(first_model: Arrays) -> None:
    left, right = np.array(PAIRS).T
    for name in ("layers.12.weight", "layers.12.bias"):
        tied = first_model[name].copy()
        tied[right] = tied[left]
        first_model = {**first_model, name: tied}
    assert not find_slope(first_model).clear


def test_a_slope_that_is_said_is_not_questioned(
    first_model: Arrays, caplog: pytest.LogCaptureFixture
) -> None:
    assert settled_slope(first_model, 0.2) == 0.2
    assert caplog.messages == []
