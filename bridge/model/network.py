"""The reference network in PyTorch. It is trained, and tests compare the NumPy engine with it."""

import torch
from torch import Tensor, nn

from bridge.model.layers import NEGATIVE_SLOPE
from protocols.arkit import BLENDSHAPES

HIDDEN = (256, 512, 256)


class VadToBlendshapes(nn.Module):
    """3 → 256 → 512 → 256 → 52 with layer norm, leaky ReLU and dropout; 279,348 parameters."""

    def __init__(self, dropout: float = 0.1, negative_slope: float = NEGATIVE_SLOPE) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for size_in, size_out in zip((3, *HIDDEN), HIDDEN, strict=False):
            layers += [
                nn.Linear(size_in, size_out),
                nn.LayerNorm(size_out),
                nn.LeakyReLU(negative_slope),
                nn.Dropout(dropout),
            ]
        self.layers = nn.Sequential(*layers, nn.Linear(HIDDEN[-1], len(BLENDSHAPES)))

    def unclamped(self, vad: Tensor) -> Tensor:
        """The last layer's output, for training. A clamp has no gradient outside 0 to 1."""
        output: Tensor = self.layers(vad)
        return output

    def forward(self, vad: Tensor) -> Tensor:
        """Turn [n, 3] valence, arousal, dominance into [n, 52] weights from 0 to 1."""
        return torch.clamp(self.unclamped(vad), 0.0, 1.0)
