"""Random numbers of a layer for one stream."""

import hashlib
import math
import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_STEP = 0x9E37_79B9_7F4A_7C15
_ALL = 0xFFFF_FFFF_FFFF_FFFF
_TO_PART = 2.0**-53


class Chance:
    """Random numbers from 64 bits, for movement and not for secrets.

    A `random.Random` takes 2.5 kB, and thousands of streams have four. This is SplitMix64 (Steele,
    Lea & Flood 2014): a counter, mixed. It has the methods of `random.Random` that layers use.
    """

    __slots__ = ("_count",)

    def __init__(self, count: int) -> None:
        """`count`: where to begin, of 64 bits."""
        self._count = count

    def random(self) -> float:
        """From 0 to below 1."""
        self._count = mixed = (self._count + _STEP) & _ALL
        mixed = ((mixed ^ mixed >> 30) * 0xBF58_476D_1CE4_E5B9) & _ALL
        mixed = ((mixed ^ mixed >> 27) * 0x94D0_49BB_1331_11EB) & _ALL
        return ((mixed ^ mixed >> 31) >> 11) * _TO_PART

    def uniform(self, least: float, most: float) -> float:
        return least + (most - least) * self.random()

    def triangular(self, least: float, most: float, likely: float) -> float:
        """From `least` to `most`, most often about `likely`."""
        part, middle = self.random(), (likely - least) / (most - least)
        if part > middle:
            part, middle, least, most = 1.0 - part, 1.0 - middle, most, least
        return least + (most - least) * math.sqrt(part * middle)

    def gauss(self, mean: float, spread: float) -> float:
        """A normal number (Box & Muller 1958)."""
        size = math.sqrt(-2.0 * math.log(1.0 - self.random()))
        return mean + spread * size * math.cos(2.0 * math.pi * self.random())

    def choice(self, items: Sequence[T]) -> T:
        return items[int(self.random() * len(items))]


def generator(seed: int | None, stream: str, layer: str) -> Chance:
    """A generator of its own for each stream and layer, so that streams that come and go do not
    disturb the others.

    Args:
        seed: the same seed gives the same numbers in every run; None gives others each time.
    """
    if seed is None:
        return Chance(int.from_bytes(os.urandom(8)))
    named = f"{seed} {layer} {stream}".encode(errors="surrogatepass")
    return Chance(int.from_bytes(hashlib.blake2b(named, digest_size=8).digest()))


def log_normal(chance: Chance, mean: float, spread: float) -> float:
    """A number above 0 whose logarithm is normal.

    Args:
        mean: the mean of the numbers, not of their logarithms.
        spread: the standard deviation of their logarithms.
    """
    return mean * math.exp(chance.gauss(-0.5 * spread * spread, spread))
