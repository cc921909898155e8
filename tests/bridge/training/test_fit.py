from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bridge.model import checkpoint
from bridge.training.fit import Metrics, Recipe, loss, save, train
from protocols.arkit import BLENDSHAPES

SHORT = Recipe(samples=3000, epochs=12, batch=128)
TINY = Recipe(samples=256, epochs=1)


@pytest.fixture(scope="module")
def short_run() -> tuple[list[float], Metrics]:
    losses: list[float] = []
    _, metrics = train(SHORT, lambda epoch, mean_loss: losses.append(mean_loss))
    return losses, metrics


def test_training_lowers_the_loss(short_run: tuple[list[float], Metrics]) -> None:
    losses, _ = short_run
    assert len(losses) == SHORT.epochs
    assert losses[-1] < losses[0] / 3


def test_even_a_short_training_beats_the_models_that_know_nothing(
    short_run: tuple[list[float], Metrics],
) -> None:
    _, metrics = short_run
    assert metrics.validation_mse < metrics.constant_mean_mse / 2
    assert metrics.constant_mean_mse < metrics.all_zero_mse


def test_the_same_seed_gives_the_same_weights() -> None:
    first, second = (train(TINY)[0].state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_another_seed_gives_other_weights() -> None:
    first = train(TINY)[0].state_dict()
    second = train(replace(TINY, seed=1))[0].state_dict()
    assert not torch.equal(first["layers.12.weight"], second["layers.12.weight"])


def test_a_trained_network_is_saved_with_its_recipe_and_metrics(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    network, metrics = train(TINY)
    save(path, network, TINY, metrics)
    arrays, header = checkpoint.load(path)
    for name, tensor in network.state_dict().items():
        assert torch.equal(torch.from_numpy(arrays[name]), tensor)
    assert header.training["recipe"]["samples"] == 256
    assert header.training["metrics"]["validation_mse"] == metrics.validation_mse


def test_a_face_with_unlike_sides_costs_more() -> None:
    face = torch.zeros(1, 52)
    face[0, BLENDSHAPES.index("mouthSmileLeft")] = 1.0
    # right on target, so what remains is 2 × (1 squared difference among 20 pairs), and sparsity
    assert loss(face, face, Recipe()).item() == pytest.approx(2 / 20 + 1e-4 / 52)
    assert loss(face, face, Recipe(symmetry_weight=0, sparsity_weight=0)).item() == 0
