"""The training loop. The same seed and data give the same network on the same machine."""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from bridge.model import checkpoint
from bridge.model.network import VadToBlendshapes
from bridge.offline.training.corpus import Corpus, mirrored
from bridge.offline.training.last_layer import LastLayer
from bridge.offline.training.recipe import Recipe
from protocols.arkit import PAIRS

_LEFT = [left for left, _ in PAIRS]
_RIGHT = [right for _, right in PAIRS]
_STEP = 0.02
"""How far apart, along one axis, the two faces are whose difference is the steepness."""


class TrainingError(RuntimeError):
    """A run that cannot continue: says why, and what to try."""


@dataclass
class History:
    """The mean loss of each epoch, on the data to learn and on the data kept apart."""

    training: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)


class Training:
    """One run, an epoch at a time. It can be saved after any epoch and resumed from there."""

    def __init__(self, recipe: Recipe, corpus: Corpus) -> None:
        """Split the data and make a network.

        Raises:
            TrainingError: too little data to keep some apart.
        """
        # Layers this small are quicker on one thread, and their sums always come out the same.
        torch.set_num_threads(1)
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.history = History()
        order = np.random.default_rng(recipe.seed).permutation(len(corpus))
        apart = int(len(corpus) * recipe.validation_share)
        if not 0 < apart < len(corpus):
            raise TrainingError(f"{len(corpus)} faces are too few to set some aside for validation")
        self.held_out = Corpus(corpus.points[order[:apart]], corpus.faces[order[:apart]])
        points, faces = corpus.points[order[apart:]], corpus.faces[order[apart:]]
        if not recipe.tie:  # tied sides learn from a face and from its mirror image alike
            points, faces = np.tile(points, (2, 1)), np.concatenate([faces, mirrored(faces)])
        self._inputs, self._targets = torch.from_numpy(points), torch.from_numpy(faces)
        self._last_layer = LastLayer.made_for(corpus.faces, tied=recipe.tie)
        self.network = VadToBlendshapes(recipe.dropout)
        self._optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        self._schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self._optimiser, recipe.epochs)

    @property
    def epoch(self) -> int:
        """How many epochs are done."""
        return len(self.history.training)

    def run(self, after_epoch: Callable[["Training"], None] = lambda training: None) -> None:
        """Run all epochs that remain, then fold the last layer's guarantees into the network.

        Raises:
            TrainingError: the loss diverges.
        """
        while self.epoch < self.recipe.epochs:
            self.run_epoch()
            after_epoch(self)
        self._last_layer.fold(self.network)

    def run_epoch(self) -> None:
        """Learn from all the data once.

        Raises:
            TrainingError: the loss diverges.
        """
        torch.manual_seed(self.recipe.seed * 100_003 + self.epoch)  # so that resuming is the same
        self.network.train()
        order = torch.randperm(len(self._inputs)).numpy()
        losses = []
        for start in range(0, len(order), self.recipe.batch):
            batch = order[start : start + self.recipe.batch]
            self._optimiser.zero_grad()
            felt = self._inputs[batch]
            felt = felt + self.recipe.jitter * torch.randn_like(felt)
            nearby = felt + _steps(len(felt))
            both = self._last_layer.outputs(self.network, torch.cat([felt, nearby]))
            output, output_nearby = both.chunk(2)
            batch_loss = loss(output, self._targets[batch], self.recipe)
            batch_loss = batch_loss + steepness(output, output_nearby, self.recipe)
            batch_loss.backward()  # type: ignore[no-untyped-call]
            self._optimiser.step()
            losses.append(batch_loss.item())
        self._schedule.step()
        self.history.training.append(float(np.mean(losses)))
        self.history.validation.append(self._validation_loss())
        self._notice_divergence()

    def save_state(self, path: Path) -> None:
        """Write everything that `resume` needs."""
        torch.save(
            {
                "recipe": asdict(self.recipe),
                "data": self._fingerprint(),
                "history": asdict(self.history),
                "network": self.network.state_dict(),
                "optimiser": self._optimiser.state_dict(),
                "schedule": self._schedule.state_dict(),
            },
            path,
        )

    def resume(self, path: Path) -> None:
        """Continue from a saved state. The result is that of an uninterrupted run.

        Raises:
            TrainingError: there is no such state, or it is of another recipe or of other data.
        """
        try:
            state: dict[str, Any] = torch.load(path, weights_only=True)
        except Exception as problem:  # whatever the unpickler stumbles over
            raise TrainingError(f"{path}: cannot be resumed from: {problem}") from problem
        ours = (asdict(self.recipe), self._fingerprint())
        if not isinstance(state, dict) or (state.get("recipe"), state.get("data")) != ours:
            raise TrainingError(f"{path}: was trained with other settings or other data")
        self.history = History(**state["history"])
        self.network.load_state_dict(state["network"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._schedule.load_state_dict(state["schedule"])

    def _fingerprint(self) -> str:
        """Differs for other data, also if only a target was changed."""
        digest = hashlib.blake2s(self._inputs.numpy().tobytes())
        digest.update(self._targets.numpy().tobytes())
        return digest.hexdigest()

    def _validation_loss(self) -> float:
        self.network.eval()
        with torch.no_grad():
            points = torch.from_numpy(self.held_out.points)
            output = self._last_layer.outputs(self.network, points)
            targets = torch.from_numpy(self.held_out.faces)
            return float(loss(output, targets, self.recipe))

    def _notice_divergence(self) -> None:
        latest, lowest = self.history.training[-1], min(self.history.training)
        if not math.isfinite(latest) or latest > lowest * self.recipe.divergence:
            raise TrainingError(
                f"the loss diverges: {latest:.4g} after epoch {self.epoch}, {lowest:.4g} at its "
                "lowest; a smaller learning rate usually helps"
            )


def loss(output: Tensor, target: Tensor, recipe: Recipe) -> Tensor:
    """Smooth L1, plus the mean squared difference of left and right, plus L1 sparsity, as the
    reference weighs them. Outputs below 0 where the target is 0 cost nothing: the clamp lifts
    them."""
    clamped = torch.where(target <= 0.0, output.clamp_min(0.0), output)
    asymmetry = nn.functional.mse_loss(clamped[:, _LEFT], clamped[:, _RIGHT])
    return (
        nn.functional.smooth_l1_loss(clamped, target)
        + recipe.symmetry_weight * asymmetry
        + recipe.sparsity_weight * clamped.abs().mean()
    )


def steepness(output: Tensor, nearby: Tensor, recipe: Recipe) -> Tensor:
    """What it costs that faces change too quickly, from outputs a small step apart."""
    change = (output.clamp(0.0, 1.0) - nearby.clamp(0.0, 1.0)).abs() / _STEP
    return recipe.steepness_weight * (change - recipe.steepest).clamp_min(0.0).square().mean()


def _steps(count: int) -> Tensor:
    """[count, 3]: a small step along one axis each, chosen at random."""
    return nn.functional.one_hot(torch.randint(3, (count,)), 3) * _STEP


def save_network(
    path: Path,
    network: VadToBlendshapes,
    recipe: Recipe,
    data: Mapping[str, str],
    metrics: Mapping[str, Any],
) -> None:
    """Write the network as a checkpoint whose header has the data, the recipe and the metrics."""
    arrays = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    training = {**data, "recipe": asdict(recipe), "metrics": dict(metrics)}
    checkpoint.save(path, arrays, checkpoint.Header(training=training))
