"""What the last layer guarantees, whatever was learnt: rest at neutral, equal sides, no noise.

The outputs are shaped the same way while training, so that folding them into the layer at the end
changes no face.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from bridge.model.network import VadToBlendshapes
from protocols.arkit import BLENDSHAPES, PAIRS

_BELOW = 1e-6
"""The output at neutral ends this far below 0, so that no rounding lifts it above."""


@dataclass(frozen=True, eq=False)
class LastLayer:
    """Shapes a network's outputs."""

    used: Tensor
    """(52,) 1 where some target shows the shape, else 0: the output is then 0 everywhere."""
    partner: Tensor
    """(52,) which output each one copies: its left partner if the sides are tied, else itself."""

    @classmethod
    def made_for(cls, faces: NDArray[np.float32], *, tied: bool) -> "LastLayer":
        """For [n, 52] faces to learn. Tied sides are equal; the left one learns for both."""
        used = faces.max(axis=0) > 0
        partner = np.arange(len(BLENDSHAPES))
        for left, right in PAIRS:
            used[[left, right]] = used[[left, right]].any()
            if tied:
                partner[right] = left
        return cls(torch.from_numpy(used.astype(np.float32)), torch.from_numpy(partner))

    def outputs(self, network: VadToBlendshapes, vad: Tensor) -> Tensor:
        """[n, 3] to [n, 52] before the clamp, less the output at neutral."""
        raw = network.unclamped(torch.cat([vad, torch.zeros(1, 3)]))
        return ((raw[:-1] - raw[-1]) * self.used)[:, self.partner]

    @torch.no_grad()
    def fold(self, network: VadToBlendshapes) -> None:
        """Make the network itself give these outputs."""
        network.eval()
        last = cast(nn.Linear, network.layers[-1])
        last.weight.copy_(last.weight[self.partner] * self.used[:, None])
        last.bias.copy_(last.bias[self.partner] * self.used)
        at_neutral = network.unclamped(torch.zeros(1, 3))[0]
        last.bias.sub_((at_neutral + _BELOW) * self.used)
