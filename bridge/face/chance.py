"""Random numbers of a layer for one stream."""

import random


def generator(seed: int | None, stream: str, layer: str) -> random.Random:
    """A generator of its own for each stream and layer, so that streams that come and go do not
    disturb the others.

    Args:
        seed: the same seed gives the same numbers in every run; None gives others each time.
    """
    if seed is None:
        return random.Random()  # noqa: S311 - movement, not a secret
    return random.Random(f"{seed} {layer} {stream}")  # noqa: S311


def log_normal(random_: random.Random, mean: float, spread: float) -> float:
    """A number above 0 whose logarithm is normal.

    Args:
        mean: the mean of the numbers, not of their logarithms.
        spread: the standard deviation of their logarithms.
    """
    return mean * random_.lognormvariate(-0.5 * spread * spread, spread)
