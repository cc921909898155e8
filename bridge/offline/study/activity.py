"""Which shapes of a run move most."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from protocols.arkit import BLENDSHAPES, INDEX, PAIRS

_SAME = 1e-3
_STILL = 1e-3


class Curve(NamedTuple):
    """One shape over time, or two that are the same on both sides."""

    name: str
    """`jawOpen`, `mouthSmileLeft`, or `mouthSmile` for both sides."""
    values: NDArray[np.float32]
    """(frames,) from 0 to 1."""

    @property
    def activity(self) -> float:
        """The standard deviation."""
        return float(self.values.std())


def curves(weights: NDArray[np.float32]) -> list[Curve]:
    """Every shape in reference order; left and right are one where they are equal to 0.001.

    Args:
        weights: (frames, 52).
    """
    equal = {
        BLENDSHAPES[left]: BLENDSHAPES[right]
        for left, right in PAIRS
        if np.abs(weights[:, left] - weights[:, right]).max() <= _SAME
    }
    return [
        Curve(name.removesuffix("Left") if name in equal else name, weights[:, INDEX[name]])
        for name in BLENDSHAPES
        if name not in equal.values()
    ]


def most_active(weights: NDArray[np.float32], most: int) -> list[Curve]:
    """The curves that vary most, the most active first. Those that stand still are left out."""
    moving = [curve for curve in curves(weights) if curve.activity > _STILL]
    return sorted(moving, key=lambda curve: -curve.activity)[:most]


def chosen(weights: NDArray[np.float32], names: list[str]) -> list[Curve]:
    """The curves with these names, with or without their side.

    Raises:
        ValueError: there is no such shape.
    """
    found = []
    for name in names:
        whole = [c for c in curves(weights) if c.name == name]
        sides = [n for n in (name, f"{name}Left", f"{name}Right") if n in INDEX]
        if not whole and not sides:
            raise ValueError(f"no blendshape {name!r}; expected a name such as mouthSmileLeft")
        found += whole or [Curve(n, weights[:, INDEX[n]]) for n in sides]
    return found
