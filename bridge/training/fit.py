"""The training loop: target faces in, a checkpoint out, the same one for the same seed."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from bridge.model import checkpoint
from bridge.model.network import VadToBlendshapes
from bridge.training.facs import sample_points, target_faces
from protocols.arkit import PAIRS

_LEFT = [left for left, _ in PAIRS]
_RIGHT = [right for _, right in PAIRS]


@dataclass(frozen=True)
class Recipe:
    """The reference's recipe where it states one (its loss, optimiser and schedule)."""

    seed: int = 0
    samples: int = 24_000
    epochs: int = 100
    batch: int = 256
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    symmetry_weight: float = 2.0
    sparsity_weight: float = 1e-4
    dropout: float = 0.0
    """The targets carry no noise to overfit, so dropout would only blur them."""


@dataclass(frozen=True)
class Metrics:
    """Mean squared errors on held-out points, and what two know-nothing models reach there."""

    validation_mse: float
    constant_mean_mse: float
    all_zero_mse: float


def loss(output: Tensor, target: Tensor, recipe: Recipe) -> Tensor:
    """Smooth L1, plus the squared left-right difference, plus L1 sparsity."""
    asymmetry = nn.functional.mse_loss(output[:, _LEFT], output[:, _RIGHT])
    return (
        nn.functional.smooth_l1_loss(output, target)
        + recipe.symmetry_weight * asymmetry
        + recipe.sparsity_weight * output.abs().mean()
    )


def train(
    recipe: Recipe, report: Callable[[int, float], None] = lambda epoch, loss: None
) -> tuple[VadToBlendshapes, Metrics]:
    """Train a network. `report` hears each epoch's number and mean loss."""
    torch.manual_seed(recipe.seed)
    # Layers this small are quicker on one thread, and sums then come out the same everywhere.
    torch.set_num_threads(1)
    rng = np.random.default_rng(recipe.seed)
    points = sample_points(recipe.samples, rng)
    inputs, targets = torch.from_numpy(points), torch.from_numpy(target_faces(points))
    network = VadToBlendshapes(recipe.dropout)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, recipe.epochs)
    for epoch in range(recipe.epochs):
        network.train()
        losses = []
        order = torch.randperm(len(inputs)).numpy()
        for start in range(0, len(order), recipe.batch):
            batch = order[start : start + recipe.batch]
            optimiser.zero_grad()
            batch_loss = loss(network.unclamped(inputs[batch]), targets[batch], recipe)
            batch_loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            losses.append(batch_loss.item())
        schedule.step()
        report(epoch + 1, float(np.mean(losses)))
    return network.eval(), validate(network, rng)


def validate(network: VadToBlendshapes, rng: np.random.Generator) -> Metrics:
    """Measure on points the network has not seen."""
    points = sample_points(4000, rng)
    targets = target_faces(points)
    network.eval()
    with torch.no_grad():
        faces = network(torch.from_numpy(points)).numpy()
    return Metrics(
        validation_mse=float(np.mean((faces - targets) ** 2)),
        constant_mean_mse=float(np.mean((targets.mean(axis=0) - targets) ** 2)),
        all_zero_mse=float(np.mean(targets**2)),
    )


def save(path: Path, network: VadToBlendshapes, recipe: Recipe, metrics: Metrics) -> None:
    """Write the network as a checkpoint that says how it came to be."""
    training = {"data": "FACS targets", "recipe": asdict(recipe), "metrics": asdict(metrics)}
    arrays = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    checkpoint.save(path, arrays, checkpoint.Header(training=training))
