"""A progress bar on standard error, where that is a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Bar(Protocol):
    """What has been done so far."""

    def update(self, n: float = 1) -> object: ...


@contextmanager
def progress(total: float, unit: str) -> Iterator[Bar]:
    """A bar for so many units of work; gone at the end."""
    from tqdm import tqdm  # noqa: PLC0415 - takes a while to import

    with tqdm(total=total, unit=f" {unit}", disable=None, leave=False, mininterval=0.2) as bar:
        yield bar
